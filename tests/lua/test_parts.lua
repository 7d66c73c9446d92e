-- Dose, horizon and cohorts: the parts of a study that are off by default.
local lu = require "luaunit"
local core = require "lis.core"
local cohort = require "lis.study.cohort"
local inject = require "lis.inject"
local log = require "lis.log"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local split = require "lis.split"
local study = require "lis.study"
local toy = require "toy"
local world = require "lis.world"

local function small_world()
  local feed = world.simulate { users = 200, items = 150, days = 6, impressions = 12000, seed = 3 }
  local l = log.from_world(feed)
  return l, split.by_day(l, { train = { 1, 4 }, test = { 5, 5 } })
end

local function run(overrides)
  local l, s = small_world()
  local options = {
    log = l, split = s, ranker = ranker.deepfm { hidden = { 8 }, dim = 4, epochs = 1 },
    channel = inject.similarity {}, preferences = { click = preference.coengagement {} }, seeds = 2, folds = 2, width = 5,
  }
  for key, value in pairs(overrides) do options[key] = value end
  return study(options):run()
end

TestDose = {}

function TestDose:test_curve_ends_in_the_whole()
  local result = run { dose = { 0.5, 0, 1 } }
  local curve = result.dose[1]
  lu.assertEquals({ curve.points[1].share, curve.points[2].share, curve.points[3].share }, { 0, 0.5, 1 })
  for _, row in ipairs(result.arms) do
    if row.metric == "auc" and row.source == "crossfit" then lu.assertEquals(curve.points[3].delta, row.delta) end
    if row.metric == "auc" and row.source == "dose:50" then lu.assertEquals(curve.points[2].delta, row.delta) end
  end
  lu.assertEquals(curve.rises, curve.largest_fall <= 0.003)
  lu.assertErrorMsgContains("dose", run, { dose = { 2 } })
end

TestHorizon = {}

function TestHorizon:test_from_the_past_to_the_whole_window()
  local result = run { horizon = { 100000, 6 } }
  local points = result.horizon[1].points
  lu.assertEquals({ points[1].window, points[2].hours, points[3].hours, points[4].window },
    { "history", 6, 100000, "crossfit" })
  lu.assertAlmostEquals(points[3].delta, points[4].delta, 1e-3, "an horizon past the window is the whole window")
  lu.assertNotEquals(points[2].delta, points[4].delta)
end

TestCohorts = {}

local function rows_by_group(result, name)
  local rows, total = {}, 0
  for _, row in ipairs(result.cohorts) do
    if row.cohort == name then rows[row.group], total = row, total + row.rows end
  end
  return rows, total
end

function TestCohorts:test_every_cut_divides_the_test_rows()
  local result = run { cohorts = { "train_count", "item_age", "user_activity", "covered", "support" } }
  for _, name in ipairs { "train_count", "item_age", "user_activity", "covered", "support" } do
    local rows, total = rows_by_group(result, name)
    lu.assertEquals(total, result.data.test_rows, name)
    for _, row in pairs(rows) do
      if not row.refused then
        lu.assertTrue(row.lis_ci[1] <= row.lis and row.lis <= row.lis_ci[2])
        lu.assertTrue(row.p_holm >= row.p)
      end
    end
  end
end

function TestCohorts:test_a_cut_of_ones_own_over_all_rows_is_the_headline()
  local every = { name = "all", groups = function(s)
    return { { label = "all", rows = core.tensor.full("u8", 1, s.log.rows) },
      { label = "none", rows = core.tensor.new("u8", s.log.rows) } }
  end }
  local result = run { cohorts = { every, "category" } }
  local rows = rows_by_group(result, "all")
  lu.assertAlmostEquals(rows.all.lis, result.scores[1].lis, 1e-12)
  lu.assertAlmostEquals(rows.all.lis_ci[1], result.scores[1].lis_ci[1], 1e-9)
  lu.assertEquals(rows.none.refused, "no test row")
end

function TestCohorts:test_train_count_and_age_by_hand()
  local l = toy.log({ { 0, 0, 0, 1 }, { 1, 0, 86400, 0 }, { 0, 1, 86400 * 3, 1 }, { 1, 0, 86400 * 9, 1 },
    { 0, 1, 86400 * 9 + 1, 0 } }, 2, 2)
  local s = { log = l, split = split.by_time(l, { test = 0.4 }) }
  local ages = cohort.cuts.item_age(s)
  lu.assertEquals(ages[1].rows:totable(), { 1, 0, 1, 0, 0 })
  lu.assertEquals(ages[2].rows:totable(), { 0, 1, 0, 0, 1 })
  lu.assertEquals(ages[3].rows:totable(), { 0, 0, 0, 1, 0 })
  lu.assertEquals(cohort.cuts.train_count(s)[1].rows:count(), 5)
end

function TestCohorts:test_unknown_names_are_told()
  lu.assertErrorMsgContains("cohort", run, { cohorts = { "age" } })
end

os.exit(lu.LuaUnit.run(), true)
