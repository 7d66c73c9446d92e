-- Dose, horizon and cohorts: the parts of a study that are off by default.
local lu = require "luaunit"
local core = require "lis.core"
local cohort = require "lis.study.cohort"
local dose = require "lis.study.dose"
local inject = require "lis.inject"
local leak = require "lis.leak"
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

local function pairs_of(graph)
  local row, column = graph:triples()
  local set = {}
  for k = 1, graph:nnz() do set[row[k] .. "," .. column[k]] = true end
  return set
end

local function within(small, large)
  for pair in pairs(small) do
    if not large[pair] then return false end
  end
  return true
end

TestDose = {}

function TestDose:setUp()
  local l, s = small_world()
  self.artefact = leak.crossfit(preference.coengagement {}, l, s, { folds = 2 })
end

function TestDose:test_share_is_kept_and_symmetric()
  for _, share in ipairs { 0, 0.25, 0.5, 1 } do
    local thin = dose.thin(self.artefact, share)
    lu.assertAlmostEquals(thin.pooled:nnz() / self.artefact.pooled:nnz(), share, 0.03)
    lu.assertTrue(thin.pooled:is_symmetric())
  end
end

function TestDose:test_pairs_are_nested_alike_in_folds_and_repeatable()
  local quarter, half = dose.thin(self.artefact, 0.25), dose.thin(self.artefact, 0.5)
  lu.assertTrue(within(pairs_of(quarter.pooled), pairs_of(half.pooled)))
  local kept = pairs_of(half.pooled)
  for k, graph in ipairs(half.graphs) do
    lu.assertTrue(within(pairs_of(graph), kept))
    local whole, thin = pairs_of(self.artefact.graphs[k]), pairs_of(graph)
    for pair in pairs(whole) do lu.assertEquals(thin[pair], kept[pair]) end
  end
  lu.assertEquals(dose.thin(self.artefact, 0.5).pooled:hash(), half.pooled:hash())
  lu.assertNotEquals(dose.thin(self.artefact, 0.5, 2).pooled:hash(), half.pooled:hash())
end

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

function TestHorizon:test_from_nothing_to_the_whole_window()
  local result = run { horizon = { 100000, 6 } }
  local points = result.horizon[1].points
  lu.assertEquals({ points[1].hours, points[2].hours, points[3].hours }, { 0, 6, 100000 })
  lu.assertEquals(points[3].delta, points[4].delta, "an horizon past the window is the whole window")
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
  local result = run { cohorts = { "train_count", "item_age", "user_activity", "covered" } }
  for _, name in ipairs { "train_count", "item_age", "user_activity", "covered" } do
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
