#!/bin/sh
# Usage: servers.sh FOLDER [durable]
# Runs a MariaDB and a PostgreSQL of its own on sockets in FOLDER and on free
# ports of 127.0.0.1, with TLS, for as long as somebody holds a shared lock on
# FOLDER/users, and a few seconds more.  FOLDER/ready says where they are, or
# FOLDER/failed why not.  They end with this script, whatever ends it.  Commits
# do not wait for the disk, unless they are to be durable.
set -eu

folder=$1
if [ "${2:-}" = durable ]; then
  maria_commits="--innodb-flush-log-at-trx-commit=1"
  postgres_commits="fsync=on"
else
  maria_commits="--innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync"
  postgres_commits="fsync=off -c full_page_writes=off -c synchronous_commit=off"
fi
data=$(mktemp -d "$folder/data-XXXXXX")
chmod 755 "$folder" "$data"
maria=0
postgres=0

finish() {
  trap - EXIT
  rm -f "$folder/ready"
  [ "$maria" -eq 0 ] || kill -9 "$maria" 2>/dev/null || true
  [ "$postgres" -eq 0 ] || kill -QUIT "$postgres" 2>/dev/null || true
  wait || true
  rm -rf "$data"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

fail() {
  {
    echo "$1"
    tail -n 20 "$data"/*.log
  } >"$folder/failed.new" 2>&1
  mv "$folder/failed.new" "$folder/failed"
  exit 1
}

# A port that nobody listens on, counted from $1.
free_port() {
  port=$1
  while grep -qi ":$(printf %04x "$port") " /proc/net/tcp /proc/net/tcp6; do
    port=$((port + 1))
  done
  echo "$port"
}

# Until $2... succeeds, as long as process $1 lives and for 30 s at most.
wait_until() {
  process=$1
  shift
  tries=300
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ] || ! kill -0 "$process" 2>/dev/null; then
      return 1
    fi
    sleep 0.1
  done
}

certificates() {
  cd "$data"
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=authority \
    -keyout ca.key -out ca.pem
  openssl req -newkey rsa:2048 -nodes -subj /CN=localhost \
    -keyout server.key -out server.csr
  echo "subjectAltName=DNS:localhost" >names
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
    -days 3650 -extfile names -out server.pem
  cp server.key postgres.key
  cd - >/dev/null
  chmod 600 "$data/postgres.key"
}

start_maria() {
  mkdir "$data/tmp"
  mariadb-install-db --no-defaults --datadir="$data/maria" \
    --tmpdir="$data/tmp" --user="$(id -un)" --skip-test-db \
    --auth-root-authentication-method=normal >"$data/maria.log" 2>&1 ||
    fail "mariadb-install-db"
  maria_port=$(free_port $((20000 + $$ % 10000)))
  # shellcheck disable=SC2086
  setpriv --pdeathsig KILL mariadbd --no-defaults --user="$(id -un)" \
    --datadir="$data/maria" --tmpdir="$data/tmp" --socket="$data/maria.sock" \
    --pid-file="$data/maria.pid" --port="$maria_port" \
    --bind-address=127.0.0.1 --skip-name-resolve --skip-log-bin \
    --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci \
    --innodb-buffer-pool-size=64M --innodb-log-file-size=16M \
    $maria_commits \
    --ssl-ca="$data/ca.pem" --ssl-cert="$data/server.pem" \
    --ssl-key="$data/server.key" >>"$data/maria.log" 2>&1 9>&- &
  maria=$!
}

# PostgreSQL refuses to be root.
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then
    exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
  else
    exec setpriv "$@"
  fi
}

start_postgres() {
  programs=$(find /usr/lib/postgresql -name initdb -printf '%h\n' | sort -V |
    tail -n 1)
  mkdir "$data/postgres"
  echo test-password >"$data/password"
  if [ "$(id -u)" -eq 0 ]; then
    chown postgres "$data/postgres" "$data/postgres.key"
  fi
  (as_postgres --pdeathsig KILL "$programs/initdb" -D "$data/postgres/data" \
    -U postgres -A scram-sha-256 --pwfile="$data/password" -E UTF8 \
    --locale=C.UTF-8 -N) >"$data/postgres.log" 2>&1 || fail "initdb"
  # Who is called so has to use TLS.
  {
    echo "hostnossl all needs_tls all reject"
    echo "local all all scram-sha-256"
    echo "host all all 127.0.0.1/32 scram-sha-256"
  } >"$data/postgres/hba"
  postgres_port=$(free_port $((maria_port + 1)))
  # shellcheck disable=SC2086
  as_postgres --pdeathsig QUIT "$programs/postgres" -D "$data/postgres/data" \
    -p "$postgres_port" -k "$data/postgres" \
    -c listen_addresses=127.0.0.1 -c hba_file="$data/postgres/hba" \
    -c $postgres_commits \
    -c max_connections=100 -c ssl=on -c deadlock_timeout=100ms \
    -c ssl_cert_file="$data/server.pem" -c ssl_key_file="$data/postgres.key" \
    >>"$data/postgres.log" 2>&1 9>&- &
  postgres=$!
}

rm -f "$folder/ready" "$folder/failed"
certificates >"$data/openssl.log" 2>&1 || fail "openssl"
start_maria
start_postgres
wait_until "$maria" mariadb-admin --no-defaults -S "$data/maria.sock" -uroot \
  ping || fail "mariadbd"
mariadb --no-defaults -S "$data/maria.sock" -uroot -e "
  CREATE USER admin@'%' IDENTIFIED BY 'test-password';
  GRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION" >>"$data/maria.log" 2>&1 ||
  fail "mariadb"
export PGPASSWORD=test-password
wait_until "$postgres" psql -h "$data/postgres" -p "$postgres_port" \
  -U postgres -c "SELECT 1" || fail "postgres"

printf '%s\n' "$data" "$maria_port" "$postgres_port" >"$folder/ready.new"
mv "$folder/ready.new" "$folder/ready"

idle=0
exec 9>>"$folder/users"
while kill -0 "$maria" && kill -0 "$postgres"; do
  sleep 1
  if flock -n -x 9; then
    idle=$((idle + 1))
    # Still locked: whoever comes now waits until everything is gone.
    [ "$idle" -lt 15 ] || break
    flock -u 9
  else
    idle=0
  fi
done
