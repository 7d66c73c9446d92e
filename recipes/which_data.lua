-- On which preference data should an encoder be aligned? Five sets side by side, with one answer.
--
-- Data:     simulated (150,000 impressions, 14 days). Your own log: --data FILE, a table with user_id, item_id,
--           timestamp and label; --content FILE, item vectors for AIS (.npy with .ids, .npz, .csv).
-- Time:     about a minute on 2 cores.
-- Expected: co-clicks and Swing first and alike, +0.029; pairs of one visit and co-exposure far behind, and below
--           what the encoder makes of them (their tables hold little); content neighbours not shown to help.
local lis = require "lis"

local opt = lis.options {
  data = { type = "string", help = "your log; default: the simulated feed" },
  content = { type = "string", help = "your item vectors" },
  out = { default = "runs/which-data", help = "folder for results.json, report.md and finished arms" },
  users = { default = 1000, min = 50, help = "of the simulated feed" },
  items = { default = 800, min = 50, help = "of the simulated feed" },
  impressions = { default = 150000, min = 5000, help = "of the simulated feed" },
  epochs = { default = 4, min = 1, help = "passes over the train rows" },
  seeds = { default = 3, min = 2, help = "training seeds shared by all arms" },
  fresh = { default = false, type = "boolean", help = "train again what an earlier run finished" },
}

local log, split, content
if opt.data then
  log = lis.log.read(opt.data)
  split = lis.split.by_time(log, { test = 0.2 })
  content = opt.content and lis.represent.read(opt.content, log)
else
  local feed = lis.world.simulate { users = opt.users, items = opt.items, impressions = opt.impressions,
    seed = opt.seed }
  log = lis.log.from_world(feed)
  split = lis.split.by_day(log, { train = { 2, 11 }, test = { 12, 13 } })
  content = lis.represent.content("content", feed.content)
end
print(log)

local result = lis.study {
  name = "which data", log = log, split = split,
  ranker = lis.ranker.deepfm {
    hidden = { 32, 16 }, table_lr = 0.2, batch = 256, epochs = opt.epochs, l2 = 1e-4,
  },
  channel = lis.inject.similarity {},
  preferences = {
    ["co-click"] = lis.preference.coengagement {},
    ["one visit"] = lis.preference.sessions {},
    ["Swing"] = lis.preference.swing {},
    ["co-exposure"] = lis.preference.coexposure {},
    ["content neighbours"] = content and lis.preference.content(content),
  },
  encoders = { content = content },
  seeds = opt.seeds, options = opt, store = opt.out, fresh = opt.fresh,
}:run():print():save(opt.out)

local best = result.scores[1]
print(("\n%-18s  %8s  %8s  %8s  %s"):format("preference data", "LIS", "p", "p, Holm", "LIS by the"))
for _, row in ipairs(result.scores) do
  print(("%-18s  %+.4f  %8.4f  %8.4f  %s"):format(row.preference, row.lis, row.lis_p, row.lis_p_holm, row.lis_name))
end
print(best.lis_p_holm < 0.05 and ("Answer: align on %s first; it is worth up to %+.4f AUC."):format(best.preference,
  best.lis) or "Answer: on none of these; look for other data.")
