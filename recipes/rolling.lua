-- Does the preference data age? LIS and AIS over consecutive days, with preference data
-- collected anew each time and with what was collected in the first window alone.
--
-- Data:     simulated (150,000 impressions, 14 days; tastes drift, half of the items
--           arrive on the way).
-- Time:     under half a minute on 2 cores.
-- Expected: the pairs themselves keep 30 % of their gain after 2 days and under 10 %
--           after 8 (half-life about 2 days): new items are not in them. Content
--           aligned on them keeps 95 and 87 %: what it learnt holds for new items.
local lis = require "lis"

local opt = lis.options {
  out = { default = "runs/rolling", help = "folder for both reports" },
  train = { default = 3, min = 1, help = "days of a window's training" },
  step = { default = 2, min = 1, help = "days from window to window" },
  users = { default = 1000, min = 50, help = "of the simulated feed" },
  items = { default = 800, min = 50, help = "of the simulated feed" },
  impressions = { default = 150000, min = 5000, help = "of the simulated feed" },
  epochs = { default = 2, min = 1, help = "passes over a window's train rows" },
  seeds = { default = 3, min = 2, help = "training seeds shared by all arms" },
  fresh = { default = false, help = "train again what an earlier run finished" },
}

-- Your own log: lis.log.read("clicks.csv", { label = "click" }) and lis.represent.npy("items.npy", log).
local feed = lis.world.simulate { users = opt.users, items = opt.items, impressions = opt.impressions, seed = opt.seed }
local log = lis.log.from_world(feed)
local content = lis.represent.content("content", feed.content)

-- Windows of `train` days and the day after; each ranker goes on from the one before.
local function run(name, frozen)
  return lis.study.rolling {
    name = name,
    log = log,
    train = opt.train, test = 1, step = opt.step, frozen = frozen,
    ranker = lis.ranker.deepfm {
      hidden = { 32, 16 }, table_lr = 0.2, batch = 256, epochs = opt.epochs, l2 = 1e-4,
    },
    channel = lis.inject.similarity {},
    preferences = { ["co-engagement"] = lis.preference.coengagement {} },
    encoders = { content = content },
    seeds = opt.seeds,
    options = opt,
    store = opt.out .. "/" .. name,
    fresh = opt.fresh,
  }:run():print():report(opt.out .. "/" .. name)
end

local anew, frozen = run("anew", false), run("frozen", true)

-- What old data keeps of the gain of data collected anew: a ratio in one window, so whatever else moves from
-- window to window (what the ranker knows already, which items are shown) moves both.
for k, old in ipairs(frozen.trends) do
  local new, share, errors = anew.trends[k], {}, {}
  print(("\n%s of %s\n  days old     anew    frozen   kept"):format(old.score, old.preference))
  for i, value in ipairs(old.values) do
    share[i] = value / new.values[i]
    errors[i] = math.sqrt(old.errors[i] ^ 2 + (share[i] * new.errors[i]) ^ 2) / math.abs(new.values[i])
    print(("%10.1f  %+.4f   %+.4f  %4.0f %%"):format(old.days[i], new.values[i], value, 100 * share[i]))
  end
  local half, why = lis.score.half_life(old.days, share, errors)
  print(half and ("Answer: it keeps half of its worth for %.1f days [%.1f, %s]."):format(half.value, half.low,
    half.high and ("%.1f"):format(half.high) or "no bound") or "Answer: no half-life, " .. why .. ".")
end
