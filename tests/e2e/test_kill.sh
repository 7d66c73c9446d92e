#!/usr/bin/env bash
# A study that is killed and started again ends as one that was not: the same results.json, byte for byte, but
# for what the run took; and verify finds nothing to report.
# usage: test_kill.sh LISRUN RECIPES
# shellcheck source-path=SCRIPTDIR
lisrun=$(realpath "$1")
recipes=$(realpath "$2")
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

study=("$lisrun" "$recipes/which_data.lua" --quiet --users 100 --items 80 --impressions 6000 --epochs 2 --seeds 2
  --out run)
arms() { find run/arms -name arm.json 2>/dev/null | wc -l; }

# results.json without the keys that say what a run took.
figures() {
  "$lisrun" -e 'local json = require "lis.core".base
    local r = json.json_decode(io.open("run/results.json", "rb"):read "a")
    r.timing_s, r.cost = nil, nil
    print(json.json_encode(r, { indent = 2 }))'
}

"${study[@]}" >/dev/null
figures >whole
total=$(arms)
ok "a whole study has results" test -s whole
rm -rf run

for after in 1 $((total / 3)) $((2 * total / 3)); do
  "${study[@]}" >/dev/null 2>&1 &
  pid=$!
  while kill -0 $pid 2>/dev/null && [ "$(arms)" -lt "$after" ]; do sleep 0.02; done
  kill -KILL $pid 2>/dev/null
  wait $pid 2>/dev/null
  ok "killed behind $after arms, it has no results yet" test ! -e run/results.json
done
left=$(arms)
ok "some arms are on disk, some are not" test "$left" -ge 1 -a "$left" -lt "$total"

run "${study[@]}"
ok "the same command ends it" exits 0
ok "and says what it took from disk" out_has "runs taken from"
figures >continued
ok "with the same bytes" cmp -s whole continued
run "$lisrun" verify run
ok "and verify agrees" exits 0

logits=$(find run/arms -name logits.npy | sort | head -1)
printf '\x41' | dd of="$logits" bs=1 seek=203 conv=notrunc status=none
run "$lisrun" verify run
ok "one byte of one score changed: verify finds it" exits 1
ok "and names the figure" out_has "stored"

done_testing
