#!/bin/sh
# Installs what is needed, builds everything with warnings as errors and with
# the sanitizers for addresses and undefined behaviour, and runs all tests.
# Arguments go to ctest, such as -R 'net:'.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

scripts/install.sh build test
cmake --preset asan
cmake --build --preset asan
exec ctest --preset asan -j "$(nproc)" "$@"
