--- The metrics that `score` knows, as constructors: each returns a metric function and its definition
--- in words, ready for score.register:
---
---     score.register("gauc", score.gauc "equal")
---     score.register("ndcg@10", score.ndcg(10))
local core = require "lis.core"
local check = require "lis.util.check"

local metrics = {}

---@alias lis.MetricFunction fun(scores: lis.Tensor, labels: lis.Tensor, users: lis.Tensor?, n: integer?): any

---@return lis.MetricFunction metric
---@return string definition
function metrics.auc()
  return function(scores, labels, users, n)
    return core.metric.auc(scores, labels, { user = users, users = n })
  end, "chance that an engaged row of the test window outscores another row of it; ties count half"
end

-- The five GAUCs in use: weight of a user, and what becomes of users whose rows are all of one class.
local gauc_definitions = {
  rows = { "rows", "skip", "weighted by the user's rows; users of one class skipped" },
  positives = { "positives", "skip", "weighted by the user's engaged rows; users of one class skipped" },
  equal = { "equal", "skip", "every user alike; users of one class skipped" },
  rows_half = { "rows", "half", "weighted by the user's rows; users of one class count 0.5" },
  equal_half = { "equal", "half", "every user alike; users of one class count 0.5" },
}

--- GAUC under one of its five definitions in use.
---@param definition "rows"|"positives"|"equal"|"rows_half"|"equal_half"
---@return lis.MetricFunction metric
---@return string definition
function metrics.gauc(definition)
  local choices = { "rows", "positives", "equal", "rows_half", "equal_half" }
  check.argument(definition, { type = "string", choices = choices }, "lis.score.gauc", "the definition")
  local weight, one_class, words = table.unpack(gauc_definitions[definition])
  return function(scores, labels, users, n)
    return core.metric.gauc(scores, labels,
      { user = users, users = n, weight = weight, one_class = one_class })
  end, "mean of each user's own AUC, " .. words
end

---@return lis.MetricFunction metric
---@return string definition
function metrics.logloss()
  return function(scores, labels, users, n)
    return core.metric.logloss(scores, labels, { user = users, users = n, input = "logit" })
  end, "mean of -ln of the probability given to what happened, in nats; lower is better"
end

local function at_k(name, k, words)
  check.argument(k, { type = "integer", min = 1 }, "lis.score." .. name, "k")
  return function(scores, labels, users, n)
    return core.metric[name](scores, labels, { user = users, users = n, k = k })
  end, words:format(k) .. "; mean over users with an engaged row, ties averaged over their orders"
end

---@param k integer
---@return lis.MetricFunction metric
---@return string definition
function metrics.ndcg(k)
  return at_k("ndcg", k, "discounted gain of the user's top %d rows over the best possible")
end

---@param k integer
---@return lis.MetricFunction metric
---@return string definition
function metrics.mrr(k)
  return at_k("mrr", k, "1 / rank of the user's first engaged row, 0 past rank %d")
end

---@param k integer
---@return lis.MetricFunction metric
---@return string definition
function metrics.recall(k)
  return at_k("recall", k, "share of the user's engaged rows in the top %d")
end

---@return lis.MetricFunction metric
---@return string definition
function metrics.calibration()
  return function(scores, labels, users, n)
    return core.metric.calibration(scores, labels, { user = users, users = n, input = "logit" })
  end, "sum of predicted probabilities over engaged rows; 1 is calibrated"
end

---@return lis.MetricFunction metric
---@return string definition
function metrics.normalized_entropy()
  return function(scores, labels, users, n)
    return core.metric.normalized_entropy(scores, labels, { user = users, users = n, input = "logit" })
  end, "log loss over that of always answering the engaged share; lower is better"
end

local ratio_options = { higher_is_better = { default = true, type = "boolean" } }

-- f64 figures summed by user; by row where no users are given.
local function by_user(figures, users, n)
  figures = figures:to "f64"
  return users and core.tensor.new("f64", n):scatter_add_(users, figures) or figures
end

--- A metric of your own: value = sum of above / sum of below over the rows. `fn(scores, labels, users, n)`
--- returns both, a figure a row ([rows], any type). A mean over visits, say, has 1 below in one row of each visit and
--- 0 in the others. Users' influence by the delta method, as for GAUC:
---
---     phi_u = (above_u - value below_u) / sum of below
---@param fn fun(scores: lis.Tensor, labels: lis.Tensor, users: lis.Tensor?, n: integer?): lis.Tensor, lis.Tensor
---@param definition string in words
---@param options { higher_is_better: boolean? }?
---@return lis.MetricFunction metric
---@return string definition
function metrics.ratio(fn, definition, options)
  local where = "lis.score.ratio"
  check.argument(fn, { type = "function" }, where, "the figures")
  check.argument(definition, { type = "string" }, where, "the definition")
  options = check.options(options, ratio_options, where)
  return function(scores, labels, users, n)
    local above, below = fn(scores, labels, users, n)
    for i, figures in ipairs { above or false, below or false } do
      if not core.tensor.is(figures) or #figures ~= #scores then
        check.fail(where, "the %s figures of '%s' must be a tensor of %d rows, got %s", i == 1 and "upper" or "lower",
          definition, #scores, core.tensor.is(figures) and #figures .. " rows" or check.show(figures))
      end
    end
    above, below = by_user(above, users, n), by_user(below, users, n)
    local total = below:sum()
    if total == 0 then check.fail(where, "'%s' has 0 below: no row counts", definition) end
    local value = above:sum() / total
    return { value = value, influence = (above - below * value) * (1 / total), definition = definition,
      users = users and #users:unique() or #scores, higher_is_better = options.higher_is_better }
  end, definition
end

return metrics
