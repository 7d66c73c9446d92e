#!/usr/bin/env bash
# What a shell knows of lisrun: completion and the manual page; and `lisrun new`.
# usage: test_shell.sh LISRUN
# shellcheck source-path=SCRIPTDIR
lisrun=$(realpath "$1")
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
PATH=$(dirname "$lisrun"):$PATH

# ---- nothing is forgotten

help=$("$lisrun" --help)
commands=$(sed -n '/^commands/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$help")
options=$(sed -n '/^options/,/^$/{s/^  -h, //;s/^  *\(--[a-z-]*\).*/\1/p}' <<<"$help")
missing() { # FILE WORD...: those that it lacks
  local file=$1 word
  shift
  for word in "$@"; do grep -q -- "$word" "$file" || printf '%s ' "$word"; done
}
# shellcheck disable=SC2086
for file in lisrun.bash _lisrun; do
  ok "docs/shell/$file knows every option" test -z "$(missing "$house/docs/shell/$file" $options)"
done
sed 's/\\-/-/g; s/Fl -/--/g' "$house/docs/lisrun.1" >page
# shellcheck disable=SC2086
ok "the manual page knows every option" test -z "$(missing page $options)"
for command in $commands; do
  ok "the manual page knows the command $command" grep -q "^.It Cm $command" page
done
if command -v man >/dev/null; then
  run env MANWIDTH=80 man --warnings -E UTF-8 -l "$house/docs/lisrun.1"
  ok "the manual page renders" out_has "EXIT STATUS"
  ok "without a warning" test -z "$err"
else
  skip "the manual page renders" "man is not installed"
fi

# ---- completion in bash

source "$house/docs/shell/lisrun.bash"
complete_line() { # WORD...: what may follow; the last word is being typed
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
  _lisrun
  out="${COMPREPLY[*]}"
}
mkdir folder
touch recipe.lua folder/other.lua text.txt
complete_line lisrun --max
ok "options are completed" out_is --max-memory
complete_line lisrun ch
ok "commands, too" out_is check
complete_line lisrun re
ok "beside recipes" out_is "repl report recipe.lua"
complete_line lisrun check folder/
ok "recipes in folders" out_is folder/other.lua
complete_line lisrun --out f
ok "folders behind --out" out_is folder
complete_line lisrun recipe.lua --th
ok "but not lisrun's options behind a recipe" out_is ""
complete_line lisrun --threads 4 doc
ok "a value is no recipe" out_is doctor

# ---- completion in zsh, as typed into a terminal

terminal() { tmux -S "$scratch/tmux" -f /dev/null "$@"; }
typed_becomes() { # KEYS LINE: the line that stands at the prompt behind Tab
  terminal send-keys C-u "$1" Tab
  for _ in {1..50}; do
    out=$(terminal capture-pane -p)
    grep -qxF -- "> $2" <<<"$out" && return
    sleep 0.1
  done
  false
}
if command -v zsh >/dev/null && command -v tmux >/dev/null; then
  printf '%s\n' "fpath=('$house/docs/shell' \$fpath)" 'autoload -Uz compinit' 'compinit -u -D' "PS1='> '" >.zshrc
  terminal new-session -d -x 100 -y 30 "ZDOTDIR='$PWD' zsh -d"
  ok "zsh completes commands" typed_becomes "lisrun doc" "lisrun doctor"
  ok "options" typed_becomes "lisrun --max" "lisrun --max-memory"
  ok "recipes, behind a value" typed_becomes "lisrun --threads 4 rec" "lisrun --threads 4 recipe.lua"
  ok "and files behind a command" typed_becomes "lisrun check folder/o" "lisrun check folder/other.lua"
  terminal kill-server
else
  skip "completion in zsh" "zsh or tmux is not installed"
fi

# ---- recipes

run "$lisrun" check "$house"/recipes/*.lua
ok "check finds no mistake in the recipes that come with lisrun" exits 0

# ---- a new recipe

run "$lisrun" new mine
ok "new writes a recipe" exits 0
run "$lisrun" check mine.lua
ok "in which check finds no mistake" exits 0
run "$lisrun" mine.lua --help
ok "which tells about itself" out_has "mine: which preference data is worth aligning an encoder on?"
run "$lisrun" --quiet mine.lua --impressions 3000
ok "and which runs as it stands" exits 0
ok "to a report" test -s runs/mine/results.json
run "$lisrun" new mine
ok "an existing file is left alone" err_is "lisrun new: mine.lua exists already"
ok "as wrong usage" exits 2

done_testing
