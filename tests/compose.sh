#!/usr/bin/env bash
# Usage: tests/compose.sh PROGRAM
# The examples of deploy/compose are what they say: YAML with the services that
# belong together, folders mounted instead of files of SQLite, and configurations
# that the program takes; what it cannot reach is only the database.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/../deploy/compose"
export LC_ALL=C.UTF-8

dsn=$(python3 - <<'PYTHON'
import re, yaml

def load(name):
    text = open(name).read()
    # As compose fills it in, where the variable is set.
    return yaml.safe_load(re.sub(r"\$\{MYSQL_PASSWORD:\?\}", "made-up@pass/word", text))

def mounts(service):
    return [mount.split(":")[:2] for mount in service.get("volumes", [])]

for name in ("mysql.yaml", "sqlite.yaml"):
    file = load(name)
    assert set(file) == {"services", "volumes"}, file.keys()
    for service in file["services"].values():
        assert ("image" in service) != ("build" in service), service
        for needed in service.get("depends_on", []):
            assert needed in file["services"], needed
        for source, target in mounts(service):
            assert source.startswith("./") or source in file["volumes"], source
            assert not source.endswith(".db") and not target.endswith(".db"), "a file is mounted"
    used = {source for service in file["services"].values() for source, _ in mounts(service)}
    assert set(file["volumes"]) <= used, "a volume that nobody uses"
    monitor = dict((target, source) for source, target in mounts(file["services"]["monitor"]))
    assert monitor["/data"] == "monitor"
    assert monitor["/data/config.json"] == "./" + name.replace("yaml", "json")

services = load("sqlite.yaml")["services"]
assert ["./gateway", "/data"] in mounts(services["gateway"])
assert ["./gateway", "/gateway"] in mounts(services["monitor"])
services = load("mysql.yaml")["services"]
assert set(services) == {"gateway", "mysql", "redis", "monitor"}
dsn = services["monitor"]["environment"]["DB_DSN"]
assert dsn == services["gateway"]["environment"]["SQL_DSN"]
assert "@tcp(mysql:3306)/" + services["mysql"]["environment"]["MYSQL_DATABASE"] in dsn
print(dsn)
PYTHON
)

# 3: the configuration is good, the database is not there.  Nothing is resolved.
for name in mysql sqlite; do
  code=0
  said=$(DB_DSN=${dsn/mysql:3306/127.0.0.1:1} "$program" check --config "$name.json") || code=$?
  [ "$code" = 3 ] && [[ $said != *made-up* ]] || {
    echo "compose: $name.json: check ended with $code: $said" >&2
    exit 1
  }
done
[[ $said == *"/gateway/one-api.db"* ]]
echo "The examples for compose are good."
