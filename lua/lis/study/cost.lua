--- What a study cost, beside an estimate of what it stands in for: aligning an MLLM on the same pairs.
--
-- FLOPs of one pass of training = 6 x parameters x tokens (Kaplan et al. 2020: 2 forward, 4 backward), tokens =
-- pairs x tokens per pair; GPU-hours = FLOPs / (peak x utilisation) / 3600. The defaults are ours: 7e9 parameters,
-- 1024 tokens a pair (two items of 512), 0.4 of 312 TFLOP/s (NVIDIA A100, bf16 dense). Images count as their tokens.
local check = require "lis.util.check"
local text = require "lis.util.text"

local cost = {}

local spec = {
  parameters = { default = 7e9, type = "number", above = 0 },
  tokens_per_pair = { default = 1024, type = "number", above = 0 },
  passes = { default = 1, type = "number", above = 0 },
  utilisation = { default = 0.4, type = "number", above = 0, max = 1 },
  peak_flops = { default = 312e12, type = "number", above = 0 },
}

--- Checks the option `alignment` of lis.study and fills in the defaults.
---@param given table?
---@return table
function cost.alignment(given) return check.options(given, spec, "lis.study: alignment") end

local function estimate(row, a)
  local pairs_of = row.card.pairs
  local flops = 6 * a.parameters * pairs_of * a.tokens_per_pair * a.passes
  return { preference = row.preference, pairs = pairs_of, flops = flops,
    gpu_hours = flops / (a.peak_flops * a.utilisation) / 3600 }
end

local function line_of(result)
  local a, stages = result.assumed, {}
  for stage, seconds in pairs(result.cpu_s) do
    if stage ~= "total" then stages[#stages + 1] = { stage, seconds } end
  end
  table.sort(stages, function(x, y)
    if x[2] ~= y[2] then return x[2] > y[2] end
    return x[1] < y[1]
  end)
  for i, stage in ipairs(stages) do stages[i] = ("%s %.1f"):format(stage[1], stage[2]) end
  local most = result.alignment[1]
  for _, one in ipairs(result.alignment) do
    if one.flops > most.flops then most = one end
  end
  return ("Cost: %.1f CPU-seconds (%s). Estimate for aligning an MLLM on the %s pairs of %s instead: 6 x %.3g "
    .. "parameters x %.3g tokens "
    .. "= %.3g FLOPs, about %.3g GPU-hours at %.0f %% of %.0f TFLOP/s."):format(result.cpu_s.total,
    table.concat(stages, ", "), text.count(most.pairs), most.preference, a.parameters,
    most.pairs * a.tokens_per_pair * a.passes, most.flops, most.gpu_hours, 100 * a.utilisation, a.peak_flops / 1e12)
end

--- CPU-seconds by stage and the estimate for each preference data set, as results.json keeps them.
---@param scores table[] with cards
---@param timer lis.Clock
---@param alignment table? parameters, tokens_per_pair, passes, utilisation, peak_flops
---@return table { cpu_s, assumed, formula, alignment, line }
function cost.of(scores, timer, alignment)
  local _, cpu = timer:total()
  local result = { cpu_s = { total = cpu }, assumed = cost.alignment(alignment), alignment = {},
    formula = "gpu_hours = 6 * parameters * pairs * tokens_per_pair * passes / (peak_flops * utilisation) / 3600" }
  for stage, seconds in pairs(timer.cpu) do result.cpu_s[stage] = seconds end
  for i, row in ipairs(scores) do result.alignment[i] = estimate(row, result.assumed) end
  result.line = line_of(result)
  return result
end

return cost
