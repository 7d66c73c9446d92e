-- A first study: is co-engagement worth aligning an encoder on, in a small simulated feed?
--
-- Data: simulated. Time: seconds. Expected: a gain that the naive figure overstates.
local lis = require "lis"

local opt = lis.options { out = "runs/first" }
local feed = lis.world.simulate { users = 1000, items = 800, impressions = 150000, seed = opt.seed }
local log = lis.log.from_world(feed)

lis.study {
  name = "first",
  log = log,
  split = lis.split.by_day(log, { train = { 2, 11 }, test = { 12, 13 } }),
  ranker = lis.ranker.deepfm { hidden = { 32, 16 }, table_lr = 0.2, batch = 256, epochs = 4, l2 = 1e-4 },
  channel = lis.inject.similarity {},
  preferences = { ["co-engagement"] = lis.preference.coengagement {} },
  encoders = { content = lis.represent.content("content", feed.content) },
}:run():print():report(opt.out)
