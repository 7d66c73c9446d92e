-- A metric of one's own: value at 1. Of each visit, the advertiser value of the item
-- that the ranker puts first; the mean over visits.
--
-- Data: simulated, small. Time: seconds. Expected: a column in the table of arms, and
-- LIS by it with an interval.
local lis = require "lis"
local core = require "lis.core"

local opt = lis.options { impressions = { default = 60000, min = 5000, help = "of the simulated feed" } }

local feed = lis.world.simulate { users = 500, items = 300, impressions = opt.impressions }
local log = lis.log.from_world(feed)
local split = lis.split.by_day(log, { train = { 2, 11 }, test = { 12, 13 } })

-- What else the metric needs of the test rows, in the order of split.test.
local value, time = feed.value:take(split.test), log.time:take(split.test)

-- scores: f32 logits, labels: u8, users: i32 codes, each [test rows]. Returns two figures a row; the metric is the
-- sum of the first over the sum of the second. Here: the value, and 1, in the row that its visit puts first.
local function first_of_visit(scores, _, users)
  local above, below = core.tensor.new("f64", #scores), core.tensor.new("f64", #scores)
  local best = {} -- by user and time: a visit's page shares its time
  for row = 1, #scores do
    local visit = users[row] << 40 | time[row]
    local other = best[visit]
    if not other or scores[row] > scores[other] then best[visit] = row end
  end
  for _, row in pairs(best) do
    above:set(row, value[row])
    below:set(row, 1)
  end
  return above, below
end

lis.score.register("value@1", lis.score.ratio(first_of_visit, "advertiser value of a visit's first item"))

lis.study {
  log = log,
  split = split,
  ranker = lis.ranker.deepfm { hidden = { 32, 16 }, table_lr = 0.2, batch = 256, epochs = 3, l2 = 1e-4 },
  channel = lis.inject.similarity {},
  preferences = { ["co-engagement"] = lis.preference.coengagement {} },
}:run():print()
