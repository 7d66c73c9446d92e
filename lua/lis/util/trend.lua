--- A straight line through estimates that each have a standard error.
local core = require "lis.core"

local trend = {}

---@class lis.Trend
---@field slope number per unit of x
---@field se number
---@field ci number[] 95 %
---@field p number two-sided, slope against 0
---@field dof integer

--- Least squares with weights 1/se^2. The slope's variance is the weights' own, or what the scatter around
--- the line says where that is more (Birge 1932), with n - 2 degrees of freedom. nil and the reason with
--- fewer than 3 points or points at one place.
---@param x number[]
---@param y number[]
---@param se number[] above 0
---@return lis.Trend?
---@return string? reason
function trend.line(x, y, se)
  if #x < 3 then return nil, ("%d points: a trend with an interval needs 3"):format(#x) end
  local sum, mean_x, mean_y = 0, 0, 0
  for i = 1, #x do
    local weight = 1 / (se[i] * se[i])
    sum, mean_x, mean_y = sum + weight, mean_x + weight * x[i], mean_y + weight * y[i]
  end
  mean_x, mean_y = mean_x / sum, mean_y / sum
  local xx, xy = 0, 0
  for i = 1, #x do
    local weight = 1 / (se[i] * se[i])
    xx, xy = xx + weight * (x[i] - mean_x) ^ 2, xy + weight * (x[i] - mean_x) * (y[i] - mean_y)
  end
  if xx == 0 then return nil, "all points at one place" end
  local slope, scatter, dof = xy / xx, 0, #x - 2
  for i = 1, #x do scatter = scatter + ((y[i] - mean_y - slope * (x[i] - mean_x)) / se[i]) ^ 2 end
  local error_of = math.sqrt(math.max(1, scatter / dof) / xx)
  local t = core.metric.t_quantile(0.975, dof)
  return { slope = slope, se = error_of, dof = dof, ci = { slope - t * error_of, slope + t * error_of },
    p = 2 * (1 - core.metric.t_cdf(math.abs(slope / error_of), dof)) }
end

--- The time in which y halves: ln 2 / -slope of ln y, fitted by `trend.line` with errors se / y. Refused,
--- nil and the reason, where some y is not above 0 or the line does not fall.
---@param x number[]
---@param y number[]
---@param se number[]
---@return { value: number, low: number, high: number? }? half_life high is nil where no bound is known
---@return string? reason
function trend.half_life(x, y, se)
  local logs, errors = {}, {}
  for i, value in ipairs(y) do
    if value <= 0 then return nil, ("point %d is %+.4f: no logarithm of it"):format(i, value) end
    logs[i], errors[i] = math.log(value), se[i] / value
  end
  local line, why = trend.line(x, logs, errors)
  if not line then return nil, why end
  if line.slope >= 0 then return nil, "it does not decay" end
  return { value = math.log(2) / -line.slope, low = math.log(2) / -line.ci[1],
    high = line.ci[2] < 0 and math.log(2) / -line.ci[2] or nil }
end

return trend
