local lu = require "luaunit"
local progress = require "lis.util.progress"

-- A world with a clock that is set by hand and a stderr that is kept.
local now, written, terminal

local former

local function begin(is_terminal)
  now, written, terminal = 100, {}, is_terminal
  former = progress.attach{
    clock = function() return now end,
    is_terminal = function() return terminal end,
    write = function(s) written[#written + 1] = s end,
    columns = function() return 70 end,
  }
end

local function finish()
  progress.attach(former)
  progress.quiet(false)
end

local function all() return table.concat(written) end

TestLines = {}

function TestLines:setUp() begin(false) end
function TestLines:tearDown() finish() end

function TestLines:test_a_plain_line_every_few_seconds_and_no_control_characters()
  local p = progress.start("train", 2000)
  for i = 1, 20 do
    now = now + 1
    p:update(100 * i, "loss 0.6")
  end
  p:finish()
  lu.assertEquals(written, {
    "train: 500 of 2,000, about 15 s left, loss 0.6\n",
    "train: 1,000 of 2,000, about 10 s left, loss 0.6\n",
    "train: 1,500 of 2,000, about 5.0 s left, loss 0.6\n",
    "train: 2,000 of 2,000, about 0.0 s left, loss 0.6\n",
  })
end

function TestLines:test_short_work_says_nothing()
  local p = progress.start("train", 10)
  p:update(5)
  lu.assertEquals(p:finish(), 0)
  lu.assertEquals(written, {})
end

function TestLines:test_without_a_total()
  local p = progress.start("read")
  now = now + 6
  p:update(10, "line 10")
  p:finish()
  lu.assertEquals(written, { "read, line 10\n" })
end

TestBar = {}

function TestBar:setUp() begin(true) end
function TestBar:tearDown() finish() end

function TestBar:test_bar_with_time_left()
  local p = progress.start("train", 100)
  now = now + 3
  p:update(25)
  lu.assertStrContains(written[#written], "train  [======                  ]  25%  9.0 s left")
  p:finish()
  lu.assertEquals(written[#written], "\r\27[K") -- nothing stays behind
end

function TestBar:test_redraws_at_most_ten_times_a_second()
  local p = progress.start("train", 1000)
  for i = 1, 1000 do
    now = now + 0.001
    p:update(i)
  end
  lu.assertTrue(#written <= 12, #written)
  p:finish()
end

function TestBar:test_nested_labels_and_width()
  local outer = progress.start("study", 4)
  local inner = progress.start(("x"):rep(90), 10)
  now = now + 1
  inner:update(1)
  local shown = written[#written]:gsub("[\r\27]%[?K?", "")
  lu.assertStrContains(shown, "study > xxx")
  lu.assertEquals(#shown, 69)
  inner:finish()
  outer:finish()
end

function TestBar:test_finishing_an_outer_bar_ends_the_inner_ones()
  local outer = progress.start("outer", 1)
  progress.start("lost in an error", 1)
  outer:finish()
  local p = progress.start("fresh", 1)
  lu.assertStrContains(written[#written], "\rfresh")
  p:finish()
end

function TestBar:test_abandoning_ends_all()
  progress.start("lost", 1)
  progress.start("in an error", 1)
  progress.abandon()
  local p = progress.start("fresh", 1)
  lu.assertStrContains(written[#written], "\rfresh")
  p:finish()
end

function TestBar:test_clear_only_where_something_is_drawn()
  progress.clear()
  lu.assertEquals(written, {})
  local p = progress.start("train", 2)
  progress.clear()
  progress.clear()
  lu.assertEquals(#written, 2)
  p:finish()
end

function TestBar:test_a_closed_bar_is_finished()
  pcall(function()
    local p <close> = progress.start("train", 2)
    p:update(1)
    error("boo")
  end)
  lu.assertEquals(written[#written], "\r\27[K")
end

function TestBar:test_an_empty_total_does_not_divide_by_zero()
  local p = progress.start("nothing", 0)
  now = now + 1
  p:update(0)
  lu.assertStrContains(written[#written], "100%")
  p:finish()
end

TestSteps = {}

function TestSteps:setUp() begin(true) end
function TestSteps:tearDown() finish() end

function TestSteps:test_walks_a_list()
  local seen = {}
  for i, name in progress.steps("arms", { "base", "naive" }) do
    now = now + 1
    seen[i] = name
  end
  lu.assertEquals(seen, { "base", "naive" })
  lu.assertStrContains(all(), "arms")
  lu.assertStrContains(all(), "naive")
end

function TestSteps:test_leaving_early_finishes_the_bar()
  for i in progress.steps("arms", { 1, 2, 3 }) do
    if i == 2 then break end
  end
  local p = progress.start("next", 1)
  lu.assertStrContains(written[#written], "\rnext")
  p:finish()
end

TestQuiet = {}

function TestQuiet:tearDown() finish() end

function TestQuiet:test_says_nothing()
  begin(true)
  progress.quiet()
  local p = progress.start("train", 10)
  now = now + 10
  p:update(5)
  p:finish()
  lu.assertEquals(written, {})
end

-- A script that never calls lis.options.
function TestQuiet:test_the_program_s_own_quiet_counts()
  begin(true)
  local settings = require "lis.util.settings"
  settings.quiet = true
  local p = progress.start("train", 10)
  now = now + 10
  p:update(5)
  p:finish()
  settings.quiet = false
  lu.assertEquals(written, {})
end

os.exit(lu.LuaUnit.run(), true)
