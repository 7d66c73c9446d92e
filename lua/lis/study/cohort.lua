--- Cohorts: LIS and AIS on parts of the test window. Arms are scored again on some of their rows; nothing
--- is trained.
--
-- A cohort is a way of cutting the log's rows into groups; a cut is judged by what is known before the test
-- window, but for `covered`, which asks what the leaked pairs reach.
local core = require "lis.core"
local check = require "lis.util.check"
local score = require "lis.score"

local cohort = {}

---@class lis.Cut
---@field label string
---@field rows lis.Tensor u8 [rows of the log]

-- u8 [rows]: low <= value < high.
local function between(values, low, high) return values:ge(low):land(values:lt(high)) end

-- Groups "below a", "a to b", "b and above".
local function bins(values, edges, unit)
  local cuts, low = {}, -math.huge
  for i = 1, #edges + 1 do
    local high = edges[i] or math.huge
    local label = i == 1 and ("below %g%s"):format(high, unit) or i > #edges and ("%g%s and more"):format(low, unit)
      or ("%g to below %g%s"):format(low, high, unit)
    cuts[i] = { label = label, rows = between(values, low, high) }
    low = high
  end
  return cuts
end

local function train_counts(codes, n, study) return codes:take(study.split.train):bincount(n):take(codes) end

--- The cuts by name: fn(study, source) -> cuts.
---@type table<string, fun(study: table, source: lis.Source): lis.Cut[]>
cohort.cuts = {}

--- Impressions of the item in the train rows; cold below 30.
function cohort.cuts.train_count(study)
  return bins(train_counts(study.log.item, study.log.items, study), { 30, 300 }, " train rows")
end

--- Train rows of the user.
function cohort.cuts.user_activity(study)
  return bins(train_counts(study.log.user, study.log.users, study), { 10, 100 }, " train rows")
end

-- Time of each item's first row: rows are in the order of time, and sorting by item keeps that order.
local function first_seen(log)
  local order, counts = log.item:argsort(), log.item:bincount(log.items)
  local first, at = core.tensor.new("i64", log.items), 1
  for item = 1, log.items do
    local rows = math.tointeger(counts[item])
    if rows > 0 then first:set(item, log.time[order[at] + 1]) end
    at = at + rows
  end
  return first
end

--- Days since the item was first seen.
function cohort.cuts.item_age(study)
  local log = study.log
  local age = (log.time:to "f64" - first_seen(log):take(log.item):to "f64") / 86400
  return bins(age, { 1, 7 }, " days")
end

--- Whether a leaked pair reaches the item. Rows that none reaches should show about 0.
function cohort.cuts.covered(study, source)
  local reached = source.crossfit():support():gt(0):take(study.log.item)
  return { { label = "reached by pairs", rows = reached }, { label = "reached by none", rows = reached:lnot() } }
end

