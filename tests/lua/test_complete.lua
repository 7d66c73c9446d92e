local lu = require "luaunit"
local complete = require "lis.util.complete"

local class = {}
class.__index = class
function class.update() end
function class.unused() end
class.limit = 3

local globals = {
  print = print, pairs = pairs, seeds = 3, _hidden = 1,
  bar = setmetatable({ label = "x" }, class),
  nested = { deep = { value = 1, very = 2 } },
  lazy = setmetatable({}, { __stages = { log = true, leak = true }, __index = function() error("called") end }),
}

local function at(line)
  local candidates, start = complete.line(line, globals)
  return candidates, start
end

TestComplete = {}

function TestComplete:test_globals_and_keywords()
  lu.assertEquals(at("p"), { "pairs", "print" })
  lu.assertEquals(at("x = se"), { "seeds" })
  lu.assertEquals(at("unt"), { "until" })
  local _, start = at("x = se")
  lu.assertEquals(start, 5)
  lu.assertEquals(at("zz"), {})
end

function TestComplete:test_names_with_an_underscore_only_when_asked_for()
  lu.assertNotStrContains(table.concat(at(""), " "), "_hidden")
  lu.assertEquals(at("_h"), { "_hidden" })
end

function TestComplete:test_fields()
  lu.assertEquals(at("nested."), { "nested.deep" })
  lu.assertEquals(at("f(nested.deep.v"), { "nested.deep.value", "nested.deep.very" })
  lu.assertEquals(at("nested.none.v"), {})
end

function TestComplete:test_methods_through_the_metatable()
  lu.assertEquals(at("bar:u"), { "bar:unused", "bar:update" })
  lu.assertEquals(at("bar.l"), { "bar.label", "bar.limit" })
  lu.assertEquals(at("bar:l"), {}) -- no functions
  lu.assertEquals(at("lbl = bar.label:up"), { "bar.label:upper" }) -- strings have methods, too
end

function TestComplete:test_nothing_is_called()
  lu.assertEquals(at("lazy.l"), { "lazy.leak", "lazy.log" })
end

function TestComplete:test_modules()
  local found = table.concat(at('local t = require "lis.util.te'), " ")
  lu.assertStrContains(found, "lis.util.text")
  lu.assertStrContains(table.concat(at("require('luau"), " "), "luaunit")
end

function TestComplete:test_paths()
  local folder = os.tmpname()
  os.remove(folder)
  local lfs = require "lfs"
  assert(lfs.mkdir(folder) and lfs.mkdir(folder .. "/inner"))
  assert(io.open(folder .. "/data.tsv", "w")):close()
  lu.assertEquals(at('lis.log.read("' .. folder .. "/"), { folder .. "/data.tsv", folder .. "/inner/" })
  lu.assertEquals(at("x = '" .. folder .. "/d"), { folder .. "/data.tsv" })
  lu.assertEquals(at('x = "' .. folder .. '/d" .. se'), { "seeds" }) -- the string is closed
  lu.assertEquals(at('x = "' .. folder .. "/nowhere/"), {})
  os.remove(folder .. "/data.tsv")
  lfs.rmdir(folder .. "/inner")
  lfs.rmdir(folder)
end

function TestComplete:test_string_keys()
  local own = { arms = { base = 1, ["co-click"] = 2, [3] = 4 } }
  lu.assertEquals(complete.line('x = arms["', own), { "base", "co-click" })
  lu.assertEquals({ complete.line("arms['co", own) }, { { "co-click" }, 7 })
  lu.assertEquals(complete.line('nothing["', own), complete.line('"', own)) -- a path, perhaps
end

function TestComplete:test_methods_of_the_core()
  lu.assertEquals(complete.line("t:scat", { t = require("lis.core").tensor.arange(2) }), { "t:scatter_add_" })
end

function TestComplete:test_common_beginning()
  lu.assertEquals(complete.common{ "lis.leak", "lis.log" }, "lis.l")
  lu.assertEquals(complete.common{}, "")
end

function TestComplete:test_columns()
  lu.assertEquals(complete.columns({ "a.one", "a.two", "a.three" }, 12), "one    three\ntwo")
  lu.assertEquals(complete.columns({ "folder/" }, 80), "folder/")
end

os.exit(lu.LuaUnit.run(), true)
