# Completion of lisrun for bash.
# shellcheck shell=bash

_lisrun() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} i name='' takes_value
  local options='-e -i --threads --seed --out --max-memory --safe --quiet --json --loose --help --version'
  takes_value=' -e --threads --seed --out --max-memory '
  COMPREPLY=()
  case $before in
    --out)
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      return
      ;;
    -e | --threads | --seed | --max-memory) return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do # the recipe or the command, where one stands already
    [[ ${COMP_WORDS[i]} == -* || $takes_value == *" ${COMP_WORDS[i - 1]} "* ]] || name=${COMP_WORDS[i]}
  done
  if [[ $word == -* ]]; then
    [[ -n $name && $name != run && $name != repl ]] || mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    return
  fi
  if [[ -z $name ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_lisrun_commands)" -- "$word")
  fi
  if [[ $name != doctor && $name != new ]]; then
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -X '!*.lua' -- "$word"; compgen -d -- "$word")
  fi
}

# As this lisrun lists them.
_lisrun_commands() {
  lisrun --help 2>/dev/null | sed -n '/^commands/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

complete -o filenames -F _lisrun lisrun
