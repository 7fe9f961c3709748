# Completion for bash.  Needs nothing but bash itself.
_channel_monitor() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local commands="run check init list test history undo repair notify demo"
  local options="--config --once --dry-run --force --now --channel --model --format
    --quiet --verbose --color --help --version"
  local command="" word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case " $commands " in *" $word "*) command=$word && break ;; esac
  done
  case $command in
    history) options="$options --last --since" ;;
    undo) options="$options --since" ;;
    init) options="$options --output --db-type --dsn --period --language" ;;
  esac
  COMPREPLY=()
  local words=""
  case $previous in
    --config | --output)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --format) words="table json" ;;
    --color) words="auto always never" ;;
    --db-type) words="mysql postgres sqlite" ;;
    --language) words="auto en zh" ;;
    --channel | --model | --last | --since | --dsn | --period) return ;;
    *)
      words=$options
      [ "$previous" != notify ] || words="test $options"
      [ -n "$command" ] || words="$commands $options"
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o filenames -F _channel_monitor channel-monitor