--- Weight of the item's leaked pairs, in thirds of the test rows. A table is noisy where it is small.
function cohort.cuts.support(study, source)
  local support = source.crossfit():support():take(study.log.item)
  local tests = support:take(study.split.test)
  local sorted = tests:take(tests:argsort())
  local function third(k) return tonumber(("%.3g"):format(sorted[math.max(1, #sorted * k // 3)])) end
  local low, high = third(1), third(2)
  return bins(support, low < high and { low, high } or { low }, " of weight")
end

--- The item's category, where the log or its simulated world has one; the eight with most test rows.
function cohort.cuts.category(study)
  local log = study.log
  local of_item = log.item_category or log.world and log.world.item_category
  if not of_item then
    error("cohort 'category': the log has no item_category (i32, one code an item); set log.item_category", 0)
  end
  local category = of_item:take(log.item)
  local tests = category:take(study.split.test)
  local counts = tests:bincount(of_item:max() + 1)
  local order, cuts = (counts * -1):argsort(), {}
  for k = 1, math.min(8, #order) do
    local code = order[k]
    if counts[code + 1] > 0 then cuts[#cuts + 1] = { label = "category " .. code, rows = category:eq(code) } end
  end
  return cuts
end

-- AUC with influence of each run of an arm on some test rows.
local function measured(arm, rows, test, users)
  local label, user, results = test.label:take(rows), test.user:take(rows), {}
  for seed, run in ipairs(arm.runs) do
    results[seed] = core.metric.auc(run.logits:take(rows), label, { user = user, users = users })
  end
  return results
end

local function figure_of(arms, lis_source, rows, test, users)
  local function of(source) return arms[source] and measured(arms[source], rows, test, users) end
  local placebo = of "placebo"
  local lis = score.difference(of(lis_source), placebo)
  local table_lis = lis_source == "crossfit" and lis or score.difference(of "crossfit", placebo)
  local figure = { lis = lis.delta, lis_ci = { lis.ci[1], lis.ci[2] }, p = lis.p, ais = {}, ais_ci = {},
    table = table_lis.delta, table_ci = { table_lis.ci[1], table_lis.ci[2] },
    base = score.arm(of "base").value, history = score.difference(of "history", placebo).delta }
  for source in pairs(arms) do
    local name = source:match "^encoder:(.*)$"
    if name then
      local ais = score.difference(of(source), placebo)
      figure.ais[name], figure.ais_ci[name] = ais.delta, { ais.ci[1], ais.ci[2] }
    end
  end
  return figure
end

-- Why a group cannot be scored, or nil.
local function refusal(rows, test)
  if #rows == 0 then return "no test row" end
  local positive = test.label:take(rows):count()
  if positive == 0 or positive == #rows then return "one class only" end
  if #test.user:take(rows):unique() < 2 then return "one user only" end
end

-- Arms of one preference data set by source, with the base.
local function arms_by_source(arms, key)
  local found = {}
  for _, arm in ipairs(arms) do
    if arm.preference == key or arm.source == "base" then found[arm.source] = arm end
  end
  return found
end

local function cuts_of(study, cut, source)
  if type(cut) == "string" then
    check.argument(cut, { choices = { "train_count", "item_age", "user_activity", "category", "covered", "support" } },
      "lis.study", "a cohort")
    return cut, cohort.cuts[cut](study, source)
  end
  return cut.name, cut.groups(study, source)
end

--- Groups of test rows for each preference data set and cohort: rows are codes into the test rows.
---@param study table with option cohorts = { "train_count", { name =, groups = fn }, ... }
---@param sources table<string, lis.Source>
---@return table[] { preference, cohort, group, rows }
function cohort.groups(study, sources)
  local groups, keys = {}, {}
  for key in pairs(sources) do keys[#keys + 1] = key end
  table.sort(keys)
  for _, key in ipairs(keys) do
    for _, wanted in ipairs(study.cohorts) do
      local name, cuts = cuts_of(study, wanted, sources[key])
      for _, cut in ipairs(cuts) do
        groups[#groups + 1] = { preference = key, cohort = name, group = cut.label,
          rows = cut.rows:take(study.split.test):nonzero() }
      end
    end
  end
  return groups
end

--- LIS (of the arm that is the headline's) and AIS of each group, net of the placebo, with Holm's adjusted p
--- over all groups.
---@param groups table[] of cohort.groups
---@param arms lis.Arm[] with their runs
---@param test { label: lis.Tensor, user: lis.Tensor }
---@param users integer
---@param scores table[] of headline.of
---@return table[]
function cohort.figures(groups, arms, test, users, scores)
  local figures, pvalues, lis_source = {}, {}, {}
  for _, row in ipairs(scores) do lis_source[row.preference] = row.lis_source end
  for i, group in ipairs(groups) do
    local refused = refusal(group.rows, test)
    local figure = refused and { refused = refused }
      or figure_of(arms_by_source(arms, group.preference), lis_source[group.preference], group.rows, test, users)
    figure.preference, figure.cohort, figure.group = group.preference, group.cohort, group.group
    figure.rows, figure.rows_key = #group.rows, group.rows:hash()
    if figure.p and figure.p == figure.p then pvalues[i] = figure.p end
    figures[i] = figure
  end
  for i, p in pairs(score.holm(pvalues)) do figures[i].p_holm = p end
  return figures
end

return cohort
