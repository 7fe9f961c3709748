#!/bin/sh
# Usage: scripts/check_hardening.sh BINARY [linked]
# Reads from a program how it was built: at any address, nothing writable that
# the loader is done with, no stack that runs, and, unless only what the linker
# did is asked for, the compiler's checks of stacks, buffers and containers.
# Ends with 1, and a line for each thing that is missing.
set -eu
binary=$1
only=${2:-}
missing=0

# want WHAT PATTERN COMMAND...: the output of the command has the pattern.
want() {
  what=$1
  pattern=$2
  shift 2
  if ! LC_ALL=C "$@" "$binary" | grep -Eq -- "$pattern"; then
    echo "$binary: no $what" >&2
    missing=1
  fi
}

want "position of its own choice (PIE)" 'FLAGS_1.*PIE' readelf -dW
want "read-only relocations (RELRO)" 'GNU_RELRO' readelf -lW
want "binding at its start (BIND_NOW)" '\(FLAGS(_1)?\).*NOW' readelf -dW
want "stack that does not run" 'GNU_STACK.* RW +0x' readelf -lW
if [ "$only" != linked ]; then
  want "guard on its stacks" ' __stack_chk_fail' readelf --dyn-syms -W
  want "checked copies (_FORTIFY_SOURCE)" ' __(mem|str|s|v|read|f)[a-z]*_chk' \
    readelf --dyn-syms -W
  want "checked containers (_GLIBCXX_ASSERTIONS)" 'glibcxx_assert_fail' \
    readelf --dyn-syms -W
fi
[ "$missing" -eq 0 ] && echo "$binary: hardened"
exit "$missing"
