--- What arms and figures are called where people read them.
local text = require "lis.util.text"

local words = {}

local names = {
  base = "base", crossfit = "leaked table", naive = "leaked, naive", history = "past only", placebo = "placebo",
  aa = "A/A: other seeds", noise = "noise vectors", oracle = "oracle: the truth",
    ["popularity:future"] = "future popularity",
  ["popularity:past"] = "past popularity",
}

local patterns = {
  { "^encoder:(.*)$", "encoder %s" }, { "^shrunk:(.*)$", "shrunk to %s" }, { "^raw:(.*)$", "raw %s" },
  { "^dose:(.*)$", "%s %% of the pairs" }, { "^horizon:(.*)h$", "%s h ahead" },
}

--- What an arm is fed, in words.
---@param source string
---@return string
function words.source(source)
  if names[source] then return names[source] end
  for _, pattern in ipairs(patterns) do
    local name = source:match(pattern[1])
    if name then return (pattern[2]:gsub("%%s", function() return name end):gsub("%%%%", "%%")) end
  end
  return source
end

--- An arm in words: its preference data set, where it has one, and what it is fed.
---@param row { preference: string?, source: string }
---@return string
function words.arm(row)
  return row.preference and row.preference .. ": " .. words.source(row.source) or words.source(row.source)
end

--- "+0.0246 [+0.0210, +0.0282]"
---@param value number
---@param ci number[]?
---@return string
function words.figure(value, ci)
  return ci and text.signed(value) .. " " .. text.interval(ci[1], ci[2]) or text.signed(value)
end

--- Keys of a map in order.
---@param map table?
---@return any[]
function words.keys(map)
  local keys = {}
  for key in pairs(map or {}) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

--- Rows of result.arms under one metric.
---@param result table
---@param metric string
---@return lis.ArmRow[]
function words.arms(result, metric)
  local rows = {}
  for _, row in ipairs(result.arms or {}) do
    if row.metric == metric then rows[#rows + 1] = row end
  end
  return rows
end

--- What the scores are net of, as the heading of their table: scores from elsewhere may lack a placebo.
---@param result table
---@return string
function words.net_of(result)
  local lacking = {}
  for _, row in ipairs(result.scores) do
    if row.net_of == "base" then lacking[#lacking + 1] = row.preference end
  end
  if #lacking == 0 then return "Net of the placebo (what the channel does without information):" end
  local only = #lacking < #result.scores and (" for %s; net of it for the others"):format(table.concat(lacking, ", "))
  return ("Over the base, as there is no placebo%s (what the channel does without information is part of it):"):format(
    only or "")
end

--- "net of the placebo", or what stands in its place where no preference data set has one.
---@param result table
---@return string
function words.net(result)
  for _, row in ipairs(result.scores or {}) do
    if row.net_of ~= "base" then return "net of the placebo" end
  end
  return result.windows and "net of the placebo" or "over the base"
end

--- What was measured on, in one line.
---@param result table
---@return string
function words.data(result)
  local data = result.data
  if result.imported then
    return ("%s: %s rows of %s users, %.1f %% positive"):format(data.name, text.count(data.test_rows),
      text.count(data.users), 100 * data.positive_rate)
  end
  local parts = data.train_rows and (" (%s train, %s test)"):format(text.count(data.train_rows),
    text.count(data.test_rows)) or ""
  local line = ("%s: %s rows%s, %s users, %s items, %.1f %% positive"):format(data.name, text.count(data.rows), parts,
    text.count(data.users), text.count(data.items), 100 * data.positive_rate)
  if data.bayes_auc then line = line .. ("; Bayes AUC %.4f"):format(data.bayes_auc) end
  return line
end

--- How it was measured, in one line.
---@param result table
---@return string
function words.settings(result)
  local settings = result.settings
  if result.imported then
    return ("scores of another ranker (%s), %d seed%s"):format(settings.input, settings.seeds,
      settings.seeds == 1 and "" or "s")
  end
  return ("%s, channel '%s', width %d, %d folds, %d seeds, %s%d threads, %.0f s"):format(
    settings.ranker.name, settings.channel.name, settings.width, settings.folds, settings.seeds,
    settings.arms == "residual" and "residual arms, " or "", settings.threads, result.timing_s.total)
end

--- How LIS or an encoder's AIS changes over windows.
---@param row table of result.trends
---@return string
function words.trend(row)
  local what = ("%s: %s"):format(row.preference, row.score)
  if row.refused then return what .. " has no trend, " .. row.refused .. "." end
  local line = ("%s changes by %+.5f a day [%+.5f, %+.5f]"):format(what, row.slope, row.ci[1], row.ci[2])
  local half = row.half_life_days
  if not half then return ("%s; no half-life: %s."):format(line, row.half_life_refused) end
  return ("%s; it halves in %.1f days [%.1f, %s]."):format(line, half.value, half.low,
    half.high and ("%.1f"):format(half.high) or "no bound")
end

return words
