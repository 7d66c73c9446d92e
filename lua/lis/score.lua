--- Stage 8, score: metrics of an arm, differences of arms, and how sure they are.
--
-- Every metric answers with a value and an influence: how much each user moved it. Influences add,
-- so the variance of any combination of arms scored on the same rows, clustered by user, is
-- K/(K-1) * sum of squares of the combined influence. Training chance is measured apart, over seeds.
-- An interval joins both; docs/metrics.md has the formulas.
local core = require "lis.core"
local check = require "lis.util.check"
local kendall = require "lis.util.kendall"
local metrics = require "lis.util.metrics"
local trend = require "lis.util.trend"

local score = {}

---@class lis.Metric one metric of one run
---@field value number
---@field influence lis.Tensor f64 [users], or [rows] where no users are given
---@field users integer K: users that took part
---@field definition string in words, to be printed with the number
---@field higher_is_better boolean

---@class lis.Contrast a difference or any linear combination of arms, over seeds
---@field delta number mean over seeds
---@field seeds number[] the difference at each seed
---@field ci number[] {low, high}: rows and seeds together
---@field p number two-sided, against 0
---@field se number
---@field dof number
---@field row_variance number of the mean: which users were in the test window
---@field seed_variance number of one seed: how training fell out (0 with one seed)
---@field row_se number square root of row_variance
---@field seed_se number square root of seed_variance / number of seeds
---@field influence lis.Tensor mean over seeds
---@field users integer
---@field higher_is_better boolean
---@field definition string

---@class lis.ArmScore: lis.Contrast an arm on its own: also `value`, the mean over seeds
---@field value number

-- 1. Metrics of one run ------------------------------------------------------------------------

--- Metrics by name: what a study measures of each arm. Scores are a ranker's raw outputs (logits); add your
--- own with score.register.
---@type table<string, lis.MetricFunction>
score.metrics = {}

local definitions = {}

--- Adds a metric to every study that follows, or replaces one. `scores` are f32 logits, `labels` u8, `users` i32
--- codes, all of the test rows in the order of split.test; score.ratio and score.gauc make such functions.
---@param name string
---@param fn lis.MetricFunction
---@param definition string what it measures, in words
function score.register(name, fn, definition)
  check.argument(name, { type = "string" }, "lis.score.register", "name")
  check.argument(fn, { type = "function" }, "lis.score.register", "the metric")
  check.argument(definition, { type = "string" }, "lis.score.register", "the definition")
  score.metrics[name], definitions[name] = fn, definition
end

-- Constructors of the metrics that come with lisrun: score.gauc "equal", score.ndcg(10), ...
for name, make in pairs(metrics) do score[name] = make end

score.register("auc", score.auc())
score.register("gauc", score.gauc "rows")
score.register("logloss", score.logloss())

