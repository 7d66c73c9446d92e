--- LIS by the metrics beside AUC: the same arms, the same placebo, another question asked of the scores.
local score = require "lis.score"

local by_metric = {}

local function results_of(arms, preference, source, metric)
  for _, arm in ipairs(arms) do
    if arm.preference == preference and arm.source == source then
      local results = {}
      for seed, row in ipairs(arm.results) do results[seed] = row[metric] end
      return results
    end
  end
end

--- LIS of one preference data set by each registered metric but AUC, net of the placebo (of the base where
--- there is none).
---@param arms lis.Arm[] measured: `results` a seed
---@param preference string
---@param source string the arm that LIS is read off: "crossfit"
---@return { metric: string, lis: number, lis_ci: number[], higher_is_better: boolean }[]
function by_metric.of(arms, preference, source)
  local rows = {}
  for _, metric in ipairs(score.names()) do
    if metric ~= "auc" then
      local against = results_of(arms, preference, "placebo", metric) or results_of(arms, nil, "base", metric)
      local lis = score.difference(results_of(arms, preference, source, metric), against)
      rows[#rows + 1] = { metric = metric, lis = lis.delta, lis_ci = { lis.ci[1], lis.ci[2] },
        higher_is_better = lis.higher_is_better }
    end
  end
  return rows
end

return by_metric
