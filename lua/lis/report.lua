--- Stage 9, report: a result as a table on the terminal, as report.md and as results.json.
local core = require "lis.core"
local parts = require "lis.util.part_tables"
local text = require "lis.util.text"

local report = {}

---@class lis.Result
---@field arms lis.ArmRow[]
---@field scores table[]
---@field guards lis.Guard[]
---@field verdict string[]
local Result = {}
Result.__index = Result

--- Gives a study's outcome its methods.
---@param outcome table
---@return lis.Result
function report.new(outcome) return setmetatable(outcome, Result) end

local function interval(ci) return text.interval(ci[1], ci[2]) end

---@class lis.Table what text.table and text.markdown draw
---@field rows table[]
---@field columns lis.text.column[]

local function rows_of(result, metric)
  local rows = {}
  for _, row in ipairs(result.arms) do
    if row.metric == metric then rows[#rows + 1] = row end
  end
  return rows
end

local arm_columns = {
  { title = "arm", key = "arm" },
  { title = "AUC", key = "auc", format = "%.4f" },
  { title = "gain", key = "gain", format = text.signed },
  { title = "95 % interval", key = "ci", format = interval, align = "right" },
  { title = "GAUC gain", key = "gauc", format = text.signed },
  { title = "log loss change", key = "logloss", format = text.signed },
}

-- The columns of arm_table and, for each metric of the recipe's own, its name and rows.
local function columns_and_own(result)
  local columns, own = table.move(arm_columns, 1, #arm_columns, 1, {}), {}
  local seen = { auc = true, gauc = true, logloss = true }
  for _, row in ipairs(result.arms) do
    if not seen[row.metric] then
      seen[row.metric] = true
      own[#own + 1] = { name = row.metric, rows = rows_of(result, row.metric) }
      columns[#columns + 1] = { title = row.metric .. " change", key = row.metric, format = text.signed }
    end
  end
  return columns, own
end

--- The arms: AUC with its gain over the base and interval, changes in GAUC, log loss and metrics of your own.
---@param result lis.Result
---@return lis.Table
function report.arm_table(result)
  local columns, own = columns_and_own(result)
  local gauc, logloss = rows_of(result, "gauc"), rows_of(result, "logloss")
  local rows = {}
  for i, row in ipairs(rows_of(result, "auc")) do
    rows[i] = { arm = row.preference and row.preference .. ": " .. row.source or row.source, auc = row.value }
    if row.source ~= "base" then
      rows[i].gain, rows[i].ci, rows[i].gauc, rows[i].logloss = row.delta, row.ci, gauc[i].delta, logloss[i].delta
      for _, metric in ipairs(own) do rows[i][metric.name] = metric.rows[i].delta end
    end
  end
  return { rows = rows, columns = columns }
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
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
function report.score_table(result)
  local rows = {}
  for _, score in ipairs(result.scores) do
    local names = sorted_keys(score.ais)
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

--- What the scores are net of, as the heading of their table: scores from elsewhere may lack a placebo.
---@param result lis.Result
---@return string
function report.net_of(result)
  local lacking = {}
  for _, row in ipairs(result.scores) do
    if row.net_of == "base" then lacking[#lacking + 1] = row.preference end
  end
  if #lacking == 0 then return "Net of the placebo (what the channel does without information):" end
  local only = #lacking < #result.scores and (" for %s; net of it for the others"):format(table.concat(lacking, ", "))
  return ("Over the base, as there is no placebo%s (what the channel does without information is part of it):"):format(
    only or "")
end

--- The guards: what each measured, and the band it had to lie in.
---@param result lis.Result
---@return lis.Table
function report.guard_table(result) return { rows = result.guards, columns = guard_columns } end

local function drawn(tabular) return text.table(tabular.rows, tabular.columns) end
local function markdown(tabular) return text.markdown(tabular.rows, tabular.columns) end

local function data_line(result)
  local data = result.data
  if result.imported then
    return ("%s: %s rows of %s users, %.1f %% positive"):format(data.name, text.count(data.test_rows),
      text.count(data.users), 100 * data.positive_rate)
  end
  local line = ("%s: %s rows (%s train, %s test), %s users, %s items, %.1f %% positive"):format(
    data.name, text.count(data.rows), text.count(data.train_rows), text.count(data.test_rows),
    text.count(data.users), text.count(data.items), 100 * data.positive_rate)
  if data.bayes_auc then line = line .. ("; Bayes AUC %.4f"):format(data.bayes_auc) end
  return line
end

local function footing(result)
  local settings = result.settings
  if result.imported then
    return ("scores of another ranker (%s), %d seed%s"):format(settings.input, settings.seeds,
      settings.seeds == 1 and "" or "s")
  end
  return ("%s, channel '%s', width %d, %d folds, %d seeds, %d threads, %.0f s"):format(
    settings.ranker.name, settings.channel.name, settings.width, settings.folds, settings.seeds,
    settings.threads, result.timing_s.total)
end

--- Prints the answer: arms, scores, failed guards and the verdict. Returns the result.
---@return lis.Result
function Result:print()
  local out = {
    "", data_line(self), footing(self), "", drawn(report.arm_table(self)), "",
    report.net_of(self), drawn(report.score_table(self)), "",
  }
  for _, part in ipairs(parts.tables(self)) do
    table.move({ part.title .. ". " .. part.note, drawn(part), "" }, 1, 3, #out + 1, out)
  end
  local passed = 0
  for _, guard in ipairs(self.guards) do passed = passed + (guard.pass and 1 or 0) end
  out[#out + 1] = ("Guards: %d of %d pass."):format(passed, #self.guards)
  out[#out + 1] = ""
  for _, line in ipairs(self.verdict) do out[#out + 1] = text.wrap(line, 100) end
  if self.cost then table.move({ "", text.wrap(self.cost.line, 100) }, 1, 2, #out + 1, out) end
  print(table.concat(out, "\n"))
  return self
end

--- The report as Markdown.
---@param result lis.Result
---@return string
function report.markdown(result)
  local out = { "# " .. result.name, "", result.verdict[1], "" }
  for i = 2, #result.verdict do out[#out + 1] = "- " .. result.verdict[i] end
  local function section(title, body)
    table.move({ "", "## " .. title, "", body }, 1, 4, #out + 1, out)
  end
  section("Scores", report.net_of(result) .. "\n\n" .. markdown(report.score_table(result)) ..
    "\n\nThe placebo is the same pair graph with its item labels permuted, through the same channel.")
  section("Arms", markdown(report.arm_table(result)) ..
    "\n\nIntervals cover rows (DeLong, clustered by user) and seeds together.")
  for _, part in ipairs(parts.tables(result)) do section(part.title, markdown(part) .. "\n\n" .. part.note) end
  section("Guards", markdown(report.guard_table(result)))
  section("Data", data_line(result) .. "\n\nContent hash " .. result.data.hash .. ".")
  local definitions = {}
  for _, name in ipairs(sorted_keys(result.definitions)) do
    definitions[#definitions + 1] = ("- %s: %s"):format(name, result.definitions[name])
  end
  section("Definitions", table.concat(definitions, "\n"))
  section("Settings", footing(result) .. "\n\n```json\n" .. core.base.json_encode(result.settings, { indent = 2 })
    .. "\n```")
  if result.cost then section("Cost", result.cost.line) end
  section("What this does not show", "A bound holds for one ranker, one channel, one width and one window. "
    .. "LIS says what an encoder aligned on this data could give at most here, not what it will give online.")
  return table.concat(out, "\n") .. "\n"
end

--- Writes results.json and report.md into a folder (made if missing). Returns the result.
---@param folder string
---@return lis.Result
function Result:save(folder)
  core.base.make_folder(folder)
  core.base.save(folder .. "/results.json", core.base.json_encode(self, { indent = 2 }) .. "\n")
  core.base.save(folder .. "/report.md", report.markdown(self))
  print(("\nReport: %s/report.md   figures: %s/results.json"):format(folder, folder))
  return self
end

return report
