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

-- Mean change of the base's test AUC over its last epoch; 0 with one epoch, where nothing can be said.
local function last_epoch_gain(curves)
  local gain = 0
  for _, curve in ipairs(curves) do gain = gain + curve[#curve] - (curve[#curve - 1] or curve[#curve]) end
  return gain / #curves
end

local by_source = {
  aa = { "A/A", -0.004, 0.004, "the same arm at other seeds differs: the seeds alone move the result this much" },
  noise = { "noise vectors", -math.huge, 0.005, "random vectors gain: extra width, not information, is rewarded" },
  placebo = { "placebo", -0.005, 0.005,
    "a relabelled pair graph gains or costs: what the channel does without information" },
}

--- Every guard of a result, in the order in which a reader should worry.
---@param result table
---@return lis.Guard[]
function guard.all(result)
  local rows = auc_rows(result)
  local base = rows[1]
  local guards = {
    check("base range over seeds", range(base.seeds), 0, 0.006,
      "the base is not settled: differences of this size are luck"),
    check("base converged (last epoch)", last_epoch_gain(result.curves[1].auc), -0.004, 0.002,
      "the base is still learning or overfitting: an unconverged base flatters every arm"),
  }
  local best, oracle = -math.huge, nil
  for _, row in ipairs(rows) do
    local band = by_source[row.source]
    if band then
      local name = band[1] .. (row.preference and " (" .. row.preference .. ")" or "")
      guards[#guards + 1] = check(name, row.delta, band[2], band[3], band[4])
    end
    if row.source == "oracle" then oracle = row.delta else best = math.max(best, row.delta) end
  end
  if oracle then
    guards[#guards + 1] = check("oracle above every other arm", oracle - best, 0, math.huge,
      "an arm beats the true factors: it knows the answers (self-leakage)")
  end
  return guards
end

return guard
