local lu = require "luaunit"
local live = require "lis.study.live"
local progress = require "lis.util.progress"

local function arms(count)
  local list = { { source = "base", runs = { { curve = { 0.6, 0.7 } }, { curve = { 0.6, 0.72 } } } } }
  for i = 2, count do list[i] = { source = "arm" .. i } end
  return list
end

TestLive = {}

function TestLive:test_done_running_and_waiting()
  local list = arms(3)
  list[2].runs = { { curve = { 0.75 } } }
  local state = live.new(list, 2)
  lu.assertEquals(state:lines(10), {}) -- nothing runs yet
  state:begin(2, 2, 2)
  lu.assertStrMatches(state:lines(10)[4], "arm2 +running +0.7500 +%+0.0400")
  for _ = 1, 2 do state:pass() end
  local lines = state:lines(10)
  lu.assertEquals(#lines, 5)
  lu.assertStrMatches(lines[3], "base +done +0.7100 +%-")
  lu.assertStrMatches(lines[4], "arm2 +epoch 2 of 2, 0.0 s left +0.7500 +%+0.0400")
  lu.assertStrMatches(lines[5], "arm3 +waiting +%- +%-")
  state:begin(2, 3, 4)
  state:pass()
  for at = 4, 5 do lu.assertStrMatches(state:lines(10)[at], "arm%d +epoch 1 of 2, .*") end
end

function TestLive:test_as_many_as_the_screen_holds_around_the_running_one()
  local state = live.new(arms(30), 2)
  state:begin(20, 20, 2)
  local lines = state:lines(8)
  lu.assertEquals(#lines, 8)
  lu.assertStrContains(table.concat(lines, "\n"), "arm20 ")
  state:begin(30, 30, 2)
  lu.assertStrContains(state:lines(8)[8], "arm30")
  lu.assertEquals(state:lines(3), {})
end

TestBoard = {}

function TestBoard:setUp()
  self.now, self.written = 0, {}
  self.former = progress.attach {
    clock = function() return self.now end, is_terminal = function() return true end,
    write = function(s) self.written[#self.written + 1] = s end,
    columns = function() return 20 end, lines = function() return 6 end,
  }
end

function TestBoard:tearDown() progress.attach(self.former) end

function TestBoard:test_lines_stand_over_the_bar_and_are_drawn_over()
  local shown = { "one", "two" }
  local bar = progress.start("b", 2):above(function(room)
    lu.assertEquals(room, 4)
    return shown
  end)
  self.now = 1
  bar:update(1)
  lu.assertStrContains(self.written[#self.written], "\rone\27[K\ntwo\27[K\nb  [")
  self.now, shown = 2, { "a line that is longer than the screen" }
  bar:update(1)
  local text = self.written[#self.written]
  lu.assertStrContains(text, "\r\27[2Aa line that is l...\27[K\nb  [")
  lu.assertStrContains(text, "\27[J") -- one line less: what is below goes
  bar:finish()
  lu.assertEquals(self.written[#self.written], "\r\27[1A\27[J")
end

os.exit(lu.LuaUnit.run(), true)
