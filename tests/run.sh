#!/usr/bin/env bash
# Runs every check of the house and counts the cases. The last line is "N passed, N failed".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

usage() {
  cat <<'TEXT'
usage: tests/run.sh [stage ...]        default: all, in this order

  gcc      release build, warnings are errors; C and Lua tests; install, embed
  clang    the same with clang
  asan     address, leak and undefined-behaviour sanitizers (gcc); C and Lua tests
  tsan     thread sanitizer (clang); C tests of the rooms that use threads
  fuzz     libFuzzer on every reader, about a minute in all (clang, address, leak, undefined)
  format   clang-format on every .c and .h
  lint     luacheck on every .lua, shellcheck on every .sh
  house    include and require rules, sizes, words, contracts; and the checkers' own tests
  canary   a rigged run must fail, or no green run means anything

Builds lie in build-ci/<stage> and are kept; logs in build-ci/log.
TEXT
}

out=${LISRUN_CI_OUT:-build-ci} # the canary runs this script inside itself and counts apart
logs=$out/log
results=$out/results.tsv

# OpenBLAS must not start threads beside ours, and a sanitizer's finding must fail the test.
export OPENBLAS_NUM_THREADS=1
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1:ignore_noninstrumented_modules=1 # libomp speaks through archer

say() { printf '\n== %s\n' "$*"; }
tally() { lua5.4 tests/house/tally.lua "$@"; }

# case_of STAGE SUITE NAME pass|fail [REASON]: one case that this script saw itself.
case_of() { printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "${5:-}" >>"$results"; }

# tap STAGE SUITE COMMAND...: the cases of a command that prints TAP.
tap() {
  local stage=$1 suite=$2 status
  shift 2
  "$@" >"$logs/$stage-$suite.tap" 2>&1 </dev/null
  status=$?
  tally tap "$stage" "$suite" "$logs/$stage-$suite.tap" $status "$results" ||
    case_of "$stage" "$suite" "(tally)" fail "its output could not be counted"
}

# build STAGE COMPILER OPTION...: configures and compiles; a failure is a failed case.
build() {
  local stage=$1 compiler=$2 dir=build-ci/$1 again=()
  shift 2
  [[ ! -f $dir/build.ninja ]] || again=(--reconfigure)
  if CC=$compiler meson setup "$dir" "${again[@]}" -Dtests=true -Dwerror=true "$@" \
    >"$logs/$stage-build.log" 2>&1 && ninja -k 0 -C "$dir" >>"$logs/$stage-build.log" 2>&1; then
    case_of "$stage" build "compiles without a warning" pass
  else
    grep -E 'error:|ERROR:|undefined reference' "$logs/$stage-build.log" | head -n 40
    case_of "$stage" build "compiles without a warning" fail "see $logs/$stage-build.log"
    return 1
  fi
}

# suites STAGE SECONDS SETUP OPTION...: runs meson's tests within a time limit and counts cases.
suites() {
  local stage=$1 seconds=$2 setup=$3 dir=build-ci/$1 log status
  shift 3
  log=$dir/meson-logs/testlog-$setup.json
  rm -f "$log"
  timeout "$seconds" meson test -C "$dir" --no-rebuild --setup "$setup" "$@" \
    >"$logs/$stage-test.log" 2>&1 </dev/null
  status=$?
  grep -E '^ *[0-9]+/[0-9]+ ' "$logs/$stage-test.log"
  [[ $status -ne 124 ]] || case_of "$stage" meson "ends in time" fail "stopped after $seconds s"
  if ! { [[ -f $log ]] && tally meson "$stage" "$log" "$results"; }; then
    tail -n 20 "$logs/$stage-test.log"
    case_of "$stage" meson "leaves a log of its tests" fail "no readable $log"
  fi
}

# sees STAGE FAULT REPORT: the build's sanitizer must find a fault made on purpose.
sees() {
  local fault=build-ci/$1/tests/canary/fault report
  if "$fault" none >/dev/null 2>&1 && ! report=$("$fault" "$2" 2>&1) && grep -q "$3" <<<"$report"; then
    case_of "$1" fault "sees a rigged $2" pass
  else
    case_of "$1" fault "sees a rigged $2" fail "it does not report '$3'"
  fi
}

stage_gcc() {
  build gcc gcc --buildtype=release || return
  suites gcc 900 house
  tap gcc install bash tests/e2e/install.sh build-ci/gcc
  tap gcc manual bash tests/manual.sh build-ci/gcc/src/host/lisrun
}

stage_clang() {
  build clang clang --buildtype=release && suites clang 900 house --no-suite study
}

stage_asan() {
  build asan gcc --buildtype=debugoptimized -Doptimization=1 -Db_sanitize=address,undefined \
    -Dc_args=-fno-omit-frame-pointer || return
  sees asan leak LeakSanitizer
  sees asan overrun heap-buffer-overflow
  sees asan overflow "signed integer overflow"
  suites asan 1200 house --timeout-multiplier 10 --no-suite study
}

stage_tsan() {
  build tsan clang --buildtype=debugoptimized -Doptimization=1 -Db_sanitize=thread \
    -Db_lundef=false || return
  sees tsan race "data race"
  suites tsan 900 house --timeout-multiplier 10 \
    --suite base --suite tensor --suite sparse --suite data --suite nn --suite metric
}

