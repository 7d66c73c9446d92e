#!/usr/bin/env bash
# Installs a build elsewhere and uses what is there.
# usage: install.sh BUILD_DIR
# shellcheck source-path=SCRIPTDIR
build=$(realpath "$1")
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

place=$scratch/root
lisrun=$place/usr/local/bin/lisrun

run env DESTDIR="$place" meson install -C "$build" --no-rebuild
ok "meson installs" exits 0
run "$lisrun" --version
ok "the installed lisrun says its version" out_has "lisrun "
run "$lisrun" -e 'print(require("lis").version)'
ok "it carries its Lua modules with it" out_has .

PKG_CONFIG_PATH=$(dirname "$(find "$place" -name lisrun.pc)")
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR=$place
run pkg-config --cflags --libs lisrun
ok "pkg-config knows the library" exits 0
read -ra flags <<<"$out"
run gcc -Wall -Werror "$house/tests/e2e/embed.c" -o embed "${flags[@]}"
ok "a program of someone else's builds" exits 0
run ./embed
ok "and runs" out_is "auc 0.75"

done_testing
