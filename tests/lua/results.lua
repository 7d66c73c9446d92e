-- A small made-up result with every part, so that reports can be tested without training.
local results = {}

local function arm(preference, source, metric, delta)
  return { preference = preference, source = source, metric = metric, value = 0.7 + delta, seeds = { 0.7, 0.71 },
    delta = delta, ci = { delta - 0.004, delta + 0.004 }, row_se = 0.001, seed_se = 0.001 }
end

local function counts(n, peak)
  local list = {}
  for i = 1, n do list[i] = math.max(0, 40 - (i - peak) ^ 2) // 1 end
  return list
end

local function calibration()
  local bins = {}
  for i = 1, 10 do bins[i] = { rows = 100, positives = 10 * i - 5, predicted = i / 10 - 0.05,
    observed = i / 10 - 0.07 } end
  return bins
end

local function score(name)
  return {
    preference = name, lis = 0.02, lis_ci = { 0.016, 0.024 }, lis_source = "crossfit", lis_name = "table",
      lis_naive = 0.04,
    history = 0.001, placebo = -0.001, ais = { content = 0.012 }, ais_ci = { content = { 0.009, 0.015 } },
    attainment = { content = 0.6 }, attainment_ci = { content = { 0.4, 0.8 } }, attainment_refused = {},
    card = { pairs = 12345, items_covered = 40, test_rows_covered = 0.9, histories_covered = 0.95 },
  }
end

local function add_set(result, name)
  for _, metric in ipairs { "auc", "gauc", "logloss" } do
    for source, delta in pairs { crossfit = 0.019, naive = 0.039, history = 0, placebo = -0.001,
      ["encoder:content"] = 0.011 } do
      table.insert(result.arms, arm(name, source, metric, delta))
    end
  end
  table.insert(result.scores, score(name))
  table.insert(result.curves, { preference = name, source = "crossfit", auc = { { 0.6, 0.7 }, { 0.61, 0.71 } } })
  table.insert(result.distributions, { preference = name, source = "crossfit", positives = counts(25, 15),
    negatives = counts(25, 8), calibration = calibration(), calibration_error = 0.02 })
  local points = {}
  for i, share in ipairs { 0, 0.5, 1 } do points[i] = { share = share, delta = share / 50,
    ci = { share / 50 - 0.003, share / 50 + 0.003 } } end
  table.insert(result.dose, { preference = name, points = points, largest_fall = 0, rises = true })
  table.insert(result.horizon, { preference = name, points = {
    { window = "history", delta = 0, ci = { -0.001, 0.001 } }, { window = "horizon:6h", hours = 6, delta = 0.01,
      ci = { 0.008, 0.012 } },
    { window = "crossfit", delta = 0.02, ci = { 0.018, 0.022 } } } })
  table.insert(result.cohorts, { preference = name, cohort = "train_count", group = "below 30 train rows", rows = 500,
    base = 0.55, lis = 0.05, lis_ci = { 0.03, 0.07 }, p = 0.001, p_holm = 0.004, ais = {}, ais_ci = {} })
end

--- A whole result over data sets of these names.
function results.of(names)
  local result = {
    schema = 1, version = "0.1.0", name = "made up", arms = {}, scores = {}, curves = {}, distributions = {}, dose = {},
    horizon = {}, cohorts = {}, verdict = { "Align on it first.", "it: LIS +0.0200." }, findings = {},
    guards = { { name = "noise vectors", pass = true, value = 0.001, expected = "any to +0.0050",
      meaning = "capacity" } },
    definitions = { auc = "chance", gauc = "mean", logloss = "nats" }, timing_s = { total = 3 },
    data = { name = "made up", hash = "00ff", rows = 1000, users = 50, items = 60, positive_rate = 0.4, days = 10,
      time_from = 0,
      time_to = 864000, train_rows = 800, test_rows = 200, train_from = 86400, test_from = 691200, test_to = 864000 },
    settings = { ranker = { name = "DeepFM" }, channel = { name = "dense" }, width = 8, folds = 5, seeds = 2,
      threads = 1 },
    machine = { processor = "a processor", processors = 2, memory = 8e9, system = "Linux" },
  }
  for _, metric in ipairs { "auc", "gauc", "logloss" } do table.insert(result.arms, arm(nil, "base", metric, 0)) end
  table.insert(result.curves, { source = "base", auc = { { 0.6, 0.69 }, { 0.6, 0.69 } } })
  table.insert(result.distributions, { source = "base", positives = counts(25, 14), negatives = counts(25, 9),
    calibration = calibration(), calibration_error = 0.03 })
  for _, name in ipairs(names) do add_set(result, name) end
  return result
end

return results
