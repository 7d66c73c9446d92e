--- What a study found: arms with intervals, scores per preference data set, guards.
local core = require "lis.core"
local guard = require "lis.study.guard"
local score = require "lis.score"
local verdict = require "lis.verdict"

local outcome = {}

local metrics = { "auc", "gauc", "logloss" }

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
  for _, metric in ipairs(metrics) do
    for _, arm in ipairs(arms) do rows[#rows + 1] = arm_row(arm, arms[1], metric) end
  end
  return rows
end

local function find(arms, preference, source)
  for _, arm in ipairs(arms) do
    if arm.preference == preference and arm.source == source then return per_seed(arm, "auc") end
  end
end

-- a - b, paired over rows and seeds.
local function contrast(a, b) return score.contrast { { 1, a }, { -1, b } } end

-- LIS, AIS and attainment of one preference data set, all net of its placebo: the placebo fills the same
-- slot with the same graph, so what it costs or gains is not information.
local function score_of(arms, key, encoders, card)
  local placebo = find(arms, key, "placebo")
  local base = find(arms, nil, "base")
  local lis = contrast(find(arms, key, "crossfit"), placebo)
  local row = {
    preference = key, card = card,
    lis = lis.delta, lis_ci = { lis.ci[1], lis.ci[2] },
    lis_naive = contrast(find(arms, key, "naive"), placebo).delta,
    history = contrast(find(arms, key, "history"), placebo).delta,
    placebo = score.difference(placebo, base).delta,
    ais = {}, ais_ci = {}, attainment = {}, attainment_ci = {}, attainment_refused = {},
  }
  for name in pairs(encoders) do
    local ais = contrast(find(arms, key, "encoder:" .. name), placebo)
    row.ais[name], row.ais_ci[name] = ais.delta, { ais.ci[1], ais.ci[2] }
    local attainment, why = score.attainment(ais, lis)
    if attainment then
      row.attainment[name], row.attainment_ci[name] = attainment.value, attainment.ci
    else
      row.attainment_refused[name] = why
    end
  end
  return row
end

local function data_of(study, test)
  local log, split = study.log, study.split
  local data = {
    name = log.name, hash = log.hash, rows = log.rows, users = log.users, items = log.items,
    positive_rate = log:positive_rate(), days = log:days(),
    train_rows = #split.train, test_rows = #split.test,
    train_from = split.train_from, test_from = split.test_from, test_to = split.test_to,
  }
  if log.world then
    data.bayes_auc = core.metric.auc(log.world.probability:take(split.test), test.label).value
  end
  return data
end

local function settings_of(study)
  local preferences = {}
  for key, preference in pairs(study.preferences) do
    preferences[key] = { constructor = preference.name, options = preference.settings }
  end
  return {
    ranker = { name = study.ranker.name, options = study.ranker.settings },
    channel = { name = study.channel.name, options = study.channel.settings },
    preferences = preferences, table = study.table, encoder = study.encoder, seeds = study.seeds,
    folds = study.folds, width = study.width, threads = core.base.threads(), options = study.options,
  }
end

-- Seconds by stage and by arm; what one more arm costs beside a base fit.
local function timing_of(arms, seconds)
  local timing = { arms = {} }
  for stage, value in pairs(seconds) do timing[stage] = value end
  local others = 0
  for i, arm in ipairs(arms) do
    timing.arms[i] = { preference = arm.preference, source = arm.source, seconds = arm.seconds }
    if i > 1 then others = others + arm.seconds end
  end
  timing.base_arm = arms[1].seconds
  timing.marginal_arm = #arms > 1 and others / (#arms - 1) or 0
  return timing
end

--- The whole result, ready for `report`.
---@param study lis.Study
---@param arms lis.Arm[] trained
---@param cards table preference key -> artefact card
---@param test { label: lis.Tensor, user: lis.Tensor }
---@param seconds table stage -> wall seconds
---@return table
function outcome.of(study, arms, cards, test, seconds)
  local result = {
    name = study.name, version = core.base.version, data = data_of(study, test), settings = settings_of(study),
    arms = arm_rows(arms), scores = {}, curves = {}, timing_s = timing_of(arms, seconds),
    definitions = score.definitions(),
  }
  for key in pairs(study.preferences) do
    result.scores[#result.scores + 1] = score_of(arms, key, study.encoders, cards[key])
  end
  table.sort(result.scores, function(a, b) return a.lis > b.lis end)
  for i, arm in ipairs(arms) do
    result.curves[i] = { preference = arm.preference, source = arm.source, auc = arm.curves }
  end
  result.guards = guard.all(result)
  result.verdict = verdict.of(result)
  return result
end

return outcome