# fuzz TARGET SECONDS: a run from the seeds and from what earlier runs found; the input that ended it.
fuzz() {
  local name=$1 found=build-ci/fuzz/corpus/$1 log=$logs/fuzz-$1.log input=build-ci/fuzz/input-$1 words=()
  mkdir -p "$found"
  [[ ! -f tests/fuzz/$name.dict ]] || words=(-dict="tests/fuzz/$name.dict")
  rm -f "$input"
  if timeout $(($2 + 60)) "build-ci/fuzz/tests/fuzz/fuzz_$name" -max_total_time="$2" -timeout=10 \
    -rss_limit_mb=1024 "${words[@]}" -exact_artifact_path="$input" "$found" "tests/fuzz/corpus/$name" >"$log" 2>&1 </dev/null; then
    case_of fuzz "$name" "no input breaks it" pass
    grep -E '^#[0-9]+.*DONE' "$log" | sed "s/^/$name: /"
  else
    case_of fuzz "$name" "no input breaks it" fail "see $log"
    grep -E 'ERROR|SUMMARY|broken promise|runtime error' "$log"
    [[ ! -f $input ]] || { echo "$name: the input, also in $input:" && od -A d -t x1z "$input" | head -n 40; }
  fi
}

stage_fuzz() {
  local dir=build-ci/fuzz again=() targets=(tests/fuzz/fuzz_*.c) target
  [[ ! -f $dir/build.ninja ]] || again=(--reconfigure)
  if CC=clang meson setup $dir "${again[@]}" -Dfuzz=true -Dwerror=true --buildtype=debugoptimized \
    -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false >"$logs/fuzz-build.log" 2>&1 &&
    ninja -k 0 -C $dir fuzz-targets >>"$logs/fuzz-build.log" 2>&1; then
    case_of fuzz build "compiles without a warning" pass
  else
    grep -E 'error:|ERROR:|undefined reference' "$logs/fuzz-build.log" | head -n 40
    case_of fuzz build "compiles without a warning" fail "see $logs/fuzz-build.log"
    return
  fi
  for target in "${targets[@]}"; do
    target=${target#tests/fuzz/fuzz_}
    fuzz "${target%.c}" $(((60 + ${#targets[@]} - 1) / ${#targets[@]}))
  done
}

sources() { # SUFFIX [SUFFIX]: our own files; goldens are written by the scripts of tests/ref
  find . \( -name golden -o -name .git -o -name 'build*' -o -name runs -o -name packagecache \) -prune -o \
    -type f \( -name "*.$1" -o -name "*.${2:-$1}" \) -print | sed 's|^\./||' | sort
}

format_tap() {
  local path number=0
  while read -r path; do
    number=$((number + 1))
    if clang-format --dry-run --Werror "$path"; then
      printf 'ok %d - %s\n' $number "$path"
    else
      printf 'not ok %d - %s\n# clang-format -i %s\n' $number "$path" "$path"
    fi
  done < <(sources c h)
  printf '1..%d\n' $number
}

stage_format() { tap format clang-format format_tap; }

lint_tap() {
  local paths
  mapfile -t paths < <(sources lua)
  luacheck --no-color --formatter TAP "${paths[@]}"
}

shell_tap() {
  local path number=0
  for path in setup.sh .ci/run $(sources sh | grep -v '^setup.sh$'); do
    number=$((number + 1))
    if shellcheck -x -P SCRIPTDIR --shell=bash "$path" >"$logs/shellcheck.txt" 2>&1; then
      printf 'ok %d - %s\n' $number "$path"
    else
      printf 'not ok %d - %s\n' $number "$path"
      sed 's/^/# /' "$logs/shellcheck.txt"
    fi
  done
  printf '1..%d\n' $number
}

stage_lint() {
  tap lint luacheck lint_tap
  tap lint shellcheck shell_tap
}

stage_house() {
  local test
  tap house rules lua5.4 tests/check_layers.lua
  for test in tests/house/test_*.lua; do
    tap house "$(basename "$test" .lua)" lua5.4 "$test" -o tap
  done
  tap house setup bash tests/house/check_setup.sh
}

stage_canary() { tap canary runner bash tests/canary/check.sh; }

# Not for the daily run: what the canary runs, and what must come out as failed.
stage_rigged() { suites gcc 60 canary --suite canary; }
stage_nothing() { :; }

stages=("$@")
case ${1:-} in -h | --help) usage; exit 0 ;; esac
[[ $# -gt 0 ]] || stages=(gcc clang asan tsan fuzz format lint house canary)
for stage in "${stages[@]}"; do
  declare -F "stage_$stage" >/dev/null || {
    printf "tests/run.sh: unknown stage '%s'\n" "$stage" >&2
    usage >&2
    exit 2
  }
done

mkdir -p "$logs"
: >"$results"
for stage in "${stages[@]}"; do
  say "$stage"
  started=$SECONDS
  "stage_$stage"
  printf '%s: %d s\n' "$stage" $((SECONDS - started))
done
tally close "$results"
