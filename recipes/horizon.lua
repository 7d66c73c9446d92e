-- How much of the leak is the near future? The gain when a row sees the next hours only.
--
-- Data:     simulated (150,000 impressions, 14 days, the last 4 for testing). Your own log: replace `feed`
--           and `log` by lis.log.read(...).
-- Time:     half a minute on 2 cores.
-- Expected: PENDING
local lis = require "lis"

local opt = lis.options {
  out = { default = "runs/horizon", help = "folder for results.json and report.md" },
  hours = { default = { 0, 24, 48, 72 }, type = "list", of = "number", min = 0,
    help = "past the end of a row's own day" },
  users = { default = 1000, min = 50, help = "of the simulated feed" },
  items = { default = 800, min = 50, help = "of the simulated feed" },
  impressions = { default = 150000, min = 5000, help = "of the simulated feed" },
  epochs = { default = 4, min = 1, help = "passes over the train rows" },
  seeds = { default = 3, min = 2, help = "training seeds shared by all arms" },
}

local feed = lis.world.simulate { users = opt.users, items = opt.items, impressions = opt.impressions, seed = opt.seed }
local log = lis.log.from_world(feed)

local result = lis.study {
  name = "horizon",
  log = log,
  split = lis.split.by_day(log, { train = { 2, 9 }, test = { 10, 13 } }),
  ranker = lis.ranker.deepfm {
    hidden = { 32, 16 }, table_lr = 0.2, batch = 256, epochs = opt.epochs, l2 = 1e-4,
  },
  channel = lis.inject.similarity {},
  preferences = { ["co-engagement"] = lis.preference.coengagement {} },
  horizon = opt.hours,
  seeds = opt.seeds,
  options = opt,
}:run():print():save(opt.out)

local points = result.horizon[1].points
local past, whole = points[1].delta, points[#points].delta
print()
for i = 2, #points - 1 do
  print(("%3g hours ahead: %+.4f, %3.0f %% of the way from the past alone (%+.4f) to the whole leak (%+.4f)"):format(
    points[i].hours, points[i].delta, 100 * (points[i].delta - past) / (whole - past), past, whole))
end
