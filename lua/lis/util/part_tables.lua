--- Tables of the parts of a study that are off by default: dose, horizon, cohorts, windows.
local text = require "lis.util.text"

local parts = {}

local function interval(ci) return text.interval(ci[1], ci[2]) end

local function curve_rows(curves, at)
  local rows = {}
  for _, curve in ipairs(curves) do
    for _, point in ipairs(curve.points) do
      rows[#rows + 1] = { preference = curve.preference, at = at(point), delta = point.delta, ci = point.ci }
    end
  end
  return rows
end

local function curve_columns(title)
  return {
    { title = "preference data", key = "preference" },
    { title = title, key = "at", align = "right" },
    { title = "gain", key = "delta", format = text.signed },
    { title = "95 % interval", key = "ci", format = interval, align = "right" },
  }
end

local function dose_table(result)
  return { title = "Dose response", columns = curve_columns "pairs",
    note = "The crossfit arm with a share of its pairs, the same pairs in every fold; gain over the base.",
    rows = curve_rows(result.dose, function(point) return ("%g %%"):format(100 * point.share) end) }
end

local function horizon_table(result)
  return { title = "Horizon", columns = curve_columns "hours seen",
    note = ("What a row sees past the end of its own %g hours: nothing, some hours, all of it; gain over the "
      .. "base."):format(result.settings.horizon_step or 24),
    rows = curve_rows(result.horizon, function(point)
      return point.hours and ("%g"):format(point.hours) or point.window == "history" and "past only" or "all"
    end) }
end

local cohort_columns = {
  { title = "preference data", key = "preference" },
  { title = "cohort", key = "cohort" },
  { title = "group", key = "group" },
  { title = "rows", key = "rows", format = text.count, align = "right" },
  { title = "base AUC", key = "base", format = "%.4f" },
  { title = "LIS", key = "lis", format = text.signed },
  { title = "95 % interval", key = "lis_ci", format = interval, align = "right" },
  { title = "p (Holm)", key = "p_holm", format = "%.3f" },
}

local function cohort_table(result)
  return { title = "Cohorts", columns = cohort_columns, rows = result.cohorts,
    note = "LIS net of the placebo on parts of the test window; p adjusted by Holm over all groups. "
      .. "A group without two classes and two users has no figure." }
end

local window_columns = {
  { title = "preference data", key = "preference" },
  { title = "window", key = "window", align = "right" },
  { title = "base AUC", key = "base", format = "%.4f" },
  { title = "LIS", key = "lis", format = text.signed },
  { title = "95 % interval", key = "ci", format = interval, align = "right" },
  { title = "encoder", key = "encoder" },
  { title = "AIS", key = "ais", format = text.signed },
  { title = "95 % interval", key = "ais_ci", format = interval, align = "right" },
}

-- One row a window, preference data set and encoder.
local function window_rows(result)
  local rows = {}
  for i, window in ipairs(result.windows) do
    for _, score in ipairs(window.scores) do
      local names = {}
      for name in pairs(score.ais) do names[#names + 1] = name end
      table.sort(names)
      for k = 1, math.max(1, #names) do
        rows[#rows + 1] = { preference = score.preference, window = tostring(i), base = window.base, lis = score.lis,
          ci = score.lis_ci, encoder = names[k], ais = score.ais[names[k]], ais_ci = score.ais_ci[names[k]] }
      end
    end
  end
  return rows
end

local function window_table(result)
  local settings = result.settings
  return { title = "Windows", columns = window_columns, rows = window_rows(result),
    note = ("Test windows of %d day(s), one every %d. Rankers %s; preference data collected %s."):format(settings.test,
      settings.step, settings.warm and "go on from the window before" or "begin anew",
      settings.frozen and "once, up to the end of window 1" or "anew in each window") }
end

local metric_columns = {
  { title = "preference data", key = "preference" },
  { title = "metric", key = "metric" },
  { title = "LIS", key = "lis", format = text.signed },
  { title = "95 % interval", key = "lis_ci", format = interval, align = "right" },
}

-- LIS by other metrics than AUC; nil where the recipe has none of its own.
local function metric_table(result)
  local rows, own = {}, false
  for _, score in ipairs(result.scores or {}) do
    for _, row in ipairs(score.by_metric or {}) do
      own = own or not (row.metric == "gauc" or row.metric == "logloss")
      rows[#rows + 1] = { preference = score.preference, metric = row.metric, lis = row.lis, lis_ci = row.lis_ci }
    end
  end
  return own and { title = "LIS by metric", columns = metric_columns, rows = rows,
    note = "The same arms by other metrics; log loss is better where it falls." } or nil
end

--- The tables that a result has, in the order in which they are read.
---@param result table
---@return { title: string, note: string, rows: table[], columns: lis.text.column[] }[]
function parts.tables(result)
  local tables = { metric_table(result) }
  if result.dose then tables[#tables + 1] = dose_table(result) end
  if result.horizon then tables[#tables + 1] = horizon_table(result) end
  if result.cohorts then tables[#tables + 1] = cohort_table(result) end
  if result.windows then tables[#tables + 1] = window_table(result) end
  return tables
end

return parts
