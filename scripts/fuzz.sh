#!/usr/bin/env bash
# Usage: scripts/fuzz.sh [SECONDS] [NAME...]
# Runs the fuzzers of fuzz/ (all of them, or those named) for so many seconds
# each (60), beginning with what the tests know.  A finding stops it, and is
# left in build/fuzz/findings.  Up to 10 seconds it takes the same way each time.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(answers lists channels configuration redaction)

scripts/install.sh build fuzz
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target "${names[@]/#/fuzz_}" >/dev/null

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
    { printf '\x04'; cat "$file"; } >"$corpus/configuration/j$number"
    { printf '\x03'; cat "$file"; } >"$corpus/configuration/y$number"
  done
  printf '\x00u:p@tcp(h:3306)/d?tls=true' >"$corpus/configuration/mysql"
  printf '\x02postgres://u:p@h:5432/d?sslmode=require' \
    >"$corpus/configuration/url"
  printf "\\x02host=h user='a b' dbname=d" >"$corpus/configuration/pairs"
  printf '\x01file:/data/a.db?mode=ro' >"$corpus/configuration/sqlite"
}

seed_redaction() {
  printf '\x00before\0after' >"$corpus/redaction/1"
  printf '\x02\\u0073\0%%25' >"$corpus/redaction/2"
}

for name in "${names[@]}"; do
  mkdir -p "$corpus/$name"
  "seed_$name"
  printf '== %s: %s s\n' "$name" "$seconds"
  "build/fuzz/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=2048 -max_len=8192 -print_final_stats=0 -print_funcs=0 -verbosity=0 \
    -artifact_prefix="$findings/$name-" "${same_way[@]}" "$corpus/$name"
done
echo "No finding."
