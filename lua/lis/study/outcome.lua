--- What a study found: arms with intervals, scores per preference data set, guards.
local core = require "lis.core"
local by_metric = require "lis.study.by_metric"
local cohort = require "lis.study.cohort"
local cost = require "lis.study.cost"
local distribution = require "lis.study.distribution"
local dose = require "lis.study.dose"
local guard = require "lis.study.guard"
local headline = require "lis.study.headline"
local horizon = require "lis.study.horizon"
local score = require "lis.score"
local verdict = require "lis.verdict"

local outcome = {}

---@class lis.ArmRow one arm under one metric, as results.json stores it
---@field preference string?
---@field source string
---@field metric string
---@field value number mean over seeds
---@field delta number against the base, mean over seeds
---@field ci number[] 95 % interval of delta: rows (clustered by user) and seeds together
---@field seeds number[] value at each seed
---@field row_se number
---@field seed_se number

-- The metrics of an arm's runs, from their scores.
local function measure(arm, test, users)
  arm.results = {}
  for seed, run in ipairs(arm.runs) do arm.results[seed] = score.rows(run.logits, test.label, test.user, users) end
end

local function per_seed(arm, metric)
  local results = {}
  for seed, row in ipairs(arm.results) do results[seed] = row[metric] end
  return results
end

local function values_of(results)
  local values, sum = {}, 0
  for seed, result in ipairs(results) do
    values[seed] = result.value
    sum = sum + result.value
  end
  return values, sum / #values
end

local function arm_row(arm, base, metric)
  local results = per_seed(arm, metric)
  local values, mean = values_of(results)
  local difference = score.difference(results, per_seed(base, metric))
  return {
    preference = arm.preference, source = arm.source, metric = metric, value = mean, seeds = values,
    delta = difference.delta, ci = { difference.ci[1], difference.ci[2] },
    row_se = difference.row_se, seed_se = difference.seed_se,
  }
end

