local lu = require "luaunit"
local core = require "lis.core"
local inject = require "lis.inject"
local log = require "lis.log"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local represent = require "lis.represent"
local split = require "lis.split"
local study = require "lis.study"
local world = require "lis.world"

TestStudy = {}

local function small_world()
  local feed = world.simulate { users = 200, items = 150, days = 6, impressions = 12000, seed = 3 }
  local l = log.from_world(feed)
  return l, feed, split.by_day(l, { train = { 1, 4 }, test = { 5, 5 } })
end

local function run(overrides)
  local l, feed, s = small_world()
  local options = {
    log = l, split = s, ranker = ranker.deepfm { hidden = { 8 }, dim = 4, epochs = 1 },
    channel = inject.similarity {}, preferences = { click = preference.coengagement {} },
    encoders = { content = represent.content("content", feed.content) }, seeds = 2, folds = 3, width = 5,
  }
  for key, value in pairs(overrides or {}) do options[key] = value end
  return study(options):run()
end

local function by_source(result, metric)
  local rows = {}
  for _, row in ipairs(result.arms) do
    if row.metric == metric then rows[row.source] = row end
  end
  return rows
end

function TestStudy:test_every_arm_under_every_metric()
  local result = run()
  for _, metric in ipairs { "auc", "gauc", "logloss" } do
    local rows = by_source(result, metric)
    for _, source in ipairs { "base", "crossfit", "naive", "history", "placebo", "noise", "aa", "oracle", "popularity:future",
      "popularity:past",
      "raw:content", "encoder:content" } do
      lu.assertNotNil(rows[source], metric .. " " .. source)
      lu.assertEquals(#rows[source].seeds, 2)
      lu.assertTrue(rows[source].ci[1] <= rows[source].delta and rows[source].delta <= rows[source].ci[2])
    end
    lu.assertEquals(rows.base.delta, 0)
  end
end

function TestStudy:test_scores_are_net_of_the_placebo()
  local result = run()
  local rows, row = by_source(result, "auc"), result.scores[1]
  local by_table, shrunk = rows.crossfit.delta - rows.placebo.delta, rows["shrunk:content"].delta - rows.placebo.delta
  lu.assertAlmostEquals(row.lis_by.crossfit, by_table, 1e-12)
  lu.assertAlmostEquals(row.lis_by["shrunk:content"], shrunk, 1e-12)
  lu.assertAlmostEquals(row.lis, math.max(by_table, shrunk), 1e-12)
  lu.assertEquals(row.lis_name, shrunk > by_table and "table shrunk to content" or "table")
  lu.assertEquals(row.lis_ci, row.lis_by_ci[row.lis_source])
  lu.assertAlmostEquals(row.ais.content, rows["encoder:content"].delta - rows.placebo.delta, 1e-12)
  lu.assertAlmostEquals(row.placebo, rows.placebo.delta, 1e-12)
end

function TestStudy:test_p_is_adjusted_for_candidates_and_data_sets()
  local alone = run({ encoders = {} }).scores[1]
  lu.assertEquals(alone.lis_name, "table")
  lu.assertEquals(alone.lis_p_holm, alone.lis_p)
  local two = run { preferences = { click = preference.coengagement {}, shown = preference.coexposure {} } }
  for i, row in ipairs(two.scores) do
    lu.assertTrue(row.lis_p_holm >= row.lis_p, row.preference)
    lu.assertTrue(i == 1 or row.lis <= two.scores[1].lis)
  end
end

function TestStudy:test_power_shrinks_with_the_margin()
  local wide, narrow = run({ margin = 0.01 }).scores[1], run({ margin = 0.001 }).scores[1]
  lu.assertAlmostEquals(narrow.rows_needed / wide.rows_needed, 100, 1)
  lu.assertTrue(narrow.seeds_needed > wide.seeds_needed)
  lu.assertEquals(narrow.resolves, wide.resolves)
end

-- Two threads train an arm's seeds side by side, 16 the seeds of eight arms.
function TestStudy:test_same_seeds_same_bytes_at_any_thread_count()
  local before = core.base.threads()
  for _, arms in ipairs { "cold", "residual" } do
    local seen = {}
    for i, threads in ipairs { 1, 2, 4, 16 } do
      core.base.threads(threads)
      local result = run { arms = arms }
      seen[i] = core.base.json_encode(result.arms) .. core.base.json_encode(result.scores)
        .. core.base.json_encode(result.curves)
    end
    for i = 2, 4 do lu.assertEquals(seen[i], seen[1]) end
  end
  core.base.threads(before)
end

function TestStudy:test_the_seconds_of_arms_trained_together_add_up()
  local before = core.base.threads()
  core.base.threads(16)
  local result = run()
  core.base.threads(before)
  for _, arm in ipairs(result.timing_s.arms) do lu.assertTrue(arm.seconds > 0, arm.source) end
  local sum = 0
  for _, arm in ipairs(result.timing_s.arms) do sum = sum + arm.seconds end
  lu.assertTrue(sum <= result.timing_s.total)
end

function TestStudy:test_coin_flips_only_naive_pairs_know_anything()
  local l = log.coin_flips()
  local result = study {
    log = l, split = split.by_time(l, { test = 0.25 }),
    ranker = ranker.deepfm { hidden = { 16 }, dim = 4, epochs = 2, batch = 128, table_lr = 0.01 },
    channel = inject.similarity {}, preferences = { coin = preference.coengagement {} }, seeds = 2,
  }:run()
  for source, row in pairs(by_source(result, "auc")) do
    if source == "naive" then
      lu.assertTrue(row.value > 0.7, "naive " .. row.value)
    else
      lu.assertTrue(math.abs(row.value - 0.5) <= 0.01, source .. " " .. row.value)
    end
  end
  local fired = {}
  for _, finding in ipairs(result.findings) do fired[finding.rule] = true end
  lu.assertTrue(fired["self-leakage"])
end

function TestStudy:test_a_report_is_written_whole()
  local folder = os.tmpname()
  os.remove(folder)
  run():save(folder)
  local decoded = core.base.json_decode(assert(io.open(folder .. "/results.json")):read "a")
  for _, key in ipairs { "arms", "scores", "data", "settings", "guards", "timing_s", "version", "verdict" } do
    lu.assertNotNil(decoded[key], key)
  end
  local markdown = assert(io.open(folder .. "/report.md")):read "a"
  for _, heading in ipairs { "## Scores", "## Arms", "## Guards", "## Data", "## Definitions", "## Cost" } do
    lu.assertStrContains(markdown, heading)
  end
  os.remove(folder .. "/results.json")
  os.remove(folder .. "/report.md")
  os.remove(folder)
end

-- A channel that brings in something of its own is bound by the same rule as the vectors it is given.
function TestStudy:test_an_arm_is_refused_inputs_that_know_the_test_window()
  local channel = inject.custom("with the future", function(l)
    local _, _, s = small_world()
    return { { name = "popular", kind = "item", width = 1, latest = s.test_to,
      feed = { table = l.item:bincount(l.items):to("f32"):reshape(l.items, 1), index = l.item } } }
  end)
  lu.assertErrorMsgContains("arm 'click history' must know nothing from time", run, { channel = channel })
end

function TestStudy:test_unknown_and_missing_options_are_named()
  lu.assertErrorMsgContains("'folds'", study, { fold = 3 })
  lu.assertErrorMsgContains("is required", study, {})
end


os.exit(lu.LuaUnit.run(), true)
