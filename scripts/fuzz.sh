#!/usr/bin/env bash
# Usage: scripts/fuzz.sh [SECONDS] [NAME...]
# Runs the fuzzers of fuzz/ (all of them, or those named) for so many seconds
# each (60), beginning with what the tests know.  A finding stops it, and is
# left in build/fuzz/findings.  Up to 10 seconds it takes the same way each time.
# As many run at once as there are processors.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(
  answers channels configuration dsn events keys lists mapping overrides redaction)

scripts/install.sh build fuzz
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzz >/dev/null

same_way=()
[ "$seconds" -gt 10 ] || same_way=(-seed=1 -runs=20000)

corpus=build/fuzz/corpus
findings=build/fuzz/findings
mkdir -p "$findings"

# The bodies of recorded answers, each to another provider: who, which kind, how
# it is asked, the status, two choices, the size of the pieces.
seed_answers() {
  local number=0
  for file in tests/data/answers/*.http; do
    number=$((number + 1))
    {
      printf "\\x$(printf %02x $((number % 32)))\\x00\\x04\\x32\\x00\\x20\\x01"
      sed '1,/^\r\{0,1\}$/d' "$file"
    } >"$corpus/answers/$number"
  done
}

seed_lists() {
  local number=0
  for text in '{"data":[{"id":"a"}],"has_more":true,"last_id":"a"}' \
    '{"models":[{"name":"models/a"}],"nextPageToken":"x"}' \
    '[{"name":"a"}]' '{"models":[{"slug":"a"}]}' \
    '{"models":[{"model":"a","name":"a"}]}'; do
    for who in $(seq 0 31); do
      number=$((number + 1))
      { printf "\\x$(printf %02x "$who")\\x01\\x00"
        printf '%s\0\0%s' "$text" "$text"
      } >"$corpus/lists/$number"
    done
  done
}

seed_channels() {
  for type in $(seq 0 69); do
    { printf "\\x01\\x01\\x$(printf %02x "$type")\\x01"
      printf 'https://h/v1\0a|b|us-east-1\0m,n*\0{"m":"n"}\0us|p\0'
      printf '{"region":"r","ak":"a","sk":"b"}\0{"is_multi_key":true}\0'
      printf '{"proxy":"http://p:1"}\0'
      printf '{"advanced_custom":{"advanced_routes":[{"incoming_path":"/v1/chat/completions","upstream_path":"/x"}]}}\0'
      printf '{"operations":[{"mode":"set","path":"a.b","value":1}]}\0'
      printf '{"X":"{api_key}"}\0{"per_model":true,"m":{"a":1}}\0'
      printf '{"customize":{"1":"/x"}}\0http://%%s@p:1\0'
    } >"$corpus/channels/$type"
  done
}

seed_configuration() {
  local number=0
  for file in tests/data/config/* config_example.json; do
    [ -f "$file" ] || continue
    number=$((number + 1))
    { printf '\x00'; cat "$file"; } >"$corpus/configuration/j$number"
    { printf '\x01'; cat "$file"; } >"$corpus/configuration/y$number"
  done
}

seed_redaction() {
  printf '\x00before\0after' >"$corpus/redaction/1"
  printf '\x02\\u0073\0%%25' >"$corpus/redaction/2"
}

# The others have theirs in the tree.
for name in "${names[@]}"; do
  mkdir -p "$corpus/$name"
  if [ -d "fuzz/corpus/$name" ]; then
    cp fuzz/corpus/"$name"/* "$corpus/$name"
  else
    "seed_$name"
  fi
done

fuzz() {
  printf '== %s: %s s\n' "$1" "$seconds"
  FUZZ=$1 build/fuzz/fuzz/fuzz -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=2048 -max_len=8192 -print_final_stats=0 -print_funcs=0 -verbosity=0 \
    -artifact_prefix="$findings/$1-" "${@:2}" "$corpus/$1" ||
    { echo "A finding of $1, see $findings" >&2; return 255; }
}
export -f fuzz
export seconds corpus findings
# 255 keeps xargs from starting another one.
printf '%s\n' "${names[@]}" |
  xargs -P "$(nproc)" -I{} bash -c 'fuzz "$@"' fuzz {} "${same_way[@]}"
echo "No finding."
