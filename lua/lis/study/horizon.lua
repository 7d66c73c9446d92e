--- Horizon curve: how much of LIS is there when the leak sees only the first hours of the test window.
local arm = require "lis.study.arm"
local leak = require "lis.leak"
local represent = require "lis.represent"

local horizon = {}

local function name_of(hours) return ("horizon:%gh"):format(hours) end

-- The study's split, with the leak's end moved to `hours` past the start of the test window.
local function shortened(split, hours)
  local last = math.min(split.test_to, split.test_from + math.floor(hours * 3600) - 1)
  return setmetatable({ test_to = last }, { __index = split })
end

--- One arm an horizon. 0 hours is the history arm, the whole test window the crossfit arm.
---@param study table with option horizon = { hours... }
---@param source lis.Source
---@return lis.Arm[]
function horizon.arms(study, source)
  local arms = {}
  for i, hours in ipairs(study.horizon) do
    arms[i] = arm.new {
      preference = source.key, source = name_of(hours), leaked = true,
      made_of = { source.preference, source.folds, source.shape, hours },
      vectors = function()
        local split = shortened(study.split, hours)
        return represent.table(leak.crossfit(source.preference, study.log, split, source.folds), source.shape)
      end,
    }
  end
  return arms
end

--- The curve of each preference data set: AUC against the base with the leak cut off at each horizon.
---@param study table
---@param figures { arms: lis.ArmRow[] }
---@return table[] { preference, points = { hours, delta, ci }[] }
function horizon.figures(study, figures)
  local of, curves = {}, {}
  for _, row in ipairs(figures.arms) do
    if row.metric == "auc" then of[(row.preference or "") .. "\0" .. row.source] = row end
  end
  local window = (study.split.test_to - study.split.test_from) / 3600
  for i, score in ipairs(figures.scores) do
    local points = {}
    local function add(hours, source)
      local row = of[score.preference .. "\0" .. source]
      points[#points + 1] = { hours = hours, delta = row.delta, ci = row.ci }
    end
    add(0, "history")
    local sorted = table.move(study.horizon, 1, #study.horizon, 1, {})
    table.sort(sorted)
    for _, hours in ipairs(sorted) do add(hours, name_of(hours)) end
    add(math.max(window, sorted[#sorted] or 0), "crossfit")
    curves[i] = { preference = score.preference, points = points }
  end
  return curves
end

return horizon
