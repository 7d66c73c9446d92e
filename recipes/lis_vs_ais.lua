-- Does LIS order preference data as AIS does? Eight data sets of known quality, in a feed whose truth is known.
--
-- Data:     simulated (150,000 impressions, 14 days), "wide" as docs/world.md has it, with a policy that
--           personalises little (0.2), so that what was merely shown says little. The eight: co-clicks; with 30, 50,
--           70 and 85 % of the pairs given to wrong items; of 10 % of the users; co-exposure; all pairs wrong. Graded,
--           so that most neighbours differ by more than training noise, about 0.001.
-- Time:     under two minutes on 2 cores.
-- Expected: tau 0.79, 0.71 and 0.86 at --seed 1, 2, 3; LIS within [AIS - 0.005, oracle] for all eight
--           (docs/world.md, with what was tried).
local lis = require "lis"
local core = lis.core

local opt = lis.options {
  out = { default = "runs/lis-vs-ais", help = "folder for results.json, report.md and finished arms" },
  users = { default = 1000, min = 50, help = "of the simulated feed" },
  items = { default = 800, min = 50, help = "of the simulated feed" },
  impressions = { default = 150000, min = 5000, help = "of the simulated feed" },
  epochs = { default = 4, min = 1, help = "passes over the train rows" },
  seeds = { default = 3, min = 2, help = "training seeds shared by all arms" },
  fresh = { default = false, type = "boolean", help = "train again what an earlier run finished" },
}

local feed = lis.world.simulate {
  users = opt.users, items = opt.items, impressions = opt.impressions, seed = opt.seed, affinity = 2, quality = 1.3,
  bias = -1.4, drift = 0.05, category_share = 0.3, half_life = 2.5, personal = 0.2, popularity = 0.2,
}
local log = lis.log.from_world(feed)
local click = lis.preference.coengagement {}

-- Co-clicks of a share of the users.
local function of_users(share)
  local chosen = core.base.user_folds(log.users, 100, 77):lt(math.floor(100 * share)):take(log.user)
  return lis.preference.custom("some users", function(l, keep) return click.evidence(l, keep:land(chosen)) end)
end

-- Co-clicks of which a share is given to wrong items: the same graph, its items relabelled, takes their place.
local elsewhere = core.base.permutation(log.items, 5, "wrong pairs")
local function wrong(share)
  return lis.preference.custom("wrong pairs", function(l, keep)
    local graph = click.evidence(l, keep)
    return graph:thin(1 - share, 1):add(graph:permute(elsewhere):thin(share, 2))
  end)
end

local result = lis.study {
  name = "LIS against AIS", log = log,
  split = lis.split.by_day(log, { train = { 2, 11 }, test = { 12, 13 } }),
  ranker = lis.ranker.deepfm { hidden = { 32, 16 }, table_lr = 0.2, batch = 256, epochs = opt.epochs, l2 = 1e-4 },
  channel = lis.inject.similarity {},
  preferences = {
    ["co-click"] = click, ["30 % wrong"] = wrong(0.3), ["50 % wrong"] = wrong(0.5), ["70 % wrong"] = wrong(0.7),
    ["85 % wrong"] = wrong(0.85), ["10 % of users"] = of_users(0.1),
    ["co-exposure"] = lis.preference.coexposure {}, ["all wrong"] = wrong(1),
  },
  encoders = { content = lis.represent.content("content", feed.content) },
  seeds = opt.seeds, options = opt, store = opt.out, fresh = opt.fresh,
}:run():save(opt.out)

-- Gains over the base: net of the placebo, LIS and AIS of a data set would share its noise, and agree by that.
local gain = {}
for _, arm in ipairs(result.arms) do
  if arm.metric == "auc" then gain[(arm.preference or "") .. ":" .. arm.source] = arm.delta end
end
local ceiling, within, ours, theirs = gain[":oracle"], 0, {}, {}
print("\npreference data  table    shrunk   LIS      AIS      naive    within")
for i, row in ipairs(result.scores) do
  local function of(source) return gain[row.preference .. ":" .. source] end
  ours[i], theirs[i] = of(row.lis_source), of "encoder:content"
  local holds = ours[i] >= theirs[i] - 0.005 and ours[i] <= ceiling
  within = within + (holds and 1 or 0)
  print(("%-15s  %+.4f  %+.4f  %+.4f  %+.4f  %+.4f  %-3s  LIS by the %s"):format(row.preference, of "crossfit",
    of "shrunk:content", ours[i], theirs[i], of "naive", holds and "yes" or "NO", row.lis_name))
end
local tau = lis.score.kendall(ours, theirs)
print(("oracle %+.4f; %d of %d within [AIS - 0.005, oracle]; tau(LIS, AIS) %.2f [%.2f, %.2f], p %.4f"):format(ceiling,
  within, #ours, tau.tau, tau.ci[1], tau.ci[2], tau.p))
