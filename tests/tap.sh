# Sourced by tests written in bash: cases as TAP, each in a few words.
# shellcheck shell=bash
set -uo pipefail

house=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
export house
scratch=$(mktemp -d)
trap '[[ $BASHPID -ne $$ ]] || rm -rf "$scratch"' EXIT # not in a child that is killed on its way
cd "$scratch" || exit 1

cases=0 failures=0 out='' err='' code=0

# run COMMAND...: keeps what it prints in $out and $err and its exit status in $code.
run() {
  "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
  code=$?
  out=$(<"$scratch/out") err=$(<"$scratch/err")
}

# ok NAME CONDITION...: one case; the condition is a command.
ok() {
  local name=$1
  shift
  cases=$((cases + 1))
  if "$@"; then
    printf 'ok %d - %s\n' $cases "$name"
  else
    failures=$((failures + 1))
    printf 'not ok %d - %s\n# failed: %s\n' $cases "$name" "$*"
    printf '# out: %s\n' "${out//$'\n'/$'\n'# out: }"
    printf '# err: %s\n' "${err//$'\n'/$'\n'# err: }"
    printf '# exit status %d\n' "$code"
  fi
}

skip() {
  cases=$((cases + 1))
  printf 'ok %d - %s # SKIP %s\n' $cases "$1" "$2"
}

done_testing() {
  printf '1..%d\n' $cases
  [[ $failures -eq 0 ]]
}

# Conditions.
exits() { [[ $code -eq $1 ]]; }
out_is() { [[ $out == "$1" ]]; }
err_is() { [[ $err == "$1" ]]; }
out_has() { [[ $out == *"$1"* ]]; }
out_lacks() { [[ $out != *"$1"* ]]; }
err_has() { [[ $err == *"$1"* ]]; }
err_lines() { [[ $(grep -c '' <<<"$err") -eq $1 ]]; }
silent() { [[ -z $out && -z $err ]]; }