--- Names of the registered metrics: AUC, GAUC and log loss, then those of your own by name.
---@return string[]
function score.names()
  local names, own = { "auc", "gauc", "logloss" }, {}
  for name in pairs(score.metrics) do
    if not (name == "auc" or name == "gauc" or name == "logloss") then own[#own + 1] = name end
  end
  table.sort(own)
  return table.move(own, 1, #own, #names + 1, names)
end

--- The definition of each metric, in words.
---@return table<string, string>
function score.definitions()
  local copy = {}
  for name, text in pairs(definitions) do copy[name] = text end
  return copy
end

--- Every registered metric of one run.
---@param scores lis.Tensor f32 logits
---@param labels lis.Tensor u8
---@param users lis.Tensor? i32 codes
---@param n_users integer?
---@return table<string, lis.Metric>
function score.rows(scores, labels, users, n_users)
  local results = {}
  for name, metric in pairs(score.metrics) do results[name] = metric(scores, labels, users, n_users) end
  return results
end

-- 2. Over seeds ----------------------------------------------------------------------------------

local function mean_of(values)
  local sum = 0
  for _, value in ipairs(values) do sum = sum + value end
  return sum / #values
end

-- Sample covariance of two lists of seeds, n - 1 below; 0 with one seed.
local function seed_covariance(a, b)
  if #a < 2 then return 0 end
  local mean_a, mean_b, sum = mean_of(a), mean_of(b), 0
  for i = 1, #a do sum = sum + (a[i] - mean_a) * (b[i] - mean_b) end
  return sum / (#a - 1)
end

-- Variances and the interval of a mean over seeds.
local function finish(result, level)
  result.row_variance = core.metric.covariance(result.influence, result.influence, result.users)
  result.seed_variance = seed_covariance(result.seeds, result.seeds)
  result.row_se = math.sqrt(result.row_variance)
  result.seed_se = math.sqrt(result.seed_variance / #result.seeds)
  local interval = core.metric.ci_combine(result.delta, {
    row_variance = result.row_variance, users = result.users,
    seed_variance = result.seed_variance, seeds = #result.seeds, level = level,
  })
  result.se, result.dof, result.ci, result.p = interval.se, interval.dof, interval.ci, interval.p
  return result
end

local level_option = { level = { default = 0.95, above = 0, below = 1 } }

-- Values and mean influence of a list of one metric's results, a result a seed.
local function gather(results, where)
  check.argument(results, { type = "table" }, where, "the results")
  if #results == 0 then check.fail(where, "wants the metric's result at each seed, got an empty list") end
  local arm = { seeds = {}, users = results[1].users, influence = results[1].influence:copy(),
    definition = results[1].definition, higher_is_better = results[1].higher_is_better }
  for seed, result in ipairs(results) do
    if #result.influence ~= #arm.influence then
      check.fail(where, "seed %d was scored on %d users and seed 1 on %d; score every seed on the same rows",
        seed, #result.influence, #arm.influence)
    end
    arm.seeds[seed] = result.value
    if seed > 1 then arm.influence:add_(result.influence) end
  end
  arm.influence:mul_(1 / #results)
  arm.delta = mean_of(arm.seeds)
  arm.value = arm.delta
  return arm
end

-- An arm or contrast as it is; a list of results gathered.
local function as_arm(x, where)
  if type(x) == "table" and x.influence and x.seeds then return x end
  return gather(x, where)
end

--- One arm over its seeds: the mean and how sure it is.
---@param results lis.Metric[] the same metric at each seed
---@param options { level: number? }?
---@return lis.ArmScore
function score.arm(results, options)
  options = check.options(options, level_option, "lis.score.arm")
  return finish(gather(results, "lis.score.arm"), options.level)
end

local function add_term(sum, coefficient, arm, where)
  if #arm.seeds ~= #sum.seeds then
    check.fail(where, "one arm has %d seeds and another %d; arms are compared seed by seed: run them on "
      .. "the same seeds", #sum.seeds, #arm.seeds)
  end
  if #arm.influence ~= #sum.influence then
    check.fail(where, "one arm was scored on %d users and another on %d; arms are compared on the same "
      .. "test rows", #sum.influence, #arm.influence)
  end
  sum.influence:add_(arm.influence, coefficient)
  sum.users = math.max(sum.users, arm.users)
  for seed, value in ipairs(arm.seeds) do sum.seeds[seed] = sum.seeds[seed] + coefficient * value end
end

--- A linear combination of arms, paired over rows and seeds:
---
---     score.contrast{ { 1, crossfit }, { -1, placebo } }
---@param terms { [1]: number, [2]: lis.Metric[]|lis.ArmScore|lis.Contrast }[]
---@param options { level: number? }?
---@return lis.Contrast
function score.contrast(terms, options)
  local where = "lis.score.contrast"
  options = check.options(options, level_option, where)
  if #terms == 0 then check.fail(where, "wants { {coefficient, arm}, ... }, got an empty list") end
  local sum
  for _, term in ipairs(terms) do
    local coefficient = check.argument(term[1], { type = "number" }, where, "a coefficient")
    local arm = as_arm(term[2], where)
    if not sum then
      sum = { seeds = {}, influence = core.tensor.new("f64", #arm.influence), users = 0,
        definition = arm.definition, higher_is_better = arm.higher_is_better }
      for seed = 1, #arm.seeds do sum.seeds[seed] = 0 end
    end
    add_term(sum, coefficient, arm, where)
  end
  sum.delta = mean_of(sum.seeds)
  return finish(sum, options.level)
end

--- An arm against the base, paired over rows and seeds.
---@param results lis.Metric[]|lis.ArmScore
---@param base lis.Metric[]|lis.ArmScore
---@param options { level: number? }?
---@return lis.Contrast
function score.difference(results, base, options)
  return score.contrast({ { 1, results }, { -1, base } }, options)
end

-- 3. Attainment --------------------------------------------------------------------------------

-- Row and seed parts of Cov(a, b) of two means over the same seeds.
local function covariance_parts(a, b)
  return core.metric.covariance(a.influence, b.influence, math.max(a.users, b.users)),
    seed_covariance(a.seeds, b.seeds) / #a.seeds
end

-- Degrees of freedom of a - ratio * b by Welch and Satterthwaite, from its row and seed parts.
local function ratio_dof(ratio, rows, seeds, users, n_seeds)
  local row = rows.aa - 2 * ratio * rows.ab + ratio * ratio * rows.bb
  local seed = seeds.aa - 2 * ratio * seeds.ab + ratio * ratio * seeds.bb
  local spread = row * row / (users - 1)
  if n_seeds > 1 then spread = spread + seed * seed / (n_seeds - 1) end
  return spread > 0 and (row + seed) ^ 2 / spread or math.huge
end

---@class lis.Attainment
---@field value number AIS / LIS
---@field ci number[] {low, high}
---@field dof number

--- AIS / LIS with Fieller's interval (1954), from the influences and seeds of both. Refused, nil and
--- the reason, where LIS is not clearly above 0: a ratio to nothing has no meaning.
---@param ais lis.Contrast
---@param lis lis.Contrast
---@param options { level: number? }?
---@return lis.Attainment? attainment
---@return string? reason
function score.attainment(ais, lis, options)
  options = check.options(options, level_option, "lis.score.attainment")
  if #ais.seeds ~= #lis.seeds or #ais.influence ~= #lis.influence then
    check.fail("lis.score.attainment", "AIS and LIS are of different seeds or test rows (%d and %d seeds, %d "
      .. "and %d users)", #ais.seeds, #lis.seeds, #ais.influence, #lis.influence)
  end
  if lis.ci[1] <= 0 then
    return nil, ("LIS is %+.4f [%+.4f, %+.4f], not clearly above 0: no share of it can be attained"):format(
      lis.delta, lis.ci[1], lis.ci[2])
  end
  local rows, seeds = {}, {}
  rows.aa, seeds.aa = covariance_parts(ais, ais)
  rows.ab, seeds.ab = covariance_parts(ais, lis)
  rows.bb, seeds.bb = covariance_parts(lis, lis)
  local aa, ab, bb = rows.aa + seeds.aa, rows.ab + seeds.ab, rows.bb + seeds.bb
  local ratio = ais.delta / lis.delta
  local dof = ratio_dof(ratio, rows, seeds, lis.users, #lis.seeds)
  local t = core.metric.t_quantile(0.5 + options.level / 2, dof)
  local g = t * t * bb / (lis.delta * lis.delta)
  if g >= 1 then
    return nil, ("LIS is %+.4f with standard error %.4f: too few seeds for a bounded ratio; add some"):format(
      lis.delta, lis.se)
  end
  -- The roots of (ais - r lis)^2 = t^2 (aa - 2 r ab + r^2 bb), around their common centre.
  local centre = (ratio - t * t * ab / (lis.delta * lis.delta)) / (1 - g)
  local constant = (ratio * ratio - t * t * aa / (lis.delta * lis.delta)) / (1 - g)
  local reach = math.sqrt(math.max(0, centre * centre - constant))
  return { value = ratio, ci = { centre - reach, centre + reach }, dof = dof }
end

--- Interval of bootstrap replicates (core.metric.bootstrap, bootstrap_auc) by percentiles. Replicates
--- of two arms with one seed are paired: subtract them first.
---@param replicates lis.Tensor f64
---@param options { level: number? }?
---@return { ci: number[], se: number }
function score.bootstrap_interval(replicates, options)
  options = check.options(options, level_option, "lis.score.bootstrap_interval")
  local n = #replicates
  local sorted = replicates:take(replicates:argsort())
  local function percentile(p) -- linear between order statistics, as NumPy's default
    local at = 1 + p * (n - 1)
    local below = math.floor(at)
    local low, high = sorted:get(below), sorted:get(math.min(n, below + 1))
    return low + (at - below) * (high - low)
  end
  local tail = (1 - options.level) / 2
  return { ci = { percentile(tail), percentile(1 - tail) }, se = math.sqrt(replicates:variance()) }
end

-- 4. Several data sets, and planning -----------------------------------------------------------

--- Holm's adjusted p-values (1979): reject where the adjusted one is below alpha, and the chance of
--- any false rejection stays below alpha whatever the dependence. Keys are kept.
---@param pvalues table<any, number>
---@return table<any, number>
function score.holm(pvalues)
  local order = {}
  for key, p in pairs(pvalues) do
    check.argument(p, { type = "number", min = 0, max = 1 }, "lis.score.holm", "p-value " .. tostring(key))
    order[#order + 1] = key
  end
  table.sort(order, function(a, b) return pvalues[a] < pvalues[b] end)
  local adjusted, highest = {}, 0
  for rank, key in ipairs(order) do
    highest = math.max(highest, math.min(1, (#order - rank + 1) * pvalues[key]))
    adjusted[key] = highest
  end
  return adjusted
end

--- Kendall's tau-b of two scores of the same data sets, say LIS and AIS. With fewer than 8 sets the
--- result carries a note that says so.
---@param a number[]
---@param b number[]
---@param options { level: number? }?
---@return lis.Kendall
function score.kendall(a, b, options)
  options = check.options(options, level_option, "lis.score.kendall")
  if #a ~= #b or #a < 2 then
    check.fail("lis.score.kendall", "wants two lists of one length, at least 2; got %d and %d", #a, #b)
  end
  return kendall.of(a, b, options.level)
end

--- A line through figures over time, and the time in which they halve: lua/lis/util/trend.lua.
score.trend, score.half_life = trend.line, trend.half_life

local power_options = {
  power = { default = 0.8, above = 0, below = 1 },
  level = { default = 0.95, above = 0, below = 1 },
  users = { type = "integer", min = 2 },
  correlation = { type = "number", min = -1, max = 1 },
}

local function standard_error(x, options)
  if type(x) == "number" then return x end
  if type(x) == "table" and x.se then return x.se end
  if options.users then return math.sqrt(core.metric.covariance(x, x, options.users)) end
  check.fail("lis.score.power", "wants a standard error, a result that has one, or an influence with option "
    .. "'users' (how many took part)")
end

--- The smallest true difference that this test window finds with the given power (two-sided test):
--- (z(0.5 + level/2) + z(power)) * se. Of a single arm, before any other has run, say how alike two
--- arms' influences will be: se becomes se * sqrt(2 (1 - correlation)).
---@param x number|lis.Contrast|lis.Metric|lis.Tensor standard error, a result, or an influence
---@param options { power: number?, level: number?, users: integer?, correlation: number? }?
---@return number
function score.power(x, options)
  options = check.options(options, power_options, "lis.score.power")
  local se = standard_error(x, options)
  if options.correlation then se = se * math.sqrt(2 * (1 - options.correlation)) end
  local z = core.metric.normal_quantile
  return (z(0.5 + options.level / 2) + z(options.power)) * se
end

return score
