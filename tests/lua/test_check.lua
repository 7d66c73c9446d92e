local lu = require "luaunit"
local check = require "lis.util.check"

local specs = {
  test = { default = 0.2, above = 0, below = 1 },
  gap = 0,
  by = { choices = { "day", "week" }, default = "day" },
  keep = false,
  folds = { type = "integer", default = 5, min = 2, max = 64 },
  names = { type = "list", of = "string", default = {} },
}

local function options(given) return check.options(given, specs, "lis.split.by_time") end

TestCheck = {}

function TestCheck:test_defaults_fill_in_and_the_given_table_stays()
  local given = { folds = 7 }
  local opt = options(given)
  lu.assertEquals(opt, { test = 0.2, gap = 0, by = "day", keep = false, folds = 7, names = {} })
  lu.assertEquals(given, { folds = 7 })
  lu.assertEquals(options(nil).folds, 5)
end

function TestCheck:test_unknown_option_names_the_nearest()
  lu.assertErrorMsgContains("lis.split.by_time: unknown option 'fold'; did you mean 'folds'?",
    options, { fold = 3 })
  lu.assertErrorMsgContains("unknown option '1'", options, { 3 })
end

function TestCheck:test_types()
  lu.assertErrorMsgContains("option 'test' must be a number, got the string 'x'", options, { test = "x" })
  lu.assertErrorMsgContains("option 'folds' must be an integer, got 2.5", options, { folds = 2.5 })
  lu.assertErrorMsgContains("option 'gap' must be an integer, got true", options, { gap = true })
  lu.assertErrorMsgContains("option 'keep' must be a boolean", options, { keep = 1 })
  lu.assertErrorMsgContains("option 'names' [2] must be a string, got 3", options, { names = { "a", 3 } })
end

function TestCheck:test_an_integral_float_is_an_integer()
  lu.assertEquals(math.type(options{ folds = 4.0 }.folds), "integer")
end

function TestCheck:test_ranges()
  lu.assertErrorMsgContains("option 'folds' must be at least 2, got 1", options, { folds = 1 })
  lu.assertErrorMsgContains("option 'folds' must be at most 64, got 65", options, { folds = 65 })
  lu.assertErrorMsgContains("option 'test' must be above 0, got 0", options, { test = 0 })
  lu.assertErrorMsgContains("option 'test' must be below 1, got 1", options, { test = 1 })
  lu.assertErrorMsgContains("must be a number, got NaN", options, { test = 0 / 0 })
end

function TestCheck:test_choices()
  lu.assertErrorMsgContains("option 'by' must be one of day, week, got the string 'wek'; did you mean 'week'?",
    options, { by = "wek" })
end

function TestCheck:test_required()
  local need = { log = { type = "lis.log", required = true, help = "what lis.log.read gives" } }
  lu.assertErrorMsgContains("x: option 'log' is required: what lis.log.read gives",
    check.options, {}, need, "x")
  local log = setmetatable({}, { __name = "lis.log" })
  lu.assertIs(check.options({ log = log }, need, "x").log, log)
  lu.assertErrorMsgContains("option 'log' must be a lis.log, got a table", check.options, { log = {} }, need, "x")
end

function TestCheck:test_several_types()
  local either = { size = { type = { "integer", "string" } } }
  lu.assertEquals(check.options({ size = "big" }, either, "x").size, "big")
  lu.assertErrorMsgContains("must be an integer or a string, got true", check.options, { size = true }, either, "x")
end

function TestCheck:test_not_a_table()
  lu.assertErrorMsgContains("lis.split.by_time: wants a table of options, got 3", options, 3)
  lu.assertErrorMsgContains("got a lis.log", options, setmetatable({}, { __name = "lis.log" }))
end

function TestCheck:test_the_error_points_at_the_users_line()
  local line = debug.getinfo(1, "l").currentline + 1
  local ok, message = pcall(function() options{ fold = 3 } end)
  lu.assertFalse(ok)
  lu.assertStrMatches(message, ".*test_check.lua:%d+: lis.split.by_time: .*")
  -- the innermost function outside the library: the helper `options` at the top of this file,
  -- reached by a tail call, so that its caller's frame is the one on the stack
  lu.assertTrue(tonumber(message:match("test_check.lua:(%d+):")) <= line)
end

function TestCheck:test_argument()
  lu.assertEquals(check.argument(3, { type = "integer", min = 1 }, "lis.f", "n"), 3)
  lu.assertErrorMsgContains("lis.f: n must be at least 1, got 0", check.argument, 0,
    { type = "integer", min = 1 }, "lis.f", "n")
  lu.assertErrorMsgContains("lis.f: log must be a lis.log, got nil", check.argument, nil, "lis.log", "lis.f", "log")
end

os.exit(lu.LuaUnit.run(), true)
