#!/bin/sh
# Builds Channel Monitor if needed, and runs it.  Without arguments it runs the
# demonstration; everything else goes to the program as it is:
#   scripts/run.sh --once --config config.json
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

"$root/scripts/install.sh" build
build="$root/build/run"
log="$build/build.log"
mkdir -p "$build"
# What is up to date builds in no time and says nothing.
if ! { cmake -S "$root" -B "$build" -G Ninja -DTESTS=OFF \
         -DCMAKE_BUILD_TYPE=RelWithDebInfo \
         -DCMAKE_CXX_COMPILER_LAUNCHER=ccache &&
       { [ -x "$build/app/channel-monitor" ] ||
           echo "Building; the first time takes a few minutes." >&2; } &&
       cmake --build "$build" --target channel-monitor; } >"$log"; then
  cat "$log" >&2
  echo "The build failed; its log is in $log." >&2
  exit 1
fi
if [ "$#" -eq 0 ]; then
  set -- demo
fi
exec "$build/app/channel-monitor" "$@"
