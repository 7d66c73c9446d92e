local lu = require "luaunit"
local core = require "lis.core"
local clock = require "lis.study.clock"
local inject = require "lis.inject"
local log = require "lis.log"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local represent = require "lis.represent"
local residual = require "lis.study.residual"
local split = require "lis.split"
local study = require "lis.study"
local train = require "lis.study.train"
local world = require "lis.world"

TestResidual = {}

local feed = world.simulate { users = 200, items = 150, days = 6, impressions = 12000, seed = 3 }
local l = log.from_world(feed)
local s = split.by_day(l, { train = { 1, 4 }, test = { 5, 5 } })

local function options_of(more)
  local options = { log = l, split = s, ranker = ranker.deepfm { hidden = { 8 }, dim = 4, epochs = 2, batch = 128 },
    channel = inject.similarity {}, preferences = { click = preference.coengagement {} }, seeds = 2, folds = 3, width = 5,
    arms = "residual" }
  for key, value in pairs(more or {}) do options[key] = value end
  return options
end

local function auc_rows(result)
  local rows = {}
  for _, row in ipairs(result.arms) do
    if row.metric == "auc" then rows[row.source] = row end
  end
  return rows
end

local test = { rows = s.test, label = l.label:take(s.test) }

-- One run, alone, with bases of its own or those given.
local function one(blocks, bases, is_base)
  local plan = { blocks = blocks, seed = 1, is_base = is_base, tower = not is_base }
  return train.all(options_of(), { plan }, { bases = bases, test = test, clock = clock.new() })[1]
end

local function noise_blocks() return inject.similarity({}).blocks(l, represent.noise(l.items, { width = 5 })) end

function TestResidual:test_the_base_is_the_cold_base()
  local cold, warm = auc_rows(study(options_of { arms = "cold" }):run()), auc_rows(study(options_of()):run())
  lu.assertEquals(warm.base.seeds, cold.base.seeds)
  lu.assertEquals(warm.aa.seeds, cold.aa.seeds)
  lu.assertNotEquals(warm.crossfit.seeds, cold.crossfit.seeds)
  lu.assertTrue(math.abs(warm.noise.delta) < 0.01, "noise " .. warm.noise.delta)
  lu.assertTrue(warm.oracle.delta > 0.02 and warm.oracle.delta > warm.crossfit.delta)
end

function TestResidual:test_train_rows_were_scored_before_they_were_learnt()
  local bases = residual.of(options_of())
  local base = one({}, bases, true)
  local column = bases.columns[1]
  lu.assertEquals(column:take(s.test):hash(), base.logits:hash())
  local settings = options_of().ranker
  local model, columns = settings:build(l, {}, 1)
  local ahead = core.tensor.new("f32", l.rows)
  model:fit(columns, { rows = s.train, shuffle_seed = 1001, table_lr = settings.settings.table_lr, ahead = ahead })
  lu.assertEquals(column:take(s.train):hash(), ahead:take(s.train):hash())
  local before = core.metric.auc(column:take(s.train), l.label:take(s.train)).value
  local after = core.metric.auc(model:predict(columns, s.train), l.label:take(s.train)).value
  lu.assertTrue(after > before + 0.01)
end

function TestResidual:test_shared_bases_give_the_bytes_of_unshared_ones()
  local blocks, hashes, before = noise_blocks(), {}, core.base.threads()
  for k, threads in ipairs { 1, 2, 4 } do
    core.base.threads(threads)
    local shared = residual.of(options_of())
    one({}, shared, true)
    hashes[k] = one(blocks, shared).logits:hash()
    lu.assertEquals(one(blocks, residual.of(options_of())).logits:hash(), hashes[k]) -- trains its base itself
  end
  core.base.threads(before)
  lu.assertEquals(hashes[1], hashes[2])
  lu.assertEquals(hashes[1], hashes[3])
end

function TestResidual:test_beside_early_stopping_and_a_store()
  local folder = os.tmpname()
  os.remove(folder)
  local deepfm = ranker.deepfm { hidden = { 8 }, dim = 4, epochs = 6, batch = 128, early_stop = { share = 0.2 } }
  local first = auc_rows(study(options_of { ranker = deepfm, store = folder }):run())
  os.execute(("grep -l crossfit %s/arms/*/arm.json | xargs rm"):format(folder)) -- the bases stay: trained again
  local printed = print
  _G.print = function() end
  local second = study(options_of { ranker = deepfm, store = folder }):run()
  _G.print = printed
  os.execute("rm -r " .. folder)
  lu.assertEquals(auc_rows(second).crossfit, first.crossfit)
  lu.assertNil(second.timing_s.marginal_ratio) -- no base was fitted as such
end

function TestResidual:test_a_channel_that_replaces_is_refused()
  lu.assertErrorMsgContains("replaces the input 'item'", function()
    study(options_of { channel = inject.proxy { split = s } }):run()
  end)
end

function TestResidual:test_what_an_arm_costs_is_told()
  local timing = study(options_of()):run().timing_s
  lu.assertAlmostEquals(timing.marginal_ratio, timing.arm_marginal / timing.base_fit, 1e-12)
  lu.assertAlmostEquals(timing.arm_marginal, timing.arm_fit + timing.arm_inputs, 1e-12)
  lu.assertTrue(timing.arm_fit > 0 and timing.arm_inputs > 0)
end

os.exit(lu.LuaUnit.run(), true)
