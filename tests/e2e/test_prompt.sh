#!/usr/bin/env bash
# The prompt as a person meets it: a terminal (tmux), keys, and what stands on the screen.
# usage: test_prompt.sh LISRUN
# shellcheck source-path=SCRIPTDIR
lisrun=$(realpath "$1")
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

# ---- without a terminal: input from a pipe

printf '%s\n' '1 + 1' 'x = {' '1, 2 }' 'x' 'error("boo")' 'x[2]' 'foo bar' '(1 +' '2)' >input
run bash -c "'$lisrun' -i <input"
ok "results are printed; an expression needs no return" out_has "$(printf '2\n{ 1, 2 }\n2\n3')"
ok "an error is told and the prompt goes on" err_has "stdin:1: boo"
ok "a syntax error, too" err_has "syntax error near 'bar'"
ok "the end of input ends well" exits 0
echo 'seeds = 3 error "late"' >state.lua
run bash -c "echo 'seeds' | '$lisrun' -i state.lua"
ok "-i lands in a recipe's state, also after its error" out_is 3

cat >lands.lua <<'LUA'
local log, seeds = { rows = 4 }, 3
local seeds = seeds + 1
do local inner = 1 end
local function train(rows)
  local half = rows / 2
  return half.x
end
if arg[1] then train(log.rows) end
LUA
printf '%s\n' 'log.rows + seeds' 'inner' 'train == nil' >input
run bash -c "'$lisrun' -i lands.lua <input"
ok "-i makes the recipe's locals globals" out_has "$(printf '8\nnil\nfalse')"
printf '%s\n' 'locals.half + locals.rows' 'seeds' >input
run bash -c "'$lisrun' -i lands.lua fail <input"
ok "after an error, too, and those of the function that failed" out_is "$(printf '6\n4')"
run bash -c "echo 'seeds' | '$lisrun' repl lands.lua"
ok "repl is another word for it" out_has 4

printf '%s\n' '?split.by_time' 't = lis.core.tensor.arange(3)' '?t:sum' 'apropos "kendall"' 'describe(t)' >input
run bash -c "'$lisrun' -i <input"
ok "?name tells what a function is" out_has "lis.split.by_time(log, options)"
ok "of a method, too" out_has "lis.Tensor:sum(dim)"
ok "apropos searches names" out_has "lis.util.kendall.of"
ok "describe tells a value in figures" out_has "i32 [3], 3 numbers"

if ! command -v tmux >/dev/null; then
  skip "the prompt on a terminal" "tmux is not installed"
  done_testing
  exit
fi

# ---- on a terminal

number=0 # of the terminal: each has a server of its own, as one that ends is slow to go
export XDG_STATE_HOME=$scratch/state TERM=xterm
terminal() { tmux -S "$scratch/tmux$number" -f /dev/null "$@"; }
screen() { terminal capture-pane -p 2>&1; }
open_prompt() {
  number=$((number + 1))
  terminal new-session -d -x 80 -y 24 "'$lisrun' 2>&1; echo \"ended with \$?\"; sleep 60"
  shows "Ctrl-D leaves" && waits
}
close_prompt() { terminal kill-server 2>/dev/null; }
keys() { terminal send-keys "$@"; }
line() { keys "$1" Enter; }

# shows TEXT: waits up to 10 seconds until the screen holds it.
shows() {
  local i
  for ((i = 0; i < 100; i++)); do
    out=$(screen)
    [[ $out != *"$1"* ]] || return 0
    sleep 0.1
  done
  return 1
}

# Until the prompt stands there, empty: keys sent earlier are the terminal's, not the line editor's.
waits() {
  local i
  for ((i = 0; i < 100; i++)); do
    out=$(screen)
    [[ $(grep -v '^$' <<<"$out" | tail -n 1) != '>' ]] || return 0
    sleep 0.1
  done
  return 1
}

# Gives up the line, and waits for a new one: keys sent meanwhile would go with the old.
cancel() {
  keys C-c
  waits
}

# Ctrl-D until it is heard: one that comes before the terminal listens key by key says nothing.
leaves() {
  local i
  for ((i = 0; i < 20; i++)); do
    keys C-d
    sleep 0.1
    [[ $(screen) != *'ended with 0'* ]] || return 0
  done
  shows 'ended with 0'
}

ok "the prompt greets" open_prompt
line 'seeds = 40'
line 'seeds + 2'
ok "a result follows its input" shows $'> seeds + 2\n42'
line 'for i = 1, 2 do'
ok "an incomplete input asks for more" shows $'do\n>>'
line 'print("row", i) end'
ok "an incomplete input is continued" shows $'>> print("row", i) end\nrow     1\nrow     2'
keys 'string.for' Tab
ok "Tab completes a field" shows '> string.format'
line '("%d", 7)'
ok "and typing goes on behind it" shows '"7"'
line 'arms = { base_one = 1, base_two = 2 }'
keys 'arms.b' Tab Tab
ok "Tab lists what is possible" shows 'base_one  base_two'
cancel
keys 'require("lis.util.tex' Tab
ok "Tab completes module names" shows 'require("lis.util.text'
cancel
keys "io.open(\"$scratch/sta" Tab
ok "Tab completes paths" shows "$scratch/state"
cancel
line 'print("on " .. "its way") while true do end'
shows 'on its way'
keys C-c
ok "Ctrl-C stops a loop" shows 'interrupted'
line '"still " .. "here"'
ok "and gives the prompt back" shows '"still here"'
line 'error("in the middle")'
ok "an error shows where it was" shows $'stdin:1: in the middle\n'
line 'local z = 1'
ok "a local is explained once" shows "leave out 'local'"
keys Up Up Enter
ok "an arrow fetches the history" shows $'stdin:1: in the middle\n  stdin:1: in main chunk\n>'
ok "Ctrl-D leaves with status 0" leaves
close_prompt

open_prompt
keys C-r
keys 'still'
ok "the history outlives a session" shows '"still " .. "here"'
cancel
leaves
close_prompt
ok "the history file is below the state folder" test -s "$XDG_STATE_HOME/lisrun/history"

# ---- help, and a prompt that dies

open_prompt
line '?lis.split.by_time'
ok "?name answers on a terminal" shows 'lis.split.by_time(log, options)'
line 'note = "before the crash"'
line 'os.execute("kill -9 " .. io.open("/proc/self/stat"):read "n")'
ok "a prompt that is killed" shows 'ended with 137'
close_prompt
open_prompt
keys Up Up
ok "has lost no line of its history" shows '> note = "before the crash"'
ok "and leaves nothing beside it" test "$(ls "$XDG_STATE_HOME/lisrun")" = history
close_prompt

done_testing
