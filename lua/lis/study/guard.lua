--- Guards: checks that a study runs on itself, each with the figure that it judged.
local guard = {}

---@class lis.Guard
---@field name string
---@field pass boolean
---@field value number
---@field expected string
---@field meaning string what it would mean if it failed

local function check(name, value, low, high, meaning)
  return { name = name, value = value, pass = value >= low and value <= high, meaning = meaning,
    expected = ("%s to %s"):format(low == -math.huge and "any" or ("%+.4f"):format(low),
      high == math.huge and "any" or ("%+.4f"):format(high)) }
end

local function auc_rows(result)
  local rows = {}
  for _, row in ipairs(result.arms) do
    if row.metric == "auc" then rows[#rows + 1] = row end
  end
  return rows
end

local function range(values)
  return math.max(table.unpack(values)) - math.min(table.unpack(values))
end

-- Mean change of the base's test AUC over its last epoch; 0 with one epoch, where nothing can be said. Where early
-- stopping chose an earlier one, what the epoch after it would have gained: what it would have lost was not kept.
local function last_epoch_gain(curves)
  local gain = 0
  for seed, curve in ipairs(curves.auc) do
    local chosen = curves.stopped_at and curves.stopped_at[seed] or #curve
    if chosen < #curve then
      gain = gain + math.max(0, curve[chosen + 1] - curve[chosen])
    else
      gain = gain + curve[#curve] - (curve[#curve - 1] or curve[#curve])
    end
  end
  return gain / #curves.auc
end

-- Bands around 0 (our choice): what seeds and capacity moved the controls by in the studies of docs.
local by_source = {
  aa = { "A/A", -0.004, 0.004, "the same arm at other seeds differs: the seeds alone move the result this much" },
  noise = { "noise vectors", -math.huge, 0.005, "random vectors gain: extra width, not information, is rewarded" },
  placebo = { "placebo", -0.005, 0.005,
    "a relabelled pair graph gains or costs: what the channel does without information" },
  ["popularity:past"] = { "popularity, past", -0.01, 0.01,
    "past engagement counts change the ranker: its item ids have not learnt what is popular" },
}

local function best(rows, source)
  local found = -math.huge
  for _, row in ipairs(rows) do
    if row.source == source then found = math.max(found, row.delta) end
  end
  return found
end

-- Guards of a row against the leaked tables: a scalar, the content or the past should not do what they do.
local function against_leak(rows, row, crossfit, naive)
  if row.source == "popularity:future" then
    return check("future popularity less the leaked table", row.delta - math.max(crossfit, 0), -math.huge, 0.002,
      "a scalar does as well as the pairs: the gain is trend, not taste")
  elseif row.source:match "^raw:" then
    return check("raw content (" .. row.source:sub(5) .. ")", row.delta, -0.02, math.max(naive, 0) + 0.005,
      "content alone beats every pair: align on it, or look at what the pairs miss")
  elseif row.source == "history" then
    local leaked
    for _, other in ipairs(rows) do
      if other.preference == row.preference and other.source == "crossfit" then leaked = other.delta end
    end
    return check("past window less the leaked one (" .. row.preference .. ")", row.delta - leaked, -math.huge, 0.005,
      "the past says more than past and test window together: the leaked table is the noisier one")
  end
end

-- Guards of the curves and cohorts, where there are any.
local function of_parts(result)
  local guards = {}
  for _, curve in ipairs(result.dose or {}) do
    local name = "dose response of " .. curve.preference .. ", largest fall"
    guards[#guards + 1] = check(name, curve.largest_fall, 0, 0.003,
      "more of the pairs did less: the gain is not the pairs'")
  end
  for _, row in ipairs(result.cohorts or {}) do
    if row.cohort == "covered" and row.group == "reached by none" and row.table then
      local sure = row.table_ci[1] > 0 or row.table_ci[2] < 0
      guards[#guards + 1] = check("rows no pair reaches (" .. row.preference .. ")", sure and row.table or 0,
        -0.01, 0.01,
        "rows without evidence change: the channel moves them by something other than their pairs")
    end
  end
  return guards
end

--- Every guard of a result, in the order in which a reader should worry.
---@param result table
---@return lis.Guard[]
function guard.all(result)
  local rows = auc_rows(result)
  local base = rows[1]
  local guards = {
    check("base range over seeds", range(base.seeds), 0, 0.006,
      "the base is not settled: differences of this size are luck"),
    check("base converged (last epoch)", last_epoch_gain(result.curves[1]), -0.004, 0.002,
      "the base is still learning or overfitting: an unconverged base flatters every arm"),
  }
  local crossfit, naive = best(rows, "crossfit"), best(rows, "naive")
  local highest, oracle = -math.huge, nil
  for _, row in ipairs(rows) do
    local band = by_source[row.source]
    if band then
      local name = band[1] .. (row.preference and " (" .. row.preference .. ")" or "")
      guards[#guards + 1] = check(name, row.delta, band[2], band[3], band[4])
    end
    guards[#guards + 1] = against_leak(rows, row, crossfit, naive)
    if row.source == "oracle" then oracle = row.delta else highest = math.max(highest, row.delta) end
  end
  if oracle then
    guards[#guards + 1] = check("oracle above every other arm", oracle - highest, 0, math.huge,
      "an arm beats the true factors: it knows the answers (self-leakage)")
  end
  local parts = of_parts(result)
  return table.move(parts, 1, #parts, #guards + 1, guards)
end

return guard
