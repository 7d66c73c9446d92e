#!/usr/bin/env bash
# Installs a build elsewhere and uses what is there: install.sh BUILD_DIR. Prints TAP.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

build=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
number=0

check() { # NAME COMMAND...
  local name=$1
  shift
  number=$((number + 1))
  if "$@" >"$place/said" 2>&1; then
    printf 'ok %d - %s\n' $number "$name"
  else
    printf 'not ok %d - %s\n' $number "$name"
    sed 's/^/# /' "$place/said"
  fi
}

installed() { DESTDIR=$place/root meson install -C "$build" --no-rebuild; }
says_version() { "$place/root/usr/local/bin/lisrun" --version | grep -q '^lisrun [0-9]'; }
runs_lua() { (cd / && "$place/root/usr/local/bin/lisrun" -e 'print(require("lis").version)') | grep -q '^[0-9]'; }

embeds() {
  local config flags
  config=$(dirname "$(find "$place/root" -name lisrun.pc)")
  flags=$(PKG_CONFIG_PATH=$config PKG_CONFIG_SYSROOT_DIR=$place/root pkg-config --cflags --libs lisrun) || return
  # shellcheck disable=SC2086
  gcc -Wall -Werror tests/e2e/embed.c -o "$place/embed" $flags && [[ $("$place/embed") == "auc 0.75" ]]
}

check "meson installs" installed
check "the installed lisrun says its version" says_version
check "it carries its Lua modules with it" runs_lua
check "a program of someone else's builds and runs with pkg-config" embeds
printf '1..%d\n' $number
