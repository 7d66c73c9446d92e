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

-- y ~ a e^(-b x) at a given b: the weighted squares that the best a leaves, and that a.
local function decay_at(b, x, y, se)
  local ee, ey, left = 0, 0, 0
  for i = 1, #x do
    local e = math.exp(-b * x[i]) / se[i]
    ee, ey = ee + e * e, ey + e * y[i] / se[i]
  end
  for i = 1, #x do left = left + ((y[i] - ey / ee * math.exp(-b * x[i])) / se[i]) ^ 2 end
  return left, ey / ee
end

-- Where f falls to its least between low and high: a grid, then golden sections around its best point.
local function least(f, low, high)
  local step, best = (high - low) / 500, low
  for k = 1, 500 do
    if f(low + k * step) < f(best) then best = low + k * step end
  end
  local from, to, ratio = math.max(low, best - step), math.min(high, best + step), (math.sqrt(5) - 1) / 2
  for _ = 1, 60 do
    local inner, outer = to - ratio * (to - from), from + ratio * (to - from)
    if f(inner) <= f(outer) then to = outer else from = inner end
  end
  return (from + to) / 2
end

-- Where f first exceeds `limit` on the way from `from` to `to`; nil where it does not.
local function crossing(f, limit, from, to)
  local step, inside = (to - from) / 500, from
  for k = 1, 500 do
    local outside = from + k * step
    if f(outside) > limit then
      for _ = 1, 50 do
        local middle = (inside + outside) / 2
        if f(middle) > limit then outside = middle else inside = middle end
      end
      return inside
    end
    inside = outside
  end
end

--- The time in which y halves, ln 2 / b of y ~ a e^(-b x) by weighted least squares. Points at or below 0 count
--- as they are. The interval holds every b whose squares exceed the least by no more than t^2 times the larger
--- of 1 and scatter (profile likelihood, t with n - 2 degrees of freedom). Refused, nil and the reason, where y
--- does not begin above 0 or does not decay.
---@param x number[] from 0 up
---@param y number[]
---@param se number[]
---@return { value: number, low: number, high: number? }? half_life high is nil where no bound is known
---@return string? reason
function trend.half_life(x, y, se)
  if #x < 3 then return nil, ("%d points: a decay with an interval needs 3"):format(#x) end
  local span = math.max(table.unpack(x)) - math.min(table.unpack(x))
  if span == 0 then return nil, "all points at one place" end
  local function left(b) return (decay_at(b, x, y, se)) end
  local slowest, fastest = -3 / span, 20 * math.log(2) / span -- a half-life of a twentieth of the span
  local b = least(left, slowest, fastest)
  local squares, a = decay_at(b, x, y, se)
  if a <= 0 then return nil, ("it begins at %+.4f, not above 0"):format(a) end
  if b <= 0 then return nil, "it does not decay" end
  local t = core.metric.t_quantile(0.975, #x - 2)
  local limit = squares + t * t * math.max(1, squares / (#x - 2))
  local slow, fast = crossing(left, limit, b, 0), crossing(left, limit, b, fastest)
  return { value = math.log(2) / b, low = math.log(2) / (fast or fastest), high = slow and math.log(2) / slow or nil }
end

return trend
