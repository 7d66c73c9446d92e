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

-- CPU seconds of one arm at one seed: to make its inputs (vectors and blocks, once for all seeds), to fit it.
-- nil where all its runs came from the store.
local function seed_cost(arm)
  local fit, runs = 0, 0
  for _, run in ipairs(arm.runs) do
    if run.cpu then fit, runs = fit + run.cpu, runs + 1 end
  end
  if runs > 0 then return (arm.inputs_cpu or 0) / runs, fit / runs end
end

--- What one more arm costs beside a base fit: CPU seconds at one seed, means over the arms with a channel. Pairs
--- that several arms share are counted at the first. Empty where the base or all arms came from the store.
---@param arms lis.Arm[] with their runs, the base first
---@return { base_fit: number?, arm_inputs: number?, arm_fit: number?, arm_marginal: number?, marginal_ratio: number? }
function cost.marginal(arms)
  local _, base_fit = seed_cost(arms[1])
  local inputs, fit, count = 0, 0, 0
  for _, arm in ipairs(arms) do
    local of_inputs, of_fit = seed_cost(arm)
    if arm.vectors and of_fit then inputs, fit, count = inputs + of_inputs, fit + of_fit, count + 1 end
  end
  if not base_fit or count == 0 then return {} end
  inputs, fit = inputs / count, fit / count
  return { base_fit = base_fit, arm_inputs = inputs, arm_fit = fit, arm_marginal = inputs + fit,
    marginal_ratio = (inputs + fit) / base_fit }
end

local function estimate(row, a)
  local pairs_of = row.card.pairs
  local flops = 6 * a.parameters * pairs_of * a.tokens_per_pair * a.passes
  return { preference = row.preference, pairs = pairs_of, flops = flops,
    gpu_hours = flops / (a.peak_flops * a.utilisation) / 3600 }
end

-- "22.4 CPU-seconds (train 19.0, inject 1.5)", the dearest stage first.
local function spent(cpu_s)
  local stages = {}
  for stage, seconds in pairs(cpu_s) do
    if stage ~= "total" then stages[#stages + 1] = { stage, seconds } end
  end
  table.sort(stages, function(x, y)
    if x[2] ~= y[2] then return x[2] > y[2] end
    return x[1] < y[1]
  end)
  for i, stage in ipairs(stages) do stages[i] = ("%s %.1f"):format(stage[1], stage[2]) end
  return ("%.1f CPU-seconds (%s)"):format(cpu_s.total, table.concat(stages, ", "))
end

local function most_of(alignment)
  local most = alignment[1]
  for _, one in ipairs(alignment) do
    if one.flops > most.flops then most = one end
  end
  return most
end

-- "At each seed a base fit takes 0.65 CPU-seconds, one more arm 0.20 (training 0.13, inputs 0.07): 0.31 of it."
local function marginal_line(timing)
  if not timing.marginal_ratio then return "" end
  return (" At each seed a base fit takes %.2f CPU-seconds, one more arm %.2f (training %.2f, inputs %.2f): "
    .. "%.2f of it.")
    :format(timing.base_fit, timing.arm_marginal, timing.arm_fit, timing.arm_inputs, timing.marginal_ratio)
end

local function line_of(result, timing)
  local a, most = result.assumed, most_of(result.alignment)
  local line = ("Cost: %s.%s"):format(spent(result.cpu_s), marginal_line(timing or {}))
  if not most then return line end
  local passes = a.passes ~= 1 and (" x %g passes"):format(a.passes) or ""
  return ("%s Estimate for aligning an MLLM on the pairs of %s instead: 6 x %.3g parameters x %.3g tokens (%s pairs x "
    .. "%s%s) = %.3g FLOPs, about %.3g GPU-hours at %.0f %% of %.0f TFLOP/s."):format(line, most.preference,
    a.parameters, most.pairs * a.tokens_per_pair * a.passes, text.count(most.pairs), text.count(a.tokens_per_pair),
    passes, most.flops, most.gpu_hours, 100 * a.utilisation, a.peak_flops / 1e12)
end

--- CPU-seconds by stage and the estimate for each preference data set, as results.json keeps them.
---@param scores table[] those with a card are estimated; scores from elsewhere have none
---@param timer lis.Clock
---@param alignment table? parameters, tokens_per_pair, passes, utilisation, peak_flops
---@param timing table? of cost.marginal
---@return table { cpu_s, assumed, formula, alignment, line }
function cost.of(scores, timer, alignment, timing)
  local _, cpu = timer:total()
  local result = { cpu_s = { total = cpu }, assumed = cost.alignment(alignment), alignment = {},
    formula = "gpu_hours = 6 * parameters * pairs * tokens_per_pair * passes / (peak_flops * utilisation) / 3600" }
  for stage, seconds in pairs(timer.cpu) do result.cpu_s[stage] = seconds end
  for _, row in ipairs(scores) do
    if row.card then result.alignment[#result.alignment + 1] = estimate(row, result.assumed) end
  end
  result.line = line_of(result, timing)
  return result
end

return cost
