local lu = require "luaunit"
local split = require "lis.split"
local toy = require "toy"

TestSplit = {}

local function ten_rows()
  local rows = {}
  for i = 1, 10 do rows[i] = { i % 3, i % 4, (i - 1) // 2, i % 2 } end -- times 0 0 1 1 2 2 3 3 4 4
  return toy.log(rows, 3, 4)
end

function TestSplit:test_last_share_is_the_test()
  local s = split.by_time(ten_rows(), { test = 0.2 })
  lu.assertEquals(s.test:totable(), { 8, 9 })
  lu.assertEquals(s.train:totable(), { 0, 1, 2, 3, 4, 5, 6, 7 })
  lu.assertEquals(s.test_from, 4)
end

function TestSplit:test_equal_timestamps_stay_on_one_side()
  local s = split.by_time(ten_rows(), { test = 0.3 }) -- the cut falls inside time 3: all of 3 is test
  lu.assertEquals(s.test:totable(), { 6, 7, 8, 9 })
  lu.assertEquals(s.test_from, 3)
end

function TestSplit:test_history_rows_are_not_trained_on()
  local s = split.by_time(ten_rows(), { test = 0.2, history = 0.4 })
  lu.assertEquals(s.train:totable(), { 4, 5, 6, 7 })
end

function TestSplit:test_whole_days()
  local rows = {}
  for day = 0, 4 do
    rows[#rows + 1] = { 0, day % 2, day * 86400, 1 }
    rows[#rows + 1] = { 1, day % 2, day * 86400 + 3600, 0 }
  end
  local s = split.by_day(toy.log(rows, 2, 2), { train = { 1, 2 }, test = { 4, 4 } })
  lu.assertEquals(s.train:totable(), { 2, 3, 4, 5 })
  lu.assertEquals(s.test:totable(), { 8, 9 })
end

function TestSplit:test_nothing_left_is_an_error()
  lu.assertErrorMsgContains("both need at least one", split.by_time, ten_rows(), { test = 1 })
  lu.assertErrorMsgContains("after the training", split.by_day, ten_rows(), { train = { 0, 1 }, test = { 1, 1 } })
end

function TestSplit:test_unknown_option_names_the_nearest()
  lu.assertErrorMsgContains("'test'", split.by_time, ten_rows(), { tset = 0.2 })
end

os.exit(lu.LuaUnit.run(), true)
