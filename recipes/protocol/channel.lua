-- A channel of one's own: is the target like what the user did lately, and like what
-- the user always did? Two cosines a row, of the target with the mean of the last 3 and
-- of the last 50 items of the history.
--
-- Data: simulated, small. Time: seconds. Expected: every clause holds; the two numbers
-- carry a part of what the histogram of SimTier carries: LIS about +0.01 beside +0.015.
local lis = require "lis"
local core = require "lis.core"

local opt = lis.options { impressions = { default = 60000, min = 5000, help = "of the simulated feed" } }

-- log: as for a constructor. vectors: values f32 [parts * items, width], a row of the log reads line
-- vectors:index(log) for its target (i32 [rows]), and adds vectors:offset(log) to the item codes of its history
-- (i32 [rows], nil where there is one part). Returns blocks: what the ranker reads beside ids and history.
local function tastes(log, vectors)
  local unit = vectors.values:normalize_rows()
  local target = unit:take(vectors:index(log))
  local function likeness(last)
    local taste = core.data.history_mean(log:histories(), unit, { offset = vectors:offset(log), max = last })
    return (target * taste:normalize_rows()):sum(2):to("f32"):reshape(log.rows, 1)
  end
  return {
    { name = "tastes", kind = "pair", width = 2, feed = core.tensor.concat({ likeness(3), likeness(50) }, 2) },
  }
end

local two_tastes = lis.inject.custom("two tastes", tastes)

assert(lis.contract.channel(two_tastes):print().holds)
assert(lis.contract.coin_flips({ channel = two_tastes }):print().holds)

local log = lis.log.from_world(lis.world.simulate { users = 500, items = 300, impressions = opt.impressions })
for _, channel in ipairs { two_tastes, lis.inject.simtier {} } do
  local result = lis.study {
    log = log,
    split = lis.split.by_day(log, { train = { 2, 11 }, test = { 12, 13 } }),
    ranker = lis.ranker.deepfm { hidden = { 32, 16 }, table_lr = 0.2, batch = 256, epochs = 3, l2 = 1e-4 },
    channel = channel,
    preferences = { ["co-engagement"] = lis.preference.coengagement {} },
  }:run()
  local row = result.scores[1]
  print(("%s: LIS %+.4f [%+.4f, %+.4f]"):format(channel.name, row.lis, row.lis_ci[1], row.lis_ci[2]))
end
