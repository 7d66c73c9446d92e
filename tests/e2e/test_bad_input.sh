#!/usr/bin/env bash
# Bad input to a recipe: one paragraph that names file, place and cure; exit 1; nothing half-written.
# usage: test_bad_input.sh LISRUN RECIPES
# shellcheck source-path=SCRIPTDIR
lisrun=$(realpath "$1")
recipes=$(realpath "$2")
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

header=$'user_id:token\titem_id:token\trating:float\ttimestamp:float'
rows=$'1\t1\t5\t10\n1\t2\t1\t20\n2\t1\t4\t30\n2\t2\t2\t40\n3\t1\t5\t50\n3\t2\t1\t60'

# data LOG-TEXT: a fresh data folder with this log and fitting vectors.
data() {
  rm -rf data && mkdir data
  printf '%s\n' "$1" >data/ml-100k.inter
  "$lisrun" -e 'local c = require "lis.core"; c.data.write_npy("data/item_text.npy", c.tensor.normal({ 2, 4 }, { seed = 1 }))'
  printf '1\n2\n' >data/item_text.ids
}

study() { run "$lisrun" --threads 1 "$recipes/movielens.lua" --data data --out results --quiet; }

# refused NAME WORD...: the study ends with 1, says every word, and leaves no output folder.
refused() {
  local name=$1
  shift
  study
  ok "$name: exit 1" exits 1
  for word in "$@"; do ok "$name: says $word" err_has "$word"; done
  ok "$name: nothing written" test ! -e results
}

data "$header"$'\n'"$rows"
rm data/ml-100k.inter
refused "missing file" "data/ml-100k.inter" "No such file"

data $'user_id:token\titem_id:token\tratign:float\ttimestamp:float\n'"$rows"
refused "missing column" "ml-100k.inter" "rating" "ratign"

data "$header"$'\n'"$rows"$'\n4\t1'
refused "too few fields" "ml-100k.inter" "8"

data "$header"$'\n'"$rows"$'\n4\t1\tfive\t70'
refused "not a number" "ml-100k.inter" "8" "rating" "five"

data "$header"
refused "empty log" "ml-100k.inter" "no rows"

: >data/ml-100k.inter
refused "empty file" "ml-100k.inter"

data "$header"$'\n1\t1\t5\t10\n2\t2\t5\t20\n3\t1\t5\t30'
refused "one class" "ml-100k.inter" "both classes" "rating >= 4"

data "$header"$'\n'"$rows"
"$lisrun" -e 'local c = require "lis.core"; c.data.write_npy("data/item_text.npy", c.tensor.normal({ 8 }, { seed = 1 }))'
refused "vectors of the wrong shape" "item_text.npy" "matrix"

data "$header"$'\n'"$rows"
rm data/item_text.ids
refused "vectors without ids" "item_text.ids" "No such file"

data "$header"$'\n'"$rows"
printf '1\n' >data/item_text.ids
refused "too few ids" "item_text.ids" "1 id" "2 vectors"

data "$header"$'\n'"$rows"
head -c 70 data/item_text.npy >short && mv short data/item_text.npy
refused "vectors cut short" "item_text.npy"

run "$lisrun" "$recipes/movielens.lua" --data
ok "an option without its value is wrong usage" exits 2
run "$lisrun" "$recipes/movielens.lua" --dta x
ok "an unknown option is wrong usage" exits 2
ok "and names the nearest" err_has "--data"

done_testing
