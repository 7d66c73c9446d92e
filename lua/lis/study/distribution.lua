--- How an arm's probabilities are spread over the test rows of either label, and how well they are
--- calibrated. Seeds are pooled: every row counts once a seed.
local core = require "lis.core"

local distribution = {}

--- Bins of equal width over 0 to 1 for the spread; bins of near-equal size for the calibration (our choice).
distribution.bins, distribution.calibration_bins = 25, 10

local function counts_of(probability, wanted)
  local last = distribution.bins - 1
  local code = (probability:take(wanted:nonzero()) * distribution.bins):clamp(0, last):to "i32"
  local counts = core.base.json_array()
  for i, count in ipairs(code:bincount(distribution.bins):totable()) do counts[i] = math.tointeger(count) end
  return counts
end

local function of_arm(arm, label)
  local logits, labels = {}, {}
  for seed, run in ipairs(arm.runs) do logits[seed], labels[seed] = run.logits, label end
  logits, labels = core.tensor.concat(logits, 1), core.tensor.concat(labels, 1)
  local probability = logits:sigmoid()
  local calibration = core.metric.reliability(logits, labels, { bins = distribution.calibration_bins, input = "logit" })
  return {
    preference = arm.preference, source = arm.source, calibration_error = calibration.error,
    calibration = calibration.bins, positives = counts_of(probability, labels:gt(0)),
    negatives = counts_of(probability, labels:eq(0)),
  }
end

--- The distribution of each arm, in the order of the arms.
---@param arms lis.Arm[] with their runs
---@param test { label: lis.Tensor }
---@return table[] { preference, source, positives, negatives, calibration, calibration_error }
function distribution.of(arms, test)
  local rows = {}
  for i, arm in ipairs(arms) do rows[i] = of_arm(arm, test.label) end
  return rows
end

return distribution
