#!/usr/bin/env bash
# lisrun --safe: a recipe that tries every way out.
# usage: test_safe.sh LISRUN
# shellcheck source-path=SCRIPTDIR
lisrun=$(realpath "$1")
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

mkdir mine outside
ln -s "$PWD/outside" mine/link
ln -s "$PWD/outside/none" mine/dangling
echo keep >outside/file

# try NAME CODE: the code must not get what it wants; it prints "refused" where it is told so.
try() {
  rm -f outside/new
  printf 'local lis = require "lis"\nlocal core = lis.core\nlocal ok, a, b = pcall(function()\n%s\nend)\n%s\n' "$2" \
    'print(ok and a and "got it" or "refused")' >try.lua
  run "$lisrun" --safe --out mine try.lua
  ok "$1 is refused" out_is refused
  ok "and nothing has changed outside" test "$(ls outside)$(cat outside/file)" = filekeep
}

try "os.execute" 'return os.execute "touch outside/new"'
try "io.popen" 'return io.popen "touch outside/new"'
try "package.loadlib" 'return package.loadlib("liblua5.4.so.0", "*")'
try "a C library through require" 'package.preload.lfs = nil package.loaded.lfs = nil
  package.cpath = "/usr/lib/x86_64-linux-gnu/lua/5.4/?.so" return require "lfs"'
try "io.open to write" 'return io.open("outside/new", "w")'
try "io.open to append" 'return io.open("outside/file", "a")'
try "io.open to update" 'return io.open("outside/file", "r+")'
try "the way up" 'return io.open("mine/../outside/new", "w")'
try "the way through a link" 'return io.open("mine/link/new", "w")'
try "a link to nothing" 'return io.open("mine/dangling", "w")'
try "io.output" 'return io.output("outside/new")'
try "io.tmpfile" 'return io.tmpfile()'
try "os.tmpname" 'return os.tmpname()'
try "os.remove" 'return os.remove("outside/file")'
try "os.rename away" 'return os.rename("outside/file", "mine/file")'
try "os.rename to" 'core.base.save("mine/x", "x") return os.rename("mine/x", "outside/file")'
try "core.base.save" 'core.base.save("outside/new", "x") return true'
try "core.base.make_folder" 'core.base.make_folder("outside/new") return true'
try "core.data.write_npy" 'core.data.write_npy("outside/new", core.tensor.arange(3)) return true'
try "lfs.mkdir" 'return require("lfs").mkdir("outside/new")'
try "lfs.link" 'return require("lfs").link("outside/file", "mine/here")'
try "lfs.chdir" 'return require("lfs").chdir("outside")'
try "lfs by its opener" 'return package.preload.lfs().link("outside/file", "mine/here")'
try "bytecode" 'return load(string.dump(function() return 1 end), "x", "b")'
try "bytecode from a file" 'local f = io.open("mine/b.lua", "wb") f:write(string.dump(function() return 1 end)) f:close() return loadfile "mine/b.lua"'
try "bytecode through require" 'package.path = "mine/?.lua" return require "b"'
try "debug.getregistry" 'return debug.getregistry()'
try "debug.getupvalue" 'return debug.getupvalue(io.open, 1)'
try "debug.setmetatable" 'return debug.setmetatable("", {})'
try "a function from debug.getinfo" 'return debug.getinfo(io.open, "f").func'
try "other string functions" 'string.find = function() end string.gsub = function(s) return s end return io.open("outside/new", "w")'
try "another type()" 'type = function() return "string" end return io.open("outside/new", "w")'

cat >fine.lua <<'LUA'
local lis = require "lis"
local opt = lis.options{ out = "elsewhere" }
lis.core.base.save(opt.out .. "/deep/er/a.txt", "a")
local file = assert(io.open(opt.out .. "/b.txt", "w"))
file:write("b")
file:close()
assert(os.rename(opt.out .. "/b.txt", opt.out .. "/c.txt"))
print(io.open(opt.out .. "/c.txt"):read "a", load("return 1 + 1")(), io.open("outside/file"):read "a")
LUA
run "$lisrun" --safe --out mine fine.lua
ok "below --out everything works, and reading everywhere" out_is "$(printf 'b\t2\tkeep')"
run "$lisrun" --safe fine.lua --out mine
ok "the recipe's own --out says so, too" out_is "$(printf 'b\t2\tkeep')"
run "$lisrun" --safe fine.lua --out=mine
ok "in one word as well" exits 0
run "$lisrun" --safe fine.lua
ok "a default of the recipe's does not" err_has "may not write 'elsewhere/deep/er/a.txt': writing is confined to '"
run "$lisrun" --safe -e 'print(pcall(os.execute))'
ok "-e is confined, too" out_has "os.execute: not under --safe"
echo 'local lis = require "lis" lis.score.power({}, { levle = 1 })' >wrong.lua
run "$lisrun" --safe wrong.lua
ok "errors still point at the recipe" err_has "wrong.lua:1: lis.score.power: unknown option 'levle'"

done_testing
