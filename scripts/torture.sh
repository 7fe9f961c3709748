#!/usr/bin/env bash
# The long form of what the program has to survive; takes about two hours.
# First on every database: killed, edited around, started twice, stopped, run for
# long, taken back, cut off from its server, the server killed.  Then, where
# there are no arguments, what any input may do to it: ten rounds of more than
# two hundred upstreams of which most attack, the properties with a thousand
# cases each and a new seed, the fuzzers for three minutes each, the tests with
# threads under the thread sanitizer, and a round of the release build under
# valgrind.
# Prints one table at its end; ends with 1 where anything was lost.  What is
# printed before it names the seed, or the file, that shows it again.
# Arguments go to the first, such as --seed 4711 or --on sqlite,postgres.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
all_lost=0

databases() {
  build/dev/tests/torture --kills 1000 --edits 500 --pairs 100 \
    --rounds 2000 --undos 100 --stops 300 --cuts 500 --servers 100 "$@" |
    tee "$work/databases"
}

attacks() {
  build/dev/tests/test_e2e "two hundred upstreams*,no command says a secret*"
}

properties() {
  echo "PROPERTY_SEED=$seed"
  PROPERTY_SEED=$seed PROPERTY_CASES=1000 build/dev/tests/test_properties
}

# The sanitizer wants its memory where newer kernels put other things, and is so
# slow that healthy upstreams among two hundred run out of time.
threads() {
  setarch "$(uname -m)" -R \
    ctest --preset tsan -j "$(nproc)" -R '^(net|web|demo|e2e):' \
    -E 'two hundred upstreams'
}

hardening() { scripts/check_hardening.sh build/release/app/channel-monitor; }

memory() {
  valgrind --quiet --error-exitcode=9 --leak-check=full \
    --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    build/release/app/channel-monitor demo --format json >"$work/report"
}

# part NAME TIMES COMMAND...: a row of the table.
part() {
  local name=$1 times=$2 lost=0 begin=$SECONDS turn
  shift 2
  for turn in $(seq "$times"); do
    echo "== $name, $turn of $times"
    "$@" || lost=$((lost + 1))
  done
  all_lost=$((all_lost + lost))
  printf '%-26s  %-8s  %6d  %4d  %6d s\n' "$name" - "$times" "$lost" \
    $((SECONDS - begin)) >>"$work/parts"
}

scripts/install.sh build test check fuzz
cmake --preset dev
cmake --build --preset dev --target channel-monitor torture test_e2e \
  test_properties
if [ $# -gt 0 ]; then
  databases "$@"
  exit
fi
cmake --preset tsan
cmake --build --preset tsan --target channel-monitor test_net test_web test_demo test_e2e
cmake --preset release
cmake --build --preset release

databases || all_lost=1
seed=$(date +%s)
part "attacked by its upstreams" 10 attacks
part "rows and texts of any kind" 1 properties
part "bytes of any kind" 1 scripts/fuzz.sh 180
part "threads watched" 1 threads
part "memory watched" 1 memory
part "hardening read" 1 hardening

echo
tail -n +2 "$work/databases"
cat "$work/parts"
if [ "$all_lost" -gt 0 ]; then
  echo "Something was lost."
  exit 1
fi
echo "0 lost."
