local lu = require "luaunit"
local base = require("lis.core").base

local function fails(pattern, f, ...)
  local ok, message = pcall(f, ...)
  lu.assertFalse(ok)
  lu.assertStrMatches(message, ".*" .. pattern .. ".*")
end

local function slurp(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

TestBase = {}

function TestBase:setUp()
  self.folder = os.tmpname()
  os.remove(self.folder)
end

function TestBase:tearDown()
  os.execute("rm -rf '" .. self.folder .. "'")
end

function TestBase:test_clocks_run()
  local wall, cpu = base.clock(), base.cpu()
  for _ = 1, 1e6 do end
  lu.assertTrue(base.clock() >= wall)
  lu.assertTrue(base.cpu() >= cpu)
end

function TestBase:test_hash_is_xxh3()
  lu.assertEquals(base.hash(""), "2d06800538d394c2")
  lu.assertEquals(base.hash("a"), "e6c632b61e964e1f")
  fails("bad argument 'text' to core.base.hash: wanted a string, got no value", base.hash)
end

function TestBase:test_folds_belong_to_users()
  local few, many = base.user_folds(100, 5, 7), base.user_folds(1000, 5, 7)
  lu.assertEquals(few:totable(), many:slice(1, 1, 100):totable())
  lu.assertEquals(few:dtype(), "i32")
  local counts = many:bincount(5)
  lu.assertEquals(counts:sum(), 1000)
  lu.assertTrue(counts:min() > 150)
  lu.assertNotEquals(base.user_folds(100, 5, 8):hash(), few:hash())
  local tensor = require("lis.core").tensor
  local picked = base.user_folds(tensor.from({ 42, -1, 0 }, "i32"), 5, 7)
  lu.assertEquals(picked:totable(), { few[43], -1, few[1] })
  fails("bad argument 'folds' to core.base.user_folds: wanted an integer from 1", base.user_folds, 10, 0, 1)
end

function TestBase:test_permutation_is_keyed()
  local p = base.permutation(1000, 1, "placebo")
  lu.assertEquals(p:unique():size(), 1000)
  lu.assertEquals(p:min(), 0)
  lu.assertEquals(p:hash(), base.permutation(1000, 1, "placebo"):hash())
  lu.assertNotEquals(p:hash(), base.permutation(1000, 1, "noise"):hash())
  lu.assertNotEquals(p:hash(), base.permutation(1000, 2, "placebo"):hash())
end

function TestBase:test_save_is_whole_and_makes_folders()
  local path = self.folder .. "/a/b.json"
  base.save(path, "one\0two")
  lu.assertEquals(slurp(path), "one\0two")
  base.save(path, "")
  lu.assertEquals(slurp(path), "")
  base.make_folder(self.folder .. "/c/d")
  base.make_folder(self.folder .. "/c/d")
  fails("cannot write '" .. self.folder:gsub("%p", "%%%0") .. "/c': Is a directory", base.save,
    self.folder .. "/c", "x")
  fails("Not a directory", base.save, path .. "/below", "x")
  lu.assertEquals(base.list_folder(self.folder), { "a", "c" })
  lu.assertEquals(base.list_folder(self.folder .. "/c/d"), {})
  lu.assertNil(base.list_folder(path))
end

function TestBase:test_files_are_told_apart()
  local path = os.tmpname()
  base.save(path, "one")
  local hash, stamp = base.hash_file(path), base.look(path)
  lu.assertEquals({ #hash, stamp.size }, { 16, 3 })
  base.save(path, "two")
  lu.assertNotEquals(base.hash_file(path), hash)
  lu.assertTrue(base.look(path).modified >= stamp.modified)
  os.remove(path)
  lu.assertErrorMsgContains("cannot read", base.look, path)
  local now, peak = base.resident(true)
  lu.assertTrue(now > 0 and peak >= now)
end

function TestBase:test_the_process()
  lu.assertFalse(base.interrupted())
  lu.assertEquals(type(base.is_terminal("stdout")), "boolean")
  fails("wanted 'stdin', 'stdout' or 'stderr', got 'tty'", base.is_terminal, "tty")
  lu.assertStrMatches(base.version, "%d+%.%d+%.%d+")
  local before = base.threads()
  lu.assertEquals(base.threads(3), 3)
  lu.assertEquals(base.threads(), 3)
  fails("bad argument 'threads' to core.base.threads: wanted an integer from 1 to 256, got 0", base.threads, 0)
  base.threads(before)
end

os.exit(lu.LuaUnit.run(), true)