local function arm_rows(arms)
  local rows = {}
  for _, metric in ipairs(score.names()) do
    for _, arm in ipairs(arms) do rows[#rows + 1] = arm_row(arm, arms[1], metric) end
  end
  return rows
end

--- What was measured on.
---@param log lis.Log
---@return table
function outcome.log_data(log)
  return { name = log.name, hash = log.hash, rows = log.rows, users = log.users, items = log.items,
    positive_rate = log:positive_rate(), days = log:days(), time_from = log.time[1], time_to = log.time[log.rows],
    cleaning = log.cleaning }
end

local function data_of(study, test)
  local log, split = study.log, study.split
  local data = outcome.log_data(log)
  data.train_rows, data.test_rows, data.train_from = #split.train, #split.test, split.train_from
  data.test_from, data.test_to = split.test_from, split.test_to
  if log.world then
    data.bayes_auc = core.metric.auc(log.world.probability:take(split.test), test.label).value
  end
  return data
end

local function cohorts_of(study)
  local names = core.base.json_array()
  for i, cut in ipairs(study.cohorts or {}) do names[i] = type(cut) == "string" and cut or cut.name end
  return names
end

--- Every effective setting, as results.json keeps it.
---@param study table
---@return table
function outcome.settings(study)
  local preferences = {}
  for key, preference in pairs(study.preferences) do
    preferences[key] = { constructor = preference.name, options = preference.settings }
  end
  local settings = { preferences = preferences, threads = core.base.threads(), cohorts = cohorts_of(study) }
  for _, name in ipairs { "ranker", "channel" } do
    settings[name] = { name = study[name].name, options = study[name].settings }
  end
  for _, name in ipairs { "table", "encoder", "shrunk", "seeds", "folds", "width", "margin", "arms", "dose",
    "horizon", "horizon_step", "options", "train", "test", "step", "first", "warm", "frozen" } do
    settings[name] = study[name]
  end
  return settings
end

-- Wall seconds by stage and by arm, and what one more arm costs.
local function timing_of(arms, timer, disk)
  local timing = cost.marginal(arms)
  timing.arms, timing.reused = {}, disk and disk.reused or 0
  for stage, value in pairs(timer.wall) do timing[stage] = value end
  timing.total, timing.cpu = timer:total()
  for i, arm in ipairs(arms) do
    timing.arms[i] = { preference = arm.preference, source = arm.source, seconds = arm.seconds }
  end
  return timing
end

-- Test AUC after each epoch at each seed, and the epochs that early stopping chose.
local function curve_of(arm)
  local curve = { preference = arm.preference, source = arm.source, auc = {} }
  for seed, run in ipairs(arm.runs) do
    curve.auc[seed] = run.curve
    if run.stopped_at then
      curve.stopped_at = curve.stopped_at or {}
      curve.stopped_at[seed] = run.stopped_at
    end
  end
  return curve
end

--- Where the scores behind the figures lie, for `lisrun verify`; nil without a store.
---@param arms lis.Arm[]
---@param disk lis.Store?
function outcome.store_of(arms, disk)
  if not disk then return nil end
  local rows = {}
  for i, arm in ipairs(arms) do rows[i] = { preference = arm.preference, source = arm.source, keys = arm.keys } end
  return { test = disk.test, arms = rows }
end

--- What follows from scores and labels alone: arms under every metric, scores of each preference data
--- set sorted by LIS. `lisrun verify` derives the same again from stored scores.
---@param arms lis.Arm[] with their runs
---@param test { label: lis.Tensor, user: lis.Tensor }
---@param users integer
---@return { arms: lis.ArmRow[], scores: table[] }
function outcome.figures(arms, test, users)
  local figures, seen = { scores = {} }, {}
  for _, arm in ipairs(arms) do measure(arm, test, users) end
  figures.arms = arm_rows(arms)
  for _, arm in ipairs(arms) do
    local key = arm.preference
    if key and not seen[key] then
      seen[key] = true
      figures.scores[#figures.scores + 1] = headline.of(arms, key)
    end
  end
  table.sort(figures.scores, function(a, b)
    if a.lis ~= b.lis then return a.lis > b.lis end
    return a.preference < b.preference
  end)
  headline.adjust(figures.scores)
  for _, row in ipairs(figures.scores) do
    row.by_metric = by_metric.of(arms, row.preference, row.lis_source or "crossfit")
  end
  return figures
end

--- Distributions of the scores; curves and cohorts, where the study asked for them.
---@param study table dose, horizon, split, log.users
---@param figures table of outcome.figures; gets `distributions`, `dose`, `horizon` and `cohorts`
---@param groups table[] of cohort.groups
---@param arms lis.Arm[] with their runs
---@param test { label: lis.Tensor, user: lis.Tensor }
---@param users integer
function outcome.extend(study, figures, groups, arms, test, users)
  figures.distributions = distribution.of(arms, test)
  if #study.dose > 0 then figures.dose = dose.figures(study, figures) end
  if #study.horizon > 0 then figures.horizon = horizon.figures(study, figures) end
  if #groups > 0 then figures.cohorts = cohort.figures(groups, arms, test, users, figures.scores) end
end

--- What LIS this study could have told from 0 (two-sided 5 %, power 0.8), and how many rows and seeds it would
--- take to tell `margin`: half of the variance to rows, half to seeds.
---@param row table of result.scores; gets margin, resolves, rows_needed, seeds_needed
---@param rows integer test rows
---@param seeds integer
---@param margin number
function outcome.add_power(row, rows, seeds, margin)
  local function times(se) return 2 * (score.power(se) / margin) ^ 2 end
  row.margin = margin
  row.resolves = score.power(math.sqrt(row.lis_row_se ^ 2 + row.lis_seed_se ^ 2))
  row.rows_needed = math.ceil(rows * times(row.lis_row_se))
  row.seeds_needed = math.max(2, math.ceil(seeds * times(row.lis_seed_se)))
end

--- Adds what was run to a result: name, data, settings, definitions, learning curves, distributions, machine, where
--- the scores lie.
---@param result table
---@param study table
---@param arms lis.Arm[] with their runs
---@param test { label: lis.Tensor, user: lis.Tensor }
---@param disk lis.Store?
function outcome.describe(result, study, arms, test, disk)
  result.name, result.version, result.machine = study.name, core.base.version, core.base.machine()
  result.data, result.settings = data_of(study, test), outcome.settings(study)
  result.distributions = result.distributions or distribution.of(arms, test)
  result.definitions, result.store, result.curves = score.definitions(), outcome.store_of(arms, disk), {}
  for i, arm in ipairs(arms) do result.curves[i] = curve_of(arm) end
end

--- The whole result, ready for `report`. Its keys `timing_s` and `cost` are what this run took; all else
--- is the same bytes however often the study was cut off.
---@param study lis.Study
---@param arms lis.Arm[] with their runs
---@param sources table<string, lis.Source>
---@param test { label: lis.Tensor, user: lis.Tensor }
---@param timer lis.Clock
---@param disk lis.Store?
---@return table
function outcome.of(study, arms, sources, test, timer, disk)
  local result = timer:time("score", outcome.figures, arms, test, study.log.users)
  local groups = cohort.groups(study, sources)
  timer:time("score", outcome.extend, study, result, groups, arms, test, study.log.users)
  if disk then disk:save_groups(groups) end
  outcome.describe(result, study, arms, test, disk)
  for _, row in ipairs(result.scores) do row.card = timer:time("represent", sources[row.preference].crossfit).card end
  result.guards = guard.all(result)
  for _, row in ipairs(result.scores) do outcome.add_power(row, #test.label, study.seeds, study.margin) end
  result.verdict, result.findings = verdict.of(result)
  result.timing_s = timing_of(arms, timer, disk)
  result.cost = cost.of(result.scores, timer, study.alignment, result.timing_s)
  return result
end

return outcome
