-- Does more of the preference data do more? LIS from 0, 25, 50 and 100 % of the pairs.
--
-- Data:     simulated (150,000 impressions, 14 days).
-- Time:     under half a minute on 2 cores.
-- Expected: yes, levelling off: about 0, +0.014, +0.022 and +0.024 AUC over the base.
local lis = require "lis"

local opt = lis.options {
  out = { default = "runs/dose", help = "folder for the report: report.html" },
  shares = { default = { 0, 0.25, 0.5 }, type = "list", of = "number", min = 0, max = 1,
    help = "of the pairs; the whole comes by itself" },
  users = { default = 1000, min = 50, help = "of the simulated feed" },
  items = { default = 800, min = 50, help = "of the simulated feed" },
  impressions = { default = 150000, min = 5000, help = "of the simulated feed" },
  epochs = { default = 4, min = 1, help = "passes over the train rows" },
  seeds = { default = 3, min = 2, help = "training seeds shared by all arms" },
  fresh = { default = false, help = "train again what an earlier run finished" },
}

-- Your own log: lis.log.read("clicks.csv", { label = "click" }), and days or shares of it for the split.
local feed = lis.world.simulate { users = opt.users, items = opt.items, impressions = opt.impressions, seed = opt.seed }
local log = lis.log.from_world(feed)

local result = lis.study {
  name = "dose",
  log = log,
  split = lis.split.by_day(log, { train = { 2, 11 }, test = { 12, 13 } }),
  ranker = lis.ranker.deepfm {
    hidden = { 32, 16 }, table_lr = 0.2, batch = 256, epochs = opt.epochs, l2 = 1e-4,
  },
  channel = lis.inject.similarity {},
  preferences = { ["co-engagement"] = lis.preference.coengagement {} },
  dose = opt.shares,
  seeds = opt.seeds,
  options = opt,
  store = opt.out,
  fresh = opt.fresh,
}:run():print():report(opt.out)

local curve = result.dose[1]
local whole, before = curve.points[#curve.points].delta, curve.points[#curve.points - 1]
print(("\nThe gain %s with the dose (largest fall %.4f)."):format(curve.rises and "rises" or "FALLS",
  curve.largest_fall))
print(("The last %g %% of the pairs move it from %+.4f to %+.4f."):format(100 - 100 * before.share, before.delta,
  whole))
print(not curve.rises and "Answer: no; whatever the channel gains, it is not from these pairs."
  or whole - before.delta > 0.2 * whole and "Answer: yes, and not yet levelled off: more data of this kind should help."
  or "Answer: yes, but it has levelled off: more data of this kind will not help much.")
