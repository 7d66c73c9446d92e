local lu = require "luaunit"
local core = require "lis.core"
local inject = require "lis.inject"
local log = require "lis.log"
local ranker = require "lis.ranker"
local represent = require "lis.represent"
local split = require "lis.split"
local world = require "lis.world"

-- One contract that every ranker passes, alone and with a channel.
local feed = world.simulate { users = 150, items = 100, days = 6, impressions = 12000, seed = 5 }
local l = log.from_world(feed)
local s = split.by_day(l, { train = { 0, 4 }, test = { 5, 5 } })
local channel = inject.similarity {}
local oracle = channel.blocks(l, represent.oracle(feed, { width = 8 }))
local label = l.label:take(s.test)

local function built_ins()
  return { lr = ranker.lr, fm = ranker.fm, deepfm = ranker.deepfm, dcnv2 = ranker.dcnv2, din = ranker.din,
    bst = ranker.bst, mlp = ranker.mlp, custom = function(options)
      return ranker.custom(function(g, inputs)
        local terms = { g:embedding(inputs.item, { dim = 1, name = "popularity" }) }
        for _, block in ipairs(inputs.channel) do terms[#terms + 1] = g:linear(block.node, { units = 1 }) end
        return #terms > 1 and g:sum(terms) or terms[1]
      end, options)
    end }
end

local settings = { epochs = 2, batch = 256, table_lr = 0.1, dense_lr = 3e-3 }

local function logits(make, blocks, seed)
  local self = make(settings)
  local model, columns = ranker.build(self, l, blocks, seed)
  model:fit(columns, { rows = s.train, epochs = 2, shuffle_seed = seed, table_lr = settings.table_lr,
    dense_lr = settings.dense_lr })
  return model:predict(columns, s.test), model
end

local function auc(scores) return core.metric.auc(scores, label).value end

TestRanker = {}

function TestRanker:test_every_ranker_learns()
  for name, make in pairs(built_ins()) do lu.assertTrue(auc((logits(make, {}, 1))) > 0.55, name) end
end

function TestRanker:test_true_factors_help_every_ranker()
  for name, make in pairs(built_ins()) do
    lu.assertTrue(auc((logits(make, oracle, 1))) > auc((logits(make, {}, 1))) + 0.005, name)
  end
end

function TestRanker:test_seeds_reproduce_and_differ()
  for name, make in pairs(built_ins()) do
    local first = logits(make, oracle, 1):hash()
    lu.assertEquals(logits(make, oracle, 1):hash(), first, name)
    lu.assertNotEquals(logits(make, oracle, 2):hash(), first, name)
  end
end

function TestRanker:test_an_arm_starts_from_its_base_by_name()
  for name, make in pairs(built_ins()) do
    local _, base = logits(make, {}, 1)
    local _, with = logits(make, oracle, 2)
    local count, extra = 0, 0
    for _ in pairs(base:parameters()) do count = count + 1 end
    for _ in pairs(with:parameters()) do extra = extra + 1 end
    lu.assertEquals(with:adopt(base), count, name)
    lu.assertTrue(extra > count, name)
  end
end

-- At bf16 every ranker learns as much, by other bytes, the same on any threads.
function TestRanker:test_precision()
  local threads, half = core.base.threads(), { precision = "bf16" }
  for name, value in pairs(settings) do half[name] = value end
  for name, make in pairs(built_ins()) do
    local f32, bf16 = logits(make, oracle, 1), logits(function() return make(half) end, oracle, 1)
    lu.assertAlmostEquals(auc(bf16), auc(f32), 0.005, name)
    core.base.threads(threads == 1 and 2 or 1)
    lu.assertEquals(logits(function() return make(half) end, oracle, 1):hash(), bf16:hash(), name)
    core.base.threads(threads)
    if name ~= "custom" and name ~= "lr" then lu.assertNotEquals(bf16:hash(), f32:hash(), name) end
  end
  lu.assertErrorMsgContains("f32, bf16", ranker.din, { precision = "bf8" })
end

function TestRanker:test_unknown_options_are_named()
  for name, make in pairs(built_ins()) do
    lu.assertErrorMsgContains("epochs", make, { epoch = 3 })
    lu.assertErrorMsgContains("lis.ranker." .. name, make, { epoch = 3 })
  end
end

os.exit(lu.LuaUnit.run(), true)
