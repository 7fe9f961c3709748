#!/bin/sh
# Installs what is needed, builds everything with warnings as errors, and runs
# all tests.  Arguments go to ctest, such as -R 'net:'.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

scripts/install.sh build test
cmake --preset dev
cmake --build --preset dev
exec ctest --preset dev -j "$(nproc)" "$@"
