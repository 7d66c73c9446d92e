-- What bf16 products cost in accuracy and what they gain in speed: one ranker on the simulated feed, trained at both
-- precisions from the same initial values on the same rows in the same order, at several seeds.
--
-- Expected: differences of test AUC like those between seeds, once the ranker has settled; before that rounding,
-- like any disturbance, moves it more. The gain in speed grows with the layers' widths. Time: a minute on 2 cores.
local lis = require "lis"
local core = require "lis.core"

local opt = lis.options {
  ranker = { default = "din", choices = { "din", "deepfm", "dcnv2", "bst" } },
  hidden = { default = { 256, 128, 64 }, type = "list", of = "integer" },
  dim = { default = 16, type = "integer", min = 1 },
  seeds = { default = 3, type = "integer", min = 2 },
  epochs = { default = 8, type = "integer", min = 1 },
  impressions = { default = 420000, type = "integer", min = 5000, help = "of the simulated feed" },
  table_lr = { default = 0.2, type = "number", above = 0 },
  l2 = { default = 3e-5, type = "number", min = 0 },
  json = { default = false, type = "boolean", help = "end with one line of JSON" },
}

local log = lis.log.from_world(lis.world.simulate { seed = opt.seed, impressions = opt.impressions })
local split = lis.split.by_day(log, { train = { 2, 11 }, test = { 12, 13 } })
local label = log.label:take(split.test)

-- Test AUC, and rows a second of the training loop.
local function run(precision, seed)
  local ranker = lis.ranker[opt.ranker] { hidden = opt.hidden, dim = opt.dim, precision = precision }
  local model <close>, feed = ranker:build(log, {}, seed)
  local done = model:fit(feed, { rows = split.train, epochs = opt.epochs, shuffle_seed = seed, table_lr = opt.table_lr,
    l2 = opt.l2 })
  return core.metric.auc(model:predict(feed, split.test), label, { influence = false }).value, done.rows / done.seconds
end

local function mean_and_spread(values)
  local mean, square = 0, 0
  for _, value in ipairs(values) do mean = mean + value / #values end
  for _, value in ipairs(values) do square = square + (value - mean) ^ 2 end
  return mean, math.sqrt(square / (#values - 1))
end

local auc, rate, change = { f32 = {}, bf16 = {} }, { f32 = 0, bf16 = 0 }, {}
for seed = 1, opt.seeds do
  for _, precision in ipairs { "f32", "bf16" } do
    local value, speed = run(precision, seed)
    auc[precision][seed], rate[precision] = value, math.max(rate[precision], speed)
  end
  change[seed] = auc.bf16[seed] - auc.f32[seed]
  print(("seed %d: AUC %.5f at f32, %.5f at bf16, difference %+.5f"):format(seed, auc.f32[seed], auc.bf16[seed],
    change[seed]))
end
local mean, spread = mean_and_spread(change)
local _, seeds = mean_and_spread(auc.f32)
local out = { ranker = opt.ranker, carried_by = core.base.machine().bf16, auc = auc, difference = mean,
  difference_spread = spread, seed_spread = seeds, rows_per_s = rate, speed_ratio = rate.bf16 / rate.f32,
  threads = core.base.threads() }
print(("%s: bf16 (%s) changes AUC by %+.5f, s.d. %.5f over seeds; another seed moves f32 by s.d. %.5f"):format(
  out.ranker, out.carried_by, mean, spread, seeds))
print(("rows/s: %.0f at f32, %.0f at bf16, ratio %.2f, %d threads"):format(rate.f32, rate.bf16, out.speed_ratio,
  out.threads))
if opt.json then print(core.base.json_encode(out, { indent = 0 })) end
