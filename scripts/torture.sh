#!/bin/sh
# The long form of what the program has to survive on every database: killed,
# edited around, started twice, stopped, run for long, taken back, cut off from
# its server, the server killed.  Prints one table; ends with 1 where anything
# was lost, and names the seed that shows it again.
# Arguments go to the test, such as --seed 4711 or --on sqlite,postgres.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

cmake --preset dev
cmake --build --preset dev --target channel-monitor torture
exec build/dev/tests/torture --kills 1000 --edits 500 --pairs 100 \
  --rounds 2000 --undos 100 --stops 300 --cuts 500 --servers 100 "$@"
