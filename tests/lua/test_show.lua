local lu = require "luaunit"
local show = require "lis.util.show"

TestShow = {}

function TestShow:test_scalars()
  lu.assertEquals(show.value(nil), "nil")
  lu.assertEquals(show.value(true), "true")
  lu.assertEquals(show.value(3), "3")
  lu.assertEquals(show.value(0.5), "0.5")
  lu.assertEquals(show.value(1 / 3), "0.3333333333")
  lu.assertEquals(show.value('a"b\n\0\27'), [["a\"b\n\000\027"]])
  lu.assertEquals(show.value(("x"):rep(500)), '"' .. ("x"):rep(400) .. '"... (500 bytes)')
end

function TestShow:test_tables_by_sorted_keys()
  lu.assertEquals(show.value{}, "{}")
  lu.assertEquals(show.value{ 1, 2, b = 1, a = { "x" }, [10] = true, ["a b"] = 0 },
    '{ 1, 2, [10] = true, a = { "x" }, ["a b"] = 0, b = 1 }')
end

function TestShow:test_long_tables_take_lines_and_end_in_a_count()
  local lines = show.value{ name = ("n"):rep(50), other = ("o"):rep(50) }
  lu.assertEquals(lines, '{\n  name = "' .. ("n"):rep(50) .. '",\n  other = "' .. ("o"):rep(50) .. '"\n}')
  local many = {}
  for i = 1, 100 do many[i] = i end
  lu.assertStrContains(show.value(many), "... 60 more")
end

function TestShow:test_depth_and_cycles_end()
  lu.assertEquals(show.value{ { { { 1 } } } }, "{ { { {...} } } }")
  local t = {}
  t.me = t
  lu.assertEquals(show.value(t), "{ me = { (this table again) } }")
  local shared = { 1 }
  lu.assertEquals(show.value{ shared, shared }, "{ { 1 }, { 1 } }") -- twice is no cycle
end

function TestShow:test_objects()
  lu.assertEquals(show.value(setmetatable({}, { __tostring = function() return "<log>" end })), "<log>")
  lu.assertEquals(show.value(setmetatable({ 1 }, { __name = "lis.plan" })), "lis.plan { 1 }")
  lu.assertEquals(show.value(print), "function (C)")
  lu.assertStrMatches(show.value(function() end), "function %(.*test_show.lua:%d+%)")
end

function TestShow:test_values()
  lu.assertEquals(show.values(1, nil, "a"), '1\tnil\t"a"')
  lu.assertEquals(show.values(), "")
end

os.exit(lu.LuaUnit.run(), true)
