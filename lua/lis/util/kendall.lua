--- Kendall's tau: how far two orders of the same things agree, -1 to 1.
local core = require "lis.core"

local kendall = {}

local FEW = 8 -- below, an interval says little more than that there are few

-- Concordant minus discordant pairs, and pairs tied in a alone, in b alone, and in both.
local function count_pairs(a, b)
  local balance, tied_a, tied_b, both = 0, 0, 0, 0
  for i = 2, #a do
    for j = 1, i - 1 do
      local da, db = a[i] - a[j], b[i] - b[j]
      if da == 0 and db == 0 then
        both = both + 1
      elseif da == 0 then
        tied_a = tied_a + 1
      elseif db == 0 then
        tied_b = tied_b + 1
      else
        balance = balance + ((da > 0) == (db > 0) and 1 or -1)
      end
    end
  end
  return balance, tied_a, tied_b, both
end

-- Chance of each number of discordant pairs among the n! orders: each new item adds 0 .. i-1 of
-- them, all equally likely. Two-sided p of `discordant` or fewer, or of as many from the other end.
local function exact_p(n, discordant)
  local chance = { [0] = 1.0 }
  local most = 0
  for i = 2, n do
    local next_chance = {}
    for k = 0, most + i - 1 do
      local sum = 0
      for added = 0, i - 1 do sum = sum + (chance[k - added] or 0) end
      next_chance[k] = sum / i
    end
    chance, most = next_chance, most + i - 1
  end
  local tail = 0
  for k = 0, math.min(discordant, most - discordant) do tail = tail + chance[k] end
  return math.min(1, 2 * tail)
end

-- Sums over groups of equal values: t(t-1), t(t-1)(t-2), t(t-1)(2t+5).
local function tie_terms(values)
  local groups, x, y, z = {}, 0, 0, 0
  for _, value in ipairs(values) do groups[value] = (groups[value] or 0) + 1 end
  for _, t in pairs(groups) do
    x, y = x + t * (t - 1), y + t * (t - 1) * (t - 2)
    z = z + t * (t - 1) * (2 * t + 5)
  end
  return x, y, z
end

-- Normal p of the balance with its variance under independence corrected for ties (Kendall 1970).
local function tied_p(a, b, balance)
  local n = #a
  local xa, ya, za = tie_terms(a)
  local xb, yb, zb = tie_terms(b)
  local m = n * (n - 1)
  local variance = (m * (2 * n + 5) - za - zb) / 18 + xa * xb / (2 * m)
  if n > 2 then variance = variance + ya * yb / (9 * m * (n - 2)) end
  return 2 * core.metric.normal_cdf(-math.abs(balance) / math.sqrt(variance))
end

local function atanh(x) return 0.5 * math.log((1 + x) / (1 - x)) end

local function tanh(x)
  local e = math.exp(2 * x)
  return e == math.huge and 1 or (e - 1) / (e + 1)
end

-- Fisher's z with variance 0.437 / (n - 4) (Fieller, Hartley and Pearson 1957). A perfect tau is
-- taken half a pair short of 1 for the inner end, and the outer end is the bound itself.
local function interval(tau, n, level)
  if n <= 4 then return nil end
  local short = 1 - 1 / (n * (n - 1))
  local z = atanh(math.max(-short, math.min(short, tau)))
  local reach = core.metric.normal_quantile(0.5 + level / 2) * math.sqrt(0.437 / (n - 4))
  return { tau == -1 and -1 or tanh(z - reach), tau == 1 and 1 or tanh(z + reach) }
end

---@class lis.Kendall
---@field tau number      tau-b: ties count for neither side
---@field p number        two-sided, against no association; exact where there are no ties
---@field ci number[]?    interval; nil for four items or fewer
---@field n integer
---@field note string?    a warning to print with the number

--- Tau-b of two lists of numbers, item by item.
---@param a number[]
---@param b number[]
---@param level number   of the interval
---@return lis.Kendall
function kendall.of(a, b, level)
  local n = #a
  local balance, tied_a, tied_b, both = count_pairs(a, b)
  local pairs_all = n * (n - 1) // 2
  local free_a, free_b = pairs_all - tied_a - both, pairs_all - tied_b - both
  local result = { n = n }
  if free_a == 0 or free_b == 0 then
    result.tau, result.p = 0 / 0, 1
    result.note = "all values of one list are equal: there is no order to compare"
    return result
  end
  result.tau = balance / math.sqrt(free_a * free_b)
  local ties = free_a < pairs_all or free_b < pairs_all
  result.p = ties and tied_p(a, b, balance) or exact_p(n, (pairs_all - balance) // 2)
  result.ci = interval(result.tau, n, level)
  if n < FEW then
    result.note = ("only %d data sets: with fewer than %d an order can agree by chance; add data sets "
      .. "before trusting it"):format(n, FEW)
  end
  return result
end

return kendall
