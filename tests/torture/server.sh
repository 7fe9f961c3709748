#!/bin/sh
# Usage: server.sh make|run mysql|postgres FOLDER PORT
# A server of MariaDB or PostgreSQL that may be killed at any time: `make` makes
# its files in FOLDER, `run` becomes the server, on PORT of 127.0.0.1.  What is
# committed outlives the process, so it may not wait in its memory.
set -eu

action=$1
engine=$2
folder=$3
port=$4

# PostgreSQL refuses to be root.
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then
    exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
  else
    exec setpriv "$@"
  fi
}

postgres_program() {
  find /usr/lib/postgresql -path "*/bin/$1" | sort -V | tail -n 1
}

case $action-$engine in
make-mysql)
  mkdir "$folder/tmp"
  mariadb-install-db --no-defaults --datadir="$folder/data" \
    --tmpdir="$folder/tmp" --user="$(id -un)" --skip-test-db \
    --auth-root-authentication-method=normal
  echo "CREATE USER admin@'%' IDENTIFIED BY 'test-password';
    GRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION;" >"$folder/first.sql"
  ;;
run-mysql)
  set -- --init-file="$folder/first.sql"
  [ ! -e "$folder/again" ] || set --
  touch "$folder/again"
  exec setpriv --pdeathsig KILL mariadbd --no-defaults --user="$(id -un)" \
    --datadir="$folder/data" --tmpdir="$folder/tmp" \
    --socket="$folder/sock" --pid-file="$folder/pid" --port="$port" \
    --bind-address=127.0.0.1 --skip-name-resolve --skip-log-bin \
    --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci \
    --innodb-flush-log-at-trx-commit=2 --innodb-buffer-pool-size=32M \
    --innodb-log-file-size=8M --innodb-flush-method=nosync "$@"
  ;;
make-postgres)
  mkdir "$folder/data"
  echo test-password >"$folder/password"
  [ "$(id -u)" -ne 0 ] || chown -R postgres "$folder/data"
  as_postgres "$(postgres_program initdb)" -D "$folder/data" -U postgres \
    -A scram-sha-256 --pwfile="$folder/password" -E UTF8 --locale=C.UTF-8 -N
  ;;
run-postgres)
  as_postgres --pdeathsig KILL "$(postgres_program postgres)" \
    -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c fsync=off -c max_connections=50
  ;;
*)
  exit 2
  ;;
esac
