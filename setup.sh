#!/usr/bin/env bash
# From a bare Debian 12 to an answer: installs what is missing, builds, runs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

build_packages=(gcc libc6-dev pkg-config meson ninja-build lua5.4 liblua5.4-dev lua-filesystem-dev
  lua-argparse libedit-dev libopenblas-dev libzstd-dev zlib1g-dev libxxhash-dev libjansson-dev gnuplot-nox)
test_packages=(tmux zsh lua-unit lua-check lua-ldoc lua-dkjson libcmocka-dev clang clang-format
  libclang-rt-14-dev libomp-dev llvm shellcheck chromium)

usage() {
  cat <<'TEXT'
usage: ./setup.sh run [options of the recipe]   install, build, run recipes/quickstart.lua
       ./setup.sh test [stage ...]              install, run all tests (stages: tests/run.sh --help)
       ./setup.sh build                         install, build into build/
       ./setup.sh packages [test]               print the Debian packages that would be installed
       ./setup.sh --help

Packages come from Debian 12 through apt-get, as root or through sudo; nothing is installed twice.
TEXT
}

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

installed() { dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }

as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@" # nobody there to type a password: fail rather than wait
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get \
    -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# A mirror may stumble, so both steps are tried again. An update that fails alone is no reason to
# stop: a foreign source may be down while the packages are there.
install_packages() {
  local package attempt missing=()
  command -v dpkg-query >/dev/null || {
    say "this is no Debian system; going on with what is here. Debian's names: $*"
    return
  }
  for package; do installed "$package" || missing+=("$package"); done
  if [[ ${#missing[@]} -eq 0 ]]; then
    say "all $# packages are here"
    return
  fi
  [[ $(id -u) -eq 0 ]] || command -v sudo >/dev/null ||
    die "needs root or sudo to install: apt-get install ${missing[*]}"
  say "installing from Debian: ${missing[*]}"
  for attempt in 1 2 3 4; do
    apt update -qq || say "apt-get update failed"
    apt install -y -qq --no-install-recommends "${missing[@]}" && return
    say "apt-get install failed (attempt $attempt of 4)"
    [[ $attempt -eq 4 ]] || sleep $((attempt * 5))
  done
  die "could not install: ${missing[*]}"
}

build() {
  say "building into build/"
  [[ -f build/build.ninja ]] || meson setup build --buildtype=release
  ninja -C build || die "the build failed; if it was moved or half made, remove build/ and try again"
}

word=${1:-}
[[ $# -eq 0 ]] || shift
case $word in
  run)
    install_packages "${build_packages[@]}"
    build
    exec build/src/host/lisrun recipes/quickstart.lua "$@"
    ;;
  test)
    install_packages "${build_packages[@]}" "${test_packages[@]}"
    exec tests/run.sh "$@"
    ;;
  build)
    install_packages "${build_packages[@]}"
    build
    ;;
  packages)
    printf '%s\n' "${build_packages[@]}"
    [[ ${1:-} != test ]] || printf '%s\n' "${test_packages[@]}"
    ;;
  -h | --help | help) usage ;;
  *)
    [[ -z $word ]] || printf "setup: unknown command '%s'\n" "$word" >&2
    usage >&2
    exit 2
    ;;
esac
