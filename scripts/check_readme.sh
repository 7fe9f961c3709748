#!/usr/bin/env bash
# Usage: scripts/check_readme.sh [PROGRAM]
# Runs every command of both READMEs that stands in a block of sh, in order, in a
# folder of its own with a gateway and an upstream that are made for it, and looks
# at every other command of the program that the pages name: are there such
# commands and options?  Takes seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "${1:-build/release/app/channel-monitor}")
source=$PWD
export LC_ALL=C.UTF-8
fault() {
  echo "check_readme: $*" >&2
  exit 1
}

folder=$(mktemp -d)
upstream=
cleanup() {
  [ -z "$upstream" ] || kill "$upstream" 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT

# An upstream with one good model, one new, and none of the name "gone".
cat >"$folder/upstream.py" <<'PYTHON'
import http.server, json

class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer(200, {"object": "list", "data": [{"id": "good"}, {"id": "new"}]})
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["model"] == "gone":
            return self.answer(404, {"error": {"code": "model_not_found", "message": "The model gone does not exist"}})
        self.answer(200, {"object": "chat.completion", "model": asked["model"],
                          "choices": [{"index": 0, "finish_reason": "stop",
                                       "message": {"role": "assistant", "content": "Hi"}}],
                          "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}})
    def log_message(self, *unused):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
print(server.server_address[1], flush=True)
server.serve_forever()
PYTHON
mkfifo "$folder/port"
python3 "$folder/upstream.py" >"$folder/port" 2>/dev/null </dev/null &
upstream=$!
read -r port <"$folder/port"

# What a README's reader has: a checkout, a gateway with one channel.
prepare() {
  mkdir -p "$1/scripts" "$1/data"
  cat >"$1/scripts/run.sh" <<SH
#!/bin/sh
# The program is built already.
[ "\$#" -gt 0 ] || set -- demo
exec "$program" "\$@"
SH
  chmod +x "$1/scripts/run.sh"
  ln -s "$program" "$1/scripts/channel-monitor"
  python3 - "$1/data/one-api.db" "$source/sql/gateway/newapi-sqlite.sql" "$port" <<'PYTHON'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as gateway:
    gateway.executescript(open(sys.argv[2]).read())
    gateway.execute("DELETE FROM abilities")
    gateway.execute("DELETE FROM channels WHERE id > (SELECT min(id) FROM channels)")
    gateway.execute("UPDATE channels SET id = 1, type = 1, status = 1, models = 'good,gone', base_url = ?,"
                    " \"group\" = 'default', model_mapping = '', setting = '', other = '', key = 'sk-made-up-0001'",
                    ("http://127.0.0.1:" + sys.argv[3],))
    for model in ("good", "gone"):
        gateway.execute("INSERT INTO abilities (\"group\", model, channel_id, enabled, priority, weight)"
                        " VALUES ('default', ?, 1, 1, 0, 0)", (model,))
PYTHON
}

# The lines of the blocks of one kind.
blocks() { sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/{/^\`\`\`/!p}" "$2"; }

# Not run here: it builds anew, or is this whole suite.
is_known_elsewhere() {
  case $1 in
    ./scripts/test.sh) bash -n scripts/test.sh ;;
    "cmake --workflow --preset package") grep -q '"name": "package"' CMakePresets.json ;;
    *) return 1 ;;
  esac
}

run_all() {
  local readme=$1 place=$2 count=0 code line limit
  prepare "$place"
  while IFS= read -r line; do
    [ -n "$line" ] || continue
    count=$((count + 1))
    ! is_known_elsewhere "$line" || continue
    # Rounds without an end are ended; a README's gateway is in /data.
    limit="timeout --preserve-status 20"
    [[ $line != *"run.sh run"* ]] || limit="timeout --preserve-status 2"
    code=0
    (cd "$place" && PATH=$place/scripts:$PATH NO_COLOR=1 $limit bash -c "${line//\/data\//$place/data/}") \
      >"$place/said" 2>&1 </dev/null || code=$?
    # 1: something does not answer, which is so.
    [ "$code" -le 1 ] || fault "$readme: \"$line\" ended with $code: $(cat "$place/said")"
  done < <(blocks sh "$readme")
  [ "$count" -ge 8 ] || fault "$readme has only $count commands"
  # What they were there for has happened: a round, and it was taken back.
  "$program" history --config "$place/config.json" --format json >"$place/history"
  python3 - "$place/history" <<'PYTHON' || fault "$readme: the commands left no round and no undo"
import json, sys
changes = json.load(open(sys.argv[1]))["changes"]
assert len(changes) >= 2, changes
PYTHON
  printf '%s: %s commands\n' "$readme" "$count"
}
run_all README.md "$folder/en"
run_all README.zh-CN.md "$folder/zh"
[ "$(blocks sh README.md | sed 's/ *#.*//')" = "$(blocks sh README.zh-CN.md | sed 's/ *#.*//')" ] ||
  fault "the two READMEs have different commands"

# Everything else that is said of the command line.
help_of() { "$program" "$@" --help | sed -n 's/^  \(-[^ ]*\).*/\1/p' | tr ',' '\n'; }
commands=$("$program" --help | sed -n '/^Commands/,$s/^  \([a-z]\+\) .*/\1/p')
known=$(for command in "" $commands; do help_of ${command:+"$command"}; done | sort -u)
pages=(README.md README.zh-CN.md docs/*.md deploy/README.md)
mentions=$(grep -ohE '(^|`|\&\& |monitor )channel-monitor( [^`|;&]*)?' "${pages[@]}" | sed -n 's/^.*channel-monitor \(.*\)/\1/p' | sort -u)
while IFS= read -r mention; do
  read -ra words <<<"$mention"
  for word in "${words[@]}"; do
    case $word in
      --*) grep -qx -- "${word%%[=,:.]*}" <<<"$known" || fault "there is no option $word (\"$mention\")" ;;
    esac
  done
  case ${words[0]} in
    -* | [A-Z.…/\[]* | '') ;;
    *) grep -qx -- "${words[0]}" <<<"$commands" || fault "there is no command ${words[0]} (\"$mention\")" ;;
  esac
done <<<"$mentions"
for option in $(grep -ohE '`--[a-z-]+' "${pages[@]}" | tr -d '`' | sort -u); do
  grep -qx -- "$option" <<<"$known" || fault "there is no option $option"
done
[ "$(wc -l <<<"$mentions")" -ge 15 ] || fault "the pages name hardly a command"

# Every page that a page leads to is there.
for page in "${pages[@]}"; do
  for link in $(grep -oE '\]\([^)#]+' "$page" | sed 's/^](//' | grep -v '^https\?:'); do
    [ -e "$(dirname "$page")/$link" ] || fault "$page leads to $link, which is not there"
  done
done
for readme in README.md README.zh-CN.md; do
  [ "$(wc -l <"$readme")" -le 220 ] || fault "$readme has more than 220 lines"
done
echo "The READMEs do what they say ($SECONDS s)."
