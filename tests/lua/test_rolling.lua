local lu = require "luaunit"
local core = require "lis.core"
local folders = require "folders"
local inject = require "lis.inject"
local log = require "lis.log"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local represent = require "lis.represent"
local study = require "lis.study"
local trend = require "lis.util.trend"
local verify = require "lis.study.verify"
local world = require "lis.world"

local function rolling(overrides)
  local l = log.from_world(world.simulate { users = 150, items = 100, days = 7, impressions = 8000, seed = 3 })
  local options = {
    log = l, ranker = ranker.deepfm { hidden = { 8 }, dim = 4, epochs = 1 }, channel = inject.similarity {},
    preferences = { click = preference.coengagement {} }, seeds = 2, folds = 2, width = 5, train = 3, test = 1,
  }
  for key, value in pairs(overrides or {}) do options[key] = value end
  return study.rolling(options)
end

local function encoded(result)
  return core.base.json_encode { windows = result.windows, trends = result.trends }
end

TestRolling = {}

function TestRolling:test_consecutive_windows_with_a_trend()
  local result = rolling():run()
  lu.assertEquals(#result.windows, 4)
  for i = 2, 4 do
    lu.assertTrue(result.windows[i].test_from > result.windows[i - 1].test_to)
    lu.assertTrue(result.windows[i].train_from > result.windows[i - 1].train_from)
  end
  local row = result.trends[1]
  lu.assertEquals(#row.values, 4)
  lu.assertTrue(row.ci[1] <= row.slope and row.slope <= row.ci[2])
  lu.assertTrue(row.half_life_days ~= nil or row.half_life_refused ~= nil)
end

function TestRolling:test_warm_start_changes_later_windows_only()
  local warm, cold = rolling():run(), rolling({ warm = false }):run()
  lu.assertEquals(warm.windows[1].base, cold.windows[1].base)
  lu.assertNotEquals(warm.windows[2].base, cold.windows[2].base)
end

-- Preference data of the first window is the same either way; later it is older, and told so.
function TestRolling:test_frozen_preference_data_is_collected_once()
  local content = represent.content("content", world.simulate({ users = 150, items = 100, days = 7, impressions = 8000,
    seed = 3 }).content)
  local anew = rolling({ encoders = { content = content } }):run()
  local frozen = rolling({ encoders = { content = content }, frozen = true }):run()
  lu.assertEquals(frozen.windows[1].scores[1].lis, anew.windows[1].scores[1].lis)
  local first = frozen.windows[1].scores[1].card
  for i, window in ipairs(frozen.windows) do
    lu.assertEquals(window.base, anew.windows[i].base)
    lu.assertEquals(window.scores[1].card.hash, first.hash)
    lu.assertTrue(window.scores[1].card.last <= frozen.windows[1].test_to)
  end
  lu.assertNotEquals(anew.windows[2].scores[1].card.hash, first.hash)
  lu.assertEquals({ frozen.trends[1].score, frozen.trends[2].score }, { "LIS", "AIS content" })
  lu.assertStrContains(frozen.cost.line, "CPU-seconds")
end

function TestRolling:test_cut_off_and_continued_is_the_same()
  local path = os.tmpname()
  os.remove(path)
  local wanted, windows = encoded(rolling():run()), 0
  lu.assertErrorMsgContains("killed", function()
    rolling({ store = path }):run(function(done)
      if done == 1 then windows = windows + 1 end
      if windows == 2 and done == 4 then error("killed", 0) end
    end)
  end)
  local taken = rolling({ store = path }):run()
  for _, window in ipairs(taken.windows) do window.store = nil end -- what the whole one has not
  lu.assertEquals(encoded(taken), wanted)
  folders.remove(path)
end

function TestRolling:test_verified_from_its_scores()
  local path = os.tmpname()
  os.remove(path)
  rolling({ store = path }):run():save(path)
  local differences, seen = verify.folder(path)
  lu.assertEquals(differences, {})
  lu.assertEquals(seen.arms, 4 * 3)
  local file <close> = assert(io.open(path .. "/results.json"))
  core.base.save(path .. "/results.json", (file:read("a"):gsub('"slope": %-?[%d.e-]+', '"slope": 0.5')))
  lu.assertStrContains(verify.folder(path)[1], "results.trends[1].slope: stored 0.5, derived")
  folders.remove(path)
end

function TestRolling:test_too_short_a_log_is_told()
  lu.assertErrorMsgContains("holds 1 windows", function() rolling({ train = 6 }):run() end)
  lu.assertErrorMsgContains("split", rolling, { split = {} })
end

-- The second window's base by hand: what the first one learnt goes on, its optimiser's memory with it.
function TestRolling:test_optimiser_state_goes_from_window_to_window()
  local plan = rolling()
  local splits, deepfm = plan:splits(), plan.ranker
  local function fit(model, feed, window)
    model:fit(feed, { rows = splits[window].train, shuffle_seed = 1001, table_lr = deepfm.settings.table_lr,
      dense_lr = deepfm.settings.dense_lr, l2 = deepfm.settings.l2 })
    return model:predict(feed, splits[window].test)
  end
  local function auc(logits)
    local label = plan.log.label:take(splits[2].test)
    return core.metric.auc(logits, label, { influence = false }).value
  end
  local first <close>, feed = ranker.build(deepfm, plan.log, {}, 1)
  fit(first, feed, 1)
  local second <close> = ranker.build(deepfm, plan.log, {}, 1)
  local forgetful <close> = ranker.build(deepfm, plan.log, {}, 1)
  second:adopt(first)
  for name, tensor in pairs(first:parameters()) do forgetful:parameters()[name]:fill(0):add_(tensor) end
  local wanted = auc(fit(second, feed, 2))
  lu.assertEquals(plan:run().windows[2].arms[1].seeds[1], wanted)
  lu.assertNotEquals(auc(fit(forgetful, feed, 2)), wanted)
end

TestWarmStart = {}

function TestWarmStart:test_every_parameter_of_the_base_is_found_behind_channel_nodes()
  local l = log.from_world(world.simulate { users = 50, items = 40, days = 3, impressions = 1500, seed = 1 })
  local deepfm = ranker.deepfm { hidden = { 8 }, dim = 4 }
  local base <close> = ranker.build(deepfm, l, {}, 1)
  local vectors = core.tensor.normal({ l.rows, 3 }, { seed = 1, purpose = "test" })
  local other <close> = ranker.build(deepfm, l, { { name = "x", kind = "item", width = 3, feed = vectors } }, 2)
  other:adopt(base)
  local found = other:parameters()
  for name, tensor in pairs(base:parameters()) do lu.assertEquals(found[name]:hash(), tensor:hash(), name) end
  lu.assertNotNil(found["tower_1.weight"])
end

TestTrend = {}

function TestTrend:test_an_exact_line_and_decay()
  local line = trend.line({ 0, 1, 2, 3 }, { 1, 3, 5, 7 }, { 1, 1, 1, 1 })
  lu.assertAlmostEquals(line.slope, 2, 1e-12)
  lu.assertAlmostEquals(line.se, 1 / math.sqrt(5), 1e-12)
  lu.assertEquals(line.dof, 2)
  local half = trend.half_life({ 0, 1, 2 }, { 0.08, 0.04, 0.02 }, { 8e-5, 4e-5, 2e-5 })
  lu.assertAlmostEquals(half.value, 1, 1e-9)
  lu.assertTrue(half.low < 1 and half.high > 1)
end

-- Decay to nothing, with noise that takes a point below 0: e^(-x / 2), half-life 2 ln 2.
function TestTrend:test_half_life_of_noisy_points()
  local x, y, se = {}, {}, {}
  local noise = { 0.01, -0.02, 0.015, -0.01, 0.02, 0, -0.02, 0.01, -0.015, -0.03 }
  for i = 1, 10 do x[i], y[i], se[i] = i - 1, math.exp(-(i - 1) / 2) + noise[i], 0.02 end
  lu.assertTrue(y[10] < 0)
  local half = trend.half_life(x, y, se)
  lu.assertAlmostEquals(half.value, 2 * math.log(2), 0.15)
  lu.assertTrue(half.low < 2 * math.log(2) and 2 * math.log(2) < half.high)
  for i = 1, 10 do se[i] = 0.4 end
  lu.assertTrue(trend.half_life(x, y, se).high > 2 * half.high, "wider errors, a wider interval")
  for i = 1, 10 do se[i] = 2 end
  lu.assertNil(trend.half_life(x, y, se).high, "with errors this wide it may not decay at all")
end

function TestTrend:test_scatter_widens_and_weights_count()
  local calm = trend.line({ 0, 1, 2 }, { 0, 1, 2 }, { 0.1, 0.1, 0.1 })
  local wild = trend.line({ 0, 1, 2 }, { 0, 3, 2 }, { 0.1, 0.1, 0.1 })
  lu.assertTrue(wild.se > 5 * calm.se)
  lu.assertAlmostEquals(trend.line({ 0, 1, 2 }, { 0, 1, 9 }, { 0.01, 0.01, 1e3 }).slope, 1, 1e-3)
end

function TestTrend:test_refusals_say_why()
  lu.assertStrContains(select(2, trend.line({ 0, 1 }, { 1, 2 }, { 1, 1 })), "needs 3")
  lu.assertStrContains(select(2, trend.half_life({ 0, 1 }, { 2, 1 }, { 1, 1 })), "needs 3")
  lu.assertStrContains(select(2, trend.half_life({ 0, 1, 2 }, { -1, -1, -1 }, { 1, 1, 1 })), "not above 0")
  lu.assertStrContains(select(2, trend.half_life({ 0, 1, 2 }, { 1, 2, 3 }, { 1, 1, 1 })), "not decay")
end

os.exit(lu.LuaUnit.run(), true)
