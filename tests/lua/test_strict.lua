local lu = require "luaunit"
local strict = require "lis.util.strict"

local globals, env

local function run(code) return assert(load(code, "=chunk", "t", env))() end

TestStrict = {}

function TestStrict:setUp()
  globals = setmetatable({ print = print, tostring = tostring, seeds = 3, off = false }, nil)
  env = strict.environment(globals)
end

function TestStrict:test_reads_and_writes_what_is_declared()
  lu.assertEquals(run "seeds = seeds + 1 return seeds", 4)
  lu.assertEquals(globals.seeds, 4)
  lu.assertIs(run "return off", false)
  lu.assertIs(run "off = true return off", true)
end

function TestStrict:test_an_unknown_name_is_an_error_with_the_nearest()
  lu.assertErrorMsgEquals("chunk:2: undeclared variable 'pritn'; did you mean 'print'?", run, "\npritn(1)")
  lu.assertErrorMsgEquals("chunk:1: undeclared variable 'zzzz'", run, "return zzzz")
end

function TestStrict:test_an_assignment_to_an_unknown_name_is_an_error()
  lu.assertErrorMsgEquals("chunk:1: assignment to the undeclared variable 'seed'; did you mean 'seeds'?",
    run, "seed = 1")
  lu.assertErrorMsgEquals(
    "chunk:1: assignment to the undeclared variable 'total' (write 'local total = ...')", run, "total = 1")
  lu.assertNil(rawget(globals, "seed"))
end

function TestStrict:test_pairs_sees_the_globals()
  local names = {}
  for name in pairs(env) do names[name] = true end
  lu.assertTrue(names.seeds)
end

os.exit(lu.LuaUnit.run(), true)
