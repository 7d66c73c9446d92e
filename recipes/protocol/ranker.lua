-- A ranker of one's own: two towers. The user tower reads user and history, the item
-- tower the target; their product is the score, and the channel's tower is added to it.
--
-- Data: simulated, small. Time: seconds. Expected: every clause holds. Two towers know
-- less by themselves (base AUC 0.72 against DeepFM's 0.77), so the same pairs help them
-- more: LIS +0.07 beside +0.02. A bound is of one ranker.
local lis = require "lis"

local opt = lis.options { impressions = { default = 60000, min = 5000, help = "of the simulated feed" } }

-- g: the graph (?lis.core.nn.graph). inputs: nodes user, item [batch], history [batch, max_history], and channel, the
-- channel's blocks (none in the base). settings: the table below. Returns the logit, a node of [batch, 1].
-- Layers have names: an arm finds the parameters of its base by them.
local function two_towers(g, inputs, settings)
  local fields = lis.ranker.parts.fields(g, inputs, settings.dim) -- user, item, mean of the history
  local function tower(x, name)
    return g:linear(g:linear(x, { units = settings.hidden, activation = "relu", name = name .. "_1" }),
      { units = settings.dim, name = name .. "_2" })
  end
  local user = tower(g:concat { fields[1], fields[3] }, "user_tower")
  local item = tower(fields[2], "item_tower")
  local bias = g:embedding(inputs.item, { dim = 1, name = "item_bias" })
  return lis.ranker.parts.logit(g, inputs, { g:dot { user, item }, bias })
end

local training = { table_lr = 0.2, batch = 256, epochs = 3, l2 = 1e-4 }
local function with(more)
  for key, value in pairs(training) do more[key] = value end
  return more
end
local mine = lis.ranker.custom(two_towers, with { name = "two towers", settings = { dim = 8, hidden = 32 } })

assert(lis.contract.ranker(mine):print().holds)
assert(lis.contract.coin_flips({ ranker = mine }):print().holds)

local log = lis.log.from_world(lis.world.simulate { users = 500, items = 300, impressions = opt.impressions })
for _, ranker in ipairs { mine, lis.ranker.deepfm(with { hidden = { 32, 16 } }) } do
  local result = lis.study {
    log = log,
    split = lis.split.by_day(log, { train = { 2, 11 }, test = { 12, 13 } }),
    ranker = ranker,
    channel = lis.inject.similarity {},
    preferences = { ["co-engagement"] = lis.preference.coengagement {} },
  }:run()
  local row = result.scores[1]
  print(("%s: base AUC %.4f, LIS %+.4f [%+.4f, %+.4f]"):format(ranker.name, result.arms[1].value, row.lis,
    row.lis_ci[1], row.lis_ci[2]))
end
