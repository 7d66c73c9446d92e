--- Horizon curve: how much of LIS is there when a row sees only the next hours past its own time.
--
-- The leak is cut into slices of `horizon_step` hours (leak.build): a row sees up to h hours past the end of its
-- slice. Shorter slices follow a row's own time more closely and cost a table each.
local arm = require "lis.study.arm"
local leak = require "lis.leak"
local represent = require "lis.represent"

local horizon = {}

local function name_of(hours) return ("horizon:%gh"):format(hours) end

--- One arm an horizon. The curve begins at the history arm and ends at the crossfit arm.
---@param study table with options horizon = { hours... } and horizon_step
---@param source lis.Source
---@return lis.Arm[]
function horizon.arms(study, source)
  local arms = {}
  for i, hours in ipairs(study.horizon) do
    arms[i] = arm.new {
      preference = source.key, source = name_of(hours), leaked = true,
      made_of = { source.preference, source.folds, source.shape, hours, study.horizon_step },
      vectors = function()
        local artefact = leak.build(source.preference, study.log, study.split,
          { window = hours, step = study.horizon_step, folds = source.folds.folds })
        return represent.table(artefact, source.shape)
      end,
    }
  end
  return arms
end

--- The curve of each preference data set: AUC against the base with the leak cut off at each horizon.
---@param study table
---@param figures { arms: lis.ArmRow[] }
---@return table[] { preference, points = { window, hours, delta, ci }[] }: hours only where
--- the leak has a horizon
function horizon.figures(study, figures)
  local of, curves = {}, {}
  for _, row in ipairs(figures.arms) do
    if row.metric == "auc" then of[(row.preference or "") .. "\0" .. row.source] = row end
  end
  for i, score in ipairs(figures.scores) do
    local points = {}
    local function add(hours, source)
      local row = of[score.preference .. "\0" .. source]
      points[#points + 1] = { window = source, hours = hours, delta = row.delta, ci = row.ci }
    end
    add(nil, "history")
    local sorted = table.move(study.horizon, 1, #study.horizon, 1, {})
    table.sort(sorted)
    for _, hours in ipairs(sorted) do add(hours, name_of(hours)) end
    add(nil, "crossfit")
    curves[i] = { preference = score.preference, points = points }
  end
  return curves
end

return horizon
