--- The headline of one preference data set: LIS, AIS and attainment, all net of its placebo.
--
-- Two leaked representations stand for LIS: the table, and the table shrunk to each encoder's content. A
-- table is noisy where an item has few pairs, and can then fall below a good encoder; the shrunk one borrows
-- what the content says. Both are bounds from below of what the pairs hold, so LIS is the larger of them, and
-- is named. Its interval is that of the larger alone; its p is multiplied by the number of candidates
-- (Bonferroni), then adjusted by Holm over the preference data sets.
local score = require "lis.score"

local headline = {}

local function find(arms, preference, source)
  for _, arm in ipairs(arms) do
    if arm.preference == preference and arm.source == source then
      local results = {}
      for seed, row in ipairs(arm.results) do results[seed] = row.auc end
      return results
    end
  end
end

-- The NAMEs of arms "kind:NAME".
local function names_of(arms, key, kind)
  local names = {}
  for _, arm in ipairs(arms) do
    if arm.preference == key then names[#names + 1] = arm.source:match("^" .. kind .. ":(.*)$") end
  end
  return names
end

-- a - b, paired over rows and seeds.
local function contrast(a, b) return score.contrast { { 1, a }, { -1, b } } end

-- What a leaked arm's source is called in reports.
local function words(source)
  local content = source:match "^shrunk:(.*)$"
  return content and "table shrunk to " .. content or "table"
end

-- LIS by each leaked representation, the table first; and which is the largest.
local function candidates_of(arms, key, placebo)
  local list, best = { { source = "crossfit", lis = contrast(find(arms, key, "crossfit"), placebo) } }, 1
  for _, name in ipairs(names_of(arms, key, "shrunk")) do
    local source = "shrunk:" .. name
    list[#list + 1] = { source = source, lis = contrast(find(arms, key, source), placebo) }
    if list[#list].lis.delta > list[best].lis.delta then best = #list end
  end
  return list, best
end

local function lis_row(arms, key, placebo)
  local list, best = candidates_of(arms, key, placebo)
  local lis = list[best].lis
  local row = {
    preference = key, lis_source = list[best].source, lis_name = words(list[best].source), lis_by = {}, lis_by_ci = {},
    lis = lis.delta, lis_ci = { lis.ci[1], lis.ci[2] }, lis_row_se = lis.row_se, lis_seed_se = lis.seed_se,
    lis_p = math.min(1, #list * lis.p),
  }
  for _, one in ipairs(list) do
    row.lis_by[one.source], row.lis_by_ci[one.source] = one.lis.delta, { one.lis.ci[1], one.lis.ci[2] }
  end
  return row, lis
end

--- LIS, AIS, attainment of one preference data set. The placebo fills the same slot with the same graph, so
--- what it costs or gains is not information.
---@param arms lis.Arm[] measured: with `results`
---@param key string of the preference data set
---@return table row of result.scores
function headline.of(arms, key)
  local base = find(arms, nil, "base")
  local placebo = find(arms, key, "placebo") or base -- scores from elsewhere may lack one
  local row, lis = lis_row(arms, key, placebo)
  local function net(source)
    local results = find(arms, key, source)
    return results and contrast(results, placebo).delta
  end
  row.lis_naive, row.history, row.placebo = net "naive", net "history", score.difference(placebo, base).delta
  row.ais, row.ais_ci, row.ais_se, row.attainment, row.attainment_ci, row.attainment_refused = {}, {}, {}, {}, {}, {}
  for _, name in ipairs(names_of(arms, key, "encoder")) do
    local ais = contrast(find(arms, key, "encoder:" .. name), placebo)
    row.ais[name], row.ais_ci[name], row.ais_se[name] = ais.delta, { ais.ci[1], ais.ci[2] }, ais.se
    local attainment, why = score.attainment(ais, lis)
    if attainment then
      row.attainment[name], row.attainment_ci[name] = attainment.value, attainment.ci
    else
      row.attainment_refused[name] = why
    end
  end
  return row
end

--- Adds `lis_p_holm` to every row: its p adjusted over all preference data sets.
---@param rows table[] of headline.of
function headline.adjust(rows)
  local pvalues = {}
  for i, row in ipairs(rows) do
    if row.lis_p == row.lis_p then pvalues[i] = row.lis_p end
  end
  for i, p in pairs(score.holm(pvalues)) do rows[i].lis_p_holm = p end
end

return headline
