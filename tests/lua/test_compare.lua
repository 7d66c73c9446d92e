local lu = require "luaunit"
local core = require "lis.core"
local command = require "lis.command.compare"
local compare = require "lis.study.compare"
local comparison = require "lis.report.comparison"
local folders = require "folders"
local inject = require "lis.inject"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local score = require "lis.score"
local split = require "lis.split"
local study = require "lis.study"
local toy = require "toy"

local function saved(path, overrides)
  local log = overrides.log or toy.coin_flips(60, 40, 3000, 5)
  local options = {
    log = log, split = split.by_time(log, { test = 0.3 }), channel = inject.similarity {},
    ranker = ranker.deepfm { hidden = { 8 }, dim = 4, epochs = 1 },
    preferences = { coin = preference.coengagement {} }, seeds = 2, folds = 2, width = 4, store = path,
  }
  for key, value in pairs(overrides) do options[key] = value end
  local result
  folders.silent(function() result = study(options):run():save(path) end)
  return result
end

TestCompare = {}

function TestCompare:setUp() self.path = folders.new() end
function TestCompare:tearDown() folders.remove(self.path) end

local function row_of(rows, name)
  for _, row in ipairs(rows) do
    if row.name == name then return row end
  end
end

function TestCompare:test_a_study_beside_itself_differs_in_nothing()
  local a = self.path .. "/a"
  saved(a, {})
  local found = compare.folders { a, a }
  lu.assertEquals(found.warnings, {})
  lu.assertEquals(found.settings, {})
  for _, row in ipairs(found.arms) do
    lu.assertTrue(row.change[2].paired)
    lu.assertEquals({ row.change[2].delta, row.change[2].ci, row.change[2].p }, { 0, { 0, 0 }, 1 })
  end
end

function TestCompare:test_same_rows_are_paired_by_user_and_seed()
  local a, b = self.path .. "/a", self.path .. "/b"
  local first = saved(a, {})
  local later = saved(b, { ranker = ranker.deepfm { hidden = { 16 }, dim = 4, epochs = 1 } })
  local found = compare.folders { a, b }
  lu.assertEquals(found.warnings, {})
  lu.assertEquals(found.settings[1].setting, "ranker.options.hidden.1")
  local row = row_of(found.scores, "coin")
  lu.assertAlmostEquals(row.delta[1], first.scores[1].lis, 1e-12)
  lu.assertAlmostEquals(row.change[2].delta, later.scores[1].lis - first.scores[1].lis, 1e-12)

  local function contrast(run) -- by hand, for one arm
    return score.difference(run.arms["coin: crossfit"], run.arms.base)
  end
  local by_hand = score.contrast { { 1, contrast(found.runs[2]) }, { -1, contrast(found.runs[1]) } }
  local change = row_of(found.arms, "coin: crossfit").change[2]
  lu.assertEquals({ change.delta, change.ci[1], change.ci[2] }, { by_hand.delta, by_hand.ci[1], by_hand.ci[2] })
end

function TestCompare:test_other_data_is_said_loudly_and_not_paired()
  local a, b = self.path .. "/a", self.path .. "/b"
  saved(a, {})
  saved(b, { log = toy.coin_flips(60, 40, 3000, 6) })
  local found = compare.folders { a, b }
  lu.assertStrContains(found.warnings[1], "DIFFERENT DATA")
  local change = row_of(found.arms, "coin: crossfit").change[2]
  lu.assertFalse(change.paired)
  lu.assertStrContains(comparison.text(found), "WARNING: DIFFERENT DATA")
  lu.assertStrContains(comparison.markdown(found), "**Warning:** DIFFERENT DATA")
end

function TestCompare:test_the_interval_of_strangers_is_welch()
  local a, b = self.path .. "/a", self.path .. "/b"
  saved(a, {})
  saved(b, { seeds = 3 })
  local found = compare.folders { a, b }
  lu.assertStrContains(found.warnings[1], "3 seeds")
  local first = score.difference(found.runs[1].arms["coin: naive"], found.runs[1].arms.base)
  local later = score.difference(found.runs[2].arms["coin: naive"], found.runs[2].arms.base)
  local se = math.sqrt(first.se ^ 2 + later.se ^ 2)
  local dof = se ^ 4 / (first.se ^ 4 / first.dof + later.se ^ 4 / later.dof)
  local change = row_of(found.arms, "coin: naive").change[2]
  lu.assertAlmostEquals(change.ci[2] - change.delta, core.metric.t_quantile(0.975, dof) * se, 1e-12)
end

function TestCompare:test_an_arm_of_one_study_alone_has_no_change()
  local a, b = self.path .. "/a", self.path .. "/b"
  saved(a, {})
  saved(b, { preferences = { coin = preference.coengagement {}, shown = preference.coexposure {} } })
  local row = row_of(compare.folders({ a, b }).arms, "shown: crossfit")
  lu.assertNil(row.delta[1])
  lu.assertNil(row.change[2])
  lu.assertNumber(row.delta[2])
end

function TestCompare:test_the_command_writes_what_it_prints()
  local a, out = self.path .. "/a", self.path .. "/out"
  saved(a, {})
  local said = folders.silent(function() lu.assertEquals(command.run { a, a, "--out", out, "--metric", "gauc" }, 0) end)
  lu.assertStrContains(said, "Gain over the base, gauc")
  local figures = core.base.json_decode(folders.read(out .. "/compare.json"))
  lu.assertEquals(figures.metric, "gauc")
  lu.assertEquals(#figures.runs, 2)
  lu.assertStrContains(folders.read(out .. "/compare.md"), "# Comparison of 2 studies")
  local page = folders.read(out .. "/compare.html")
  lu.assertStrContains(page, "LIS of coin in B is not shown to differ from A (0.0000 [0.0000, 0.0000]).")
  lu.assertStrContains(page, "<td>" .. a .. "</td>")
end

function TestCompare:test_mistakes_are_named()
  local function fails(arguments, words)
    local ok, problem = pcall(command.run, arguments)
    lu.assertFalse(ok)
    lu.assertStrContains(tostring(problem), words)
  end
  fails({}, "two studies or more")
  fails({ "x" }, "two studies or more")
  fails({ "x", "y", "--metric", "acu" }, "no metric 'acu'; there are auc")
  fails({ self.path .. "/none", "y" }, "wanted a folder that a study was saved in")
  fails({ "x", "y", "--metrics", "auc" }, "--metric")
end

os.exit(lu.LuaUnit.run(), true)
