#!/usr/bin/env bash
# Usage: bench/run.sh [--quick] [--json] [--pairs N] [--peer PROGRAM] [--micro]
#                    [--build FOLDER]
# Builds the program and everything that measures it, runs the workloads in
# alternating pairs, checks every written row, and prints one table.  FOLDER has
# a build with BENCH=ON that is used as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install.sh build bench
case " $* " in
*" --build "*) ;;
*)
  cmake --preset bench >/dev/null
  cmake --build --preset bench >&2
  ;;
esac
case " $* " in
*" --micro "*) exec build/bench/bench/bench_micro ;;
esac
exec python3 bench/bench.py "$@"
