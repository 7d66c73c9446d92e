-- A study shape of one's own: do two preference data sets add? Pairs of clicks, pairs
-- of like content, and both together, each beside its placebo; and the difference that
-- decides.
--
-- Data: simulated, small. Time: seconds. Expected: content beside clicks adds nothing,
-- within half a hundredth.
local lis = require "lis"

local opt = lis.options {
  weight = { default = 0.02, min = 0, help = "of a content pair, beside a pair of clicks" },
  impressions = { default = 60000, min = 5000, help = "of the simulated feed" },
}

local feed = lis.world.simulate { users = 500, items = 300, impressions = opt.impressions }
local log = lis.log.from_world(feed)
local split = lis.split.by_day(log, { train = { 2, 11 }, test = { 12, 13 } })

local clicks = lis.preference.coengagement {}
local content = lis.preference.content(lis.represent.content("content", feed.content), { k = 20 })
local both = lis.preference.custom("both", function(own_log, keep)
  return clicks.evidence(own_log, keep):add((content.evidence(own_log)), opt.weight)
end)

-- An arm is a name and what makes its vectors; `leaked` owns up to knowing the test window, or it is refused.
local arms = {}
local function add(name, preference)
  local artefact = lis.leak.crossfit(preference, log, split)
  local placebo = lis.leak.placebo(artefact)
  arms[#arms + 1] = { name = name, leaked = true, vectors = function() return lis.represent.table(artefact) end }
  arms[#arms + 1] = { name = name .. " placebo", leaked = true,
    vectors = function() return lis.represent.table(placebo) end }
end
add("clicks", clicks)
add("content", content)
add("both", both)

local result = lis.study.custom({
  log = log, split = split, channel = lis.inject.similarity {},
  ranker = lis.ranker.deepfm { hidden = { 32, 16 }, table_lr = 0.2, batch = 256, epochs = 3, l2 = 1e-4 },
}, arms):run():print()

-- LIS(both) - LIS(clicks), each net of its placebo: paired over test rows and seeds.
local more = result:contrast { { 1, "both" }, { -1, "both placebo" }, { -1, "clicks" }, { 1, "clicks placebo" } }
print(("Content beside clicks adds %+.4f [%+.4f, %+.4f]."):format(more.delta, more.ci[1], more.ci[2]))
