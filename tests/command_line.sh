#!/usr/bin/env bash
# Usage: tests/command_line.sh PROGRAM
# What the manual page and the completions of the shells say of the command line
# is what the program says of it: every command, every option, and no other.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8
fault() {
  echo "command_line: $*" >&2
  exit 1
}

# The words of the first column of a section of --help.
column() {
  "$program" "$@" --help | sed -n 's/^  \(-[^ ]*\).*/\1/p' | tr ',' '\n' | sed '/^$/d'
}
commands=$("$program" --help | sed -n '/^Commands/,$s/^  \([a-z]\+\) .*/\1/p' | sort)
[ "$(wc -l <<<"$commands")" -ge 9 ] || fault "--help lists too few commands: $commands"
common=$(column | sort -u)
grep -qx -- --config <<<"$common" || fault "--help has no --config"
options=$(for command in $commands; do column "$command"; done | sort -u)
all=$(sort -u <<<"$common"$'\n'"$options")

# The manual page: what stands in bold at the head of a paragraph.
if command -v man >/dev/null; then
  complaints=$(man --warnings -l docs/channel-monitor.1 2>&1 >/dev/null)
  [ -z "$complaints" ] || fault "$complaints"
fi
heads=$(sed -n '/^\.TP$/{n;s/\\-/-/g;p}' docs/channel-monitor.1)
in_page=$(grep -oE -- '(^|[ "])--?[a-z][a-z-]*' <<<"$heads" | tr -d ' "' | sort -u)
[ "$in_page" = "$all" ] ||
  fault "options of the manual page differ: $(diff <(echo "$in_page") <(echo "$all"))"
in_page=$(sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/p' docs/channel-monitor.1 |
  sed -n '/^\.TP$/{n;s/^\.[A-Z]* "*\([a-z]*\).*/\1/p}' | sort)
[ "$in_page" = "$commands" ] || fault "commands of the manual page differ: $in_page"

# bash: what it offers after these words.
# shellcheck source=/dev/null
. deploy/completions/channel-monitor.bash
offered() {
  COMP_WORDS=(channel-monitor "$@")
  COMP_CWORD=$#
  _channel_monitor
  printf '%s\n' "${COMPREPLY[@]}" | sort
}
long() { grep -- '^--' <<<"$1" | sort -u; }
[ "$(offered "" | grep -v -- ^-)" = "$commands" ] || fault "bash offers other commands"
[ "$(offered ch)" = check ] || fault "bash does not complete a command"
for command in $commands; do
  expected=$(long "$common"$'\n'"$(column "$command")")
  [ "$(offered "$command" --)" = "$expected" ] ||
    fault "bash offers other options for $command: $(diff <(offered "$command" --) <(echo "$expected"))"
done
grep -qx test < <(offered notify "") || fault "bash knows no notify test"
[ "$(offered --format "")" = $'json\ntable' ] || fault "bash knows no formats"
[ "$(offered init --db-type s)" = sqlite ] || fault "bash knows no kinds of databases"
[ "$(offered check --config CMakeL)" = CMakeLists.txt ] || fault "bash offers no files"

# zsh: the same words.
zsh_file=deploy/completions/_channel-monitor
words=$(grep -oE -- "-{1,2}[a-z][a-z-]*" <(grep -E "^ +'|--" "$zsh_file" | grep -v '^#') | sort -u)
for option in $all; do
  grep -qx -- "$option" <<<"$words" || fault "zsh does not know $option"
done
for option in $(long "$words"); do
  grep -qx -- "$option" <<<"$all" || fault "zsh offers $option"
done
[ "$(sed -n "s/^    '\([a-z]*\):.*/\1/p" "$zsh_file" | sort)" = "$commands" ] ||
  fault "zsh knows other commands"
if command -v zsh >/dev/null; then
  zsh -n "$zsh_file" || fault "zsh cannot read $zsh_file"
fi
echo "The manual page and the completions say what --help says."
