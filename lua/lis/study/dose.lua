--- Dose response: the leaked table from a share of the pairs (leak.thin: the same pairs in every fold, smaller
--- shares within larger ones). More of a cause should do more.
local arm = require "lis.study.arm"
local leak = require "lis.leak"
local represent = require "lis.represent"

local dose = {}

local function name_of(share) return ("dose:%g"):format(100 * share) end

-- The shares below 1, ascending.
local function shares_of(study)
  local shares = {}
  for _, share in ipairs(study.dose) do
    if share < 1 then shares[#shares + 1] = share end
  end
  table.sort(shares)
  return shares
end

--- One arm a share below 1; the whole is the crossfit arm.
---@param study table with option dose = { 0, 0.25, 0.5 }
---@param source lis.Source
---@return lis.Arm[]
function dose.arms(study, source)
  local arms = {}
  for i, share in ipairs(shares_of(study)) do
    arms[i] = arm.new {
      preference = source.key, source = name_of(share), leaked = true,
      made_of = { source.preference, source.folds, source.shape, share },
      vectors = function() return represent.table(leak.thin(source.crossfit(), share), source.shape) end,
    }
  end
  return arms
end

--- A step down of this size counts as level (our choice: what seeds do).
dose.tolerance = 0.003

--- The curve of each preference data set: AUC against the base at each share, and whether it rises.
---@param study table
---@param figures { arms: lis.ArmRow[] }
---@return table[] { preference, points = { share, delta, ci }[], largest_fall, rises }
function dose.figures(study, figures)
  local of, curves = {}, {}
  for _, row in ipairs(figures.arms) do
    if row.metric == "auc" then of[(row.preference or "") .. "\0" .. row.source] = row end
  end
  for i, score in ipairs(figures.scores) do
    local curve = { preference = score.preference, points = {}, largest_fall = 0 }
    local shares = shares_of(study)
    shares[#shares + 1] = 1
    for k, share in ipairs(shares) do
      local row = of[score.preference .. "\0" .. (share == 1 and "crossfit" or name_of(share))]
      curve.points[k] = { share = share, delta = row.delta, ci = row.ci }
      if k > 1 then curve.largest_fall = math.max(curve.largest_fall, curve.points[k - 1].delta - row.delta) end
    end
    curve.rises = curve.largest_fall <= dose.tolerance
    curves[i] = curve
  end
  return curves
end

return dose
