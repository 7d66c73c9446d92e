--- The tables of a study: rows and columns for lis.util.text, the page and CSV alike.
local text = require "lis.util.text"
local words = require "lis.report.words"

local tables = {}

---@class lis.Table what text.table and text.markdown draw
---@field rows table[]
---@field columns lis.text.column[]

local function interval(ci) return text.interval(ci[1], ci[2]) end

local arm_columns = {
  { title = "arm", key = "arm" },
  { title = "AUC", key = "auc", format = "%.4f" },
  { title = "gain", key = "gain", format = text.signed },
  { title = "95 % interval", key = "ci", format = interval, align = "right" },
  { title = "GAUC gain", key = "gauc", format = text.signed },
  { title = "log loss change", key = "logloss", format = text.signed },
}

-- The columns of the arms and, for each metric of the recipe's own, its name and rows.
local function columns_and_own(result)
  local columns, own = table.move(arm_columns, 1, #arm_columns, 1, {}), {}
  local seen = { auc = true, gauc = true, logloss = true }
  for _, row in ipairs(result.arms) do
    if not seen[row.metric] then
      seen[row.metric] = true
      own[#own + 1] = { name = row.metric, rows = words.arms(result, row.metric) }
      columns[#columns + 1] = { title = row.metric .. " change", key = row.metric, format = text.signed }
    end
  end
  return columns, own
end

--- The arms: AUC with its gain over the base and interval, changes in GAUC, log loss and metrics of your own.
---@param result lis.Result
---@return lis.Table
function tables.arms(result)
  local columns, own = columns_and_own(result)
  local gauc, logloss = words.arms(result, "gauc"), words.arms(result, "logloss")
  local rows = {}
  for i, row in ipairs(words.arms(result, "auc")) do
    rows[i] = { arm = row.preference and row.preference .. ": " .. row.source or row.source, auc = row.value }
    if row.source ~= "base" then
      rows[i].gain, rows[i].ci, rows[i].gauc, rows[i].logloss = row.delta, row.ci, gauc[i].delta, logloss[i].delta
      for _, metric in ipairs(own) do rows[i][metric.name] = metric.rows[i].delta end
    end
  end
  return { rows = rows, columns = columns }
end

local score_columns = {
  { title = "preference data", key = "preference" },
  { title = "LIS", key = "lis", format = text.signed },
  { title = "95 % interval", key = "ci", format = interval, align = "right" },
  { title = "by", key = "by" },
  { title = "naive", key = "naive", format = text.signed },
  { title = "past only", key = "history", format = text.signed },
  { title = "encoder", key = "encoder" },
  { title = "AIS", key = "ais", format = text.signed },
  { title = "AIS/LIS", key = "attainment", format = "%.2f" },
}

--- The scores: LIS, AIS and attainment, a row for each preference data set and encoder.
---@param result lis.Result
---@return lis.Table
function tables.scores(result)
  local rows = {}
  for _, score in ipairs(result.scores) do
    local names = words.keys(score.ais)
    for i = 1, math.max(1, #names) do
      rows[#rows + 1] = {
        preference = score.preference, lis = score.lis, ci = score.lis_ci, by = score.lis_name,
        naive = score.lis_naive, history = score.history, encoder = names[i], ais = score.ais[names[i]],
        attainment = score.attainment[names[i]],
      }
    end
  end
  return { rows = rows, columns = score_columns }
end

local guard_columns = {
  { title = "guard", key = "name" },
  { title = "value", key = "value", format = text.signed },
  { title = "expected", key = "expected" },
  { title = "", key = "pass", format = function(pass) return pass and "pass" or "FAIL" end },
}

--- The guards: what each measured, and the band it had to lie in.
---@param result lis.Result
---@return lis.Table
function tables.guards(result) return { rows = result.guards, columns = guard_columns } end

--- Seconds of each stage, and the estimate for aligning an encoder on each preference data set.
---@param result lis.Result with cost
---@return lis.Table stages
---@return lis.Table estimate
function tables.cost(result)
  local stages, estimate = {}, {}
  for _, stage in ipairs(words.keys(result.cost.cpu_s)) do
    if stage ~= "total" then stages[#stages + 1] = { stage = stage, seconds = result.cost.cpu_s[stage] } end
  end
  table.sort(stages, function(a, b) return a.seconds > b.seconds end)
  stages[#stages + 1] = { stage = "total", seconds = result.cost.cpu_s.total }
  for i, row in ipairs(result.cost.alignment) do
    estimate[i] = { preference = row.preference, pairs = row.pairs, flops = row.flops, hours = row.gpu_hours }
  end
  return { rows = stages, columns = { { title = "stage", key = "stage" },
    { title = "CPU-seconds", key = "seconds", format = "%.1f" } } },
    { rows = estimate, columns = {
      { title = "preference data", key = "preference" }, { title = "pairs", key = "pairs", format = text.count,
        align = "right" },
      { title = "FLOPs", key = "flops", format = "%.3g" }, { title = "GPU-hours", key = "hours", format = "%.3g" } } }
end

return tables
