#!/usr/bin/env bash
# Proves that tests/run.sh can fail: a rigged C suite, a rigged Lua suite, a crash, and an empty
# run must each be counted and reach the closing line and the exit status.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

export LISRUN_CI_OUT=$scratch/counted
stage() { run bash "$house/tests/run.sh" "$1"; }
closes_with() { [[ $(tail -n 1 <<<"$out") == "$1" ]]; }
counted_are() { [[ $(cut -f 2-4 "$LISRUN_CI_OUT/results.tsv" | sort | tr '\t' :) == "$1" ]]; }

stage rigged
ok "a rigged run exits with 1" exits 1
ok "its closing line counts the cases" closes_with "3 passed, 3 failed"
ok "each rigged case is counted as what it is" counted_are \
  "canary/c:sum_is_right:pass
canary/c:sum_is_wrong:fail
canary/crash:(run):fail
canary/crash:survives:pass
canary/lua:TestCanary.test_sum_is_right:pass
canary/lua:TestCanary.test_sum_is_wrong:fail"

stage nothing
ok "a run of no test exits with 1" exits 1
ok "a run of no test says so" closes_with "0 passed, 1 failed"

done_testing
