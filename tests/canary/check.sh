#!/usr/bin/env bash
# Proves that tests/run.sh can fail: a rigged C suite, a rigged Lua suite, a crash, and an empty
# run must each be counted and reach the closing line and the exit status. Prints TAP.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

number=0
check() { # NAME WANTED SEEN
  number=$((number + 1))
  if [[ $2 == "$3" ]]; then
    printf 'ok %d - %s\n' $number "$1"
  else
    printf 'not ok %d - %s\n# wanted %s, saw %s\n' $number "$1" "$2" "$3"
  fi
}

run() { # STAGE: fills status, closing and counted
  local out=build-ci/canary
  closing=$(LISRUN_CI_OUT=$out bash tests/run.sh "$1" 2>&1 </dev/null)
  status=$?
  closing=$(tail -n 1 <<<"$closing")
  counted=$(cut -f 2-4 "$out/results.tsv" | sort | tr '\t\n' ': ')
}

run rigged
check "a rigged run exits with 1" 1 "$status"
check "its closing line counts the cases" "3 passed, 3 failed" "$closing"
check "each rigged case is counted as what it is" \
  "canary/c:sum_is_right:pass canary/c:sum_is_wrong:fail canary/crash:(run):fail canary/crash:survives:pass canary/lua:TestCanary.test_sum_is_right:pass canary/lua:TestCanary.test_sum_is_wrong:fail " \
  "$counted"

run nothing
check "a run of no test exits with 1" 1 "$status"
check "a run of no test says so" "0 passed, 1 failed" "$closing"

printf '1..%d\n' $number
