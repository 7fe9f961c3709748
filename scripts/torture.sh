#!/bin/sh
# The long form of what the program has to survive.  First on every database:
# killed, edited around, started twice, stopped, run for long, taken back, cut
# off from its server, the server killed.  Prints one table; ends with 1 where
# anything was lost, and names the seed that shows it again.
# Then, where there are no arguments, what any input may do to it: ten rounds of
# more than two hundred upstreams of which most attack, the properties with a
# thousand cases each and a new seed, the fuzzers for ten minutes each, the tests
# with threads under the thread sanitizer, and a round of the release build
# under valgrind.
# Arguments go to the first, such as --seed 4711 or --on sqlite,postgres.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

scripts/install.sh build test check fuzz
cmake --preset dev
cmake --build --preset dev --target channel-monitor torture
build/dev/tests/torture --kills 1000 --edits 500 --pairs 100 \
  --rounds 2000 --undos 100 --stops 300 --cuts 500 --servers 100 "$@"
[ $# -eq 0 ] || exit 0

cmake --build --preset dev --target channel-monitor test_e2e
for turn in 1 2 3 4 5 6 7 8 9 10; do
  echo "== hostile upstreams, round $turn of 10"
  build/dev/tests/test_e2e "two hundred upstreams*,no command says a secret*"
done

seed=$(date +%s)
echo "== properties, PROPERTY_SEED=$seed"
cmake --build --preset dev --target test_properties
PROPERTY_SEED=$seed PROPERTY_CASES=1000 build/dev/tests/test_properties

echo "== fuzzers"
scripts/fuzz.sh 600

echo "== thread sanitizer"
cmake --preset tsan
cmake --build --preset tsan --target channel-monitor test_net test_web test_demo test_e2e
ctest --preset tsan -j "$(nproc)" -R '^(net|web|demo|e2e): '

echo "== valgrind"
cmake --preset release
cmake --build --preset release
scripts/check_hardening.sh build/release/app/channel-monitor
valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite \
  --errors-for-leak-kinds=definite build/release/app/channel-monitor demo \
  --format json >/dev/null
echo "Nothing found."
