#!/usr/bin/env bash
# Installs a build elsewhere and uses what is there.
# usage: install.sh BUILD_DIR
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2016 # the marks of code blocks are no commands
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

for path in include/lis/lis.h include/lis/lua.h share/lua/5.4/lis/init.lua share/lisrun/library/lis.lua \
  share/lisrun/recipes/quickstart.lua share/man/man1/lisrun.1 \
  share/bash-completion/completions/lisrun share/zsh/site-functions/_lisrun lib/lua/5.4/lis.so; do
  ok "$path is installed" test -s "$place/usr/local/$path"
done
headers() { (cd "$house/include" && find lis/*/ -name '*.h' | sort); }
ok "lis.h includes every header" test "$(headers)" = \
  "$(sed -n 's/^#include "\(.*\)"$/\1/p' "$place/usr/local/include/lis/lis.h")"

# ---- a C program

PKG_CONFIG_PATH=$(dirname "$(find "$place" -name lis.pc)")
export PKG_CONFIG_PATH
run pkg-config --cflags --libs lis
ok "pkg-config knows the library" exits 0
read -ra flags <<<"${out//\/usr\/local/$place/usr/local}" # ours lies elsewhere, Lua where it says
run gcc -Wall -Werror "$house/tests/e2e/embed.c" -o embed "${flags[@]}"
ok "a program of someone else's builds" exits 0
run ./embed
ok "and runs" out_is "auc 0.75"

# ---- the program in docs/embedding.md, and what it says it prints

sed -n '/^```c$/,/^```$/{/^```/d;p}' "$house/docs/embedding.md" >program.c
run gcc -Wall -Wextra -Werror program.c -o program "${flags[@]}"
ok "the program in docs/embedding.md builds" exits 0
run ./program
ok "and prints what is written there" out_is "$(sed -n '/^\$ .\/program$/,/^```$/{/^[$`]/d;p}' "$house/docs/embedding.md")"

# ---- stock Lua

modules="$place/usr/local/lib/lua/5.4/?.so"
run env LUA_CPATH="$modules" lua5.4 -e 'local lis = require "lis"; print(lis.core.tensor.arange(3))'
ok "stock Lua requires the C module, as docs/embedding.md says" out_is \
  "$(sed -n '/^\$ lua5.4/,/^```$/{/^[$`]/d;p}' "$house/docs/embedding.md")"
run env LUA_CPATH="$modules" lua5.4 -e 'print(require("lis.score").arm ~= nil)'
ok "its modules are found once it is loaded" exits 1 # by "lis" first
run env LUA_CPATH="$modules" LUA_PATH="$place/usr/local/share/lua/5.4/?.lua;$place/usr/local/share/lua/5.4/?/init.lua" \
  lua5.4 -e 'print(require("lis.score").arm ~= nil, require("lis.util.help").text("tensor:take"):match "^[^\n]*")'
ok "and from the installed sources" out_is "$(printf 'true\tlis.Tensor:take(index)')"
run env LUA_CPATH="$modules" lua5.4 -e 'require("lis").core.tensor.arange("x")'
ok "a wrong argument is a Lua error" err_has "bad argument 'n' to core.tensor.arange"

done_testing
