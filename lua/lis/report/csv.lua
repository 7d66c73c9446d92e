--- Figures of a study as comma-separated values: arms, cohorts, learning curves.
local words = require "lis.report.words"

local csv = {}

local function field(value)
  if value == nil or value ~= value then return "" end
  if type(value) == "number" then return math.type(value) == "integer" and tostring(value)
    or ("%.17g"):format(value) end
  local s = tostring(value)
  return s:find '[,"\r\n]' and '"' .. s:gsub('"', '""') .. '"' or s
end

-- Lines of fields under a heading (RFC 4180, but for line ends of one character).
local function lines_of(titles, rows)
  local lines = { table.concat(titles, ",") }
  for _, row in ipairs(rows) do
    local fields = {}
    for i = 1, #titles do fields[i] = field(row[i]) end
    lines[#lines + 1] = table.concat(fields, ",")
  end
  return table.concat(lines, "\n") .. "\n"
end

--- Every arm under every metric.
---@param result table
---@return string
function csv.arms(result)
  local rows = {}
  for i, row in ipairs(result.arms or {}) do
    rows[i] = { row.preference, row.source, row.metric, row.value, row.delta, row.ci and row.ci[1], row.ci
      and row.ci[2],
      row.row_se, row.seed_se }
  end
  return lines_of({ "preference", "source", "metric", "value", "delta", "low", "high", "row_se", "seed_se" }, rows)
end

--- LIS and AIS of each cohort; an encoder a line, or one without.
---@param result table
---@return string
function csv.cohorts(result)
  local rows = {}
  for _, row in ipairs(result.cohorts or {}) do
    local names, ci = words.keys(row.ais), row.lis_ci or {}
    for i = 1, math.max(1, #names) do
      local ais_ci = row.ais_ci and row.ais_ci[names[i]] or {}
      rows[#rows + 1] = { row.preference, row.cohort, row.group, row.rows, row.base, row.lis, ci[1], ci[2], row.p,
        row.p_holm,
        names[i], row.ais and row.ais[names[i]], ais_ci[1], ais_ci[2], row.refused }
    end
  end
  return lines_of({ "preference", "cohort", "group", "rows", "base_auc", "lis", "low", "high", "p", "p_holm",
    "encoder", "ais",
    "ais_low", "ais_high", "refused" }, rows)
end

--- Learning curves: test AUC of each arm and seed after each pass.
---@param result table
---@return string
function csv.curves(result)
  local rows = {}
  for _, curve in ipairs(result.curves or {}) do
    for seed, values in ipairs(curve.auc) do
      for epoch, value in ipairs(values) do rows[#rows + 1] = { curve.preference, curve.source, seed, epoch, value } end
    end
  end
  return lines_of({ "preference", "source", "seed", "pass", "auc" }, rows)
end

return csv
