--- Stage 9, report: a result as a table on the terminal, as report.md and as results.json.
local core = require "lis.core"
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

local function gain(x) return ("%+.4f"):format(x) end
local function interval(ci) return ("[%+.4f, %+.4f]"):format(ci[1], ci[2]) end

local function rows_of(result, metric)
  local rows = {}
  for _, row in ipairs(result.arms) do
    if row.metric == metric then rows[#rows + 1] = row end
  end
  return rows
end

local function arm_label(row)
  return row.preference and row.preference .. ": " .. row.source or row.source
end

--- The arms as rows of text, header first: AUC with its gain and interval, gains in GAUC and log loss.
---@param result lis.Result
---@return string[][]
function report.arm_table(result)
  local auc, gauc, logloss = rows_of(result, "auc"), rows_of(result, "gauc"), rows_of(result, "logloss")
  local lines = { { "arm", "AUC", "gain", "95 % interval", "GAUC gain", "log loss change" } }
  for i, row in ipairs(auc) do
    local is_base = row.source == "base"
    lines[i + 1] = {
      arm_label(row), ("%.4f"):format(row.value), is_base and "" or gain(row.delta),
      is_base and "" or interval(row.ci), is_base and "" or gain(gauc[i].delta),
      is_base and "" or gain(logloss[i].delta),
    }
  end
  return lines
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

--- The scores as rows of text, header first: LIS, AIS and attainment of each preference data set.
---@param result lis.Result
---@return string[][]
function report.score_table(result)
  local lines = { { "preference data", "LIS", "95 % interval", "naive", "past only", "encoder", "AIS", "AIS/LIS" } }
  for _, row in ipairs(result.scores) do
    local names = sorted_keys(row.ais)
    for i = 1, math.max(1, #names) do
      local name, first = names[i], i == 1
      local attainment = name and row.attainment[name]
      lines[#lines + 1] = {
        first and row.preference or "", first and gain(row.lis) or "", first and interval(row.lis_ci) or "",
        first and gain(row.lis_naive) or "", first and gain(row.history) or "", name or "",
        name and gain(row.ais[name]) or "", attainment and ("%.2f"):format(attainment) or name and "-" or "",
      }
    end
  end
  return lines
end

--- The guards as rows of text, header first.
---@param result lis.Result
---@return string[][]
function report.guard_table(result)
  local lines = { { "guard", "value", "expected", "" } }
  for i, guard in ipairs(result.guards) do
    lines[i + 1] = { guard.name, gain(guard.value), guard.expected, guard.pass and "pass" or "FAIL" }
  end
  return lines
end

local function data_line(result)
  local data = result.data
  local line = ("%s: %s rows (%s train, %s test), %s users, %s items, %.1f %% positive"):format(
    data.name, text.thousands(data.rows), text.thousands(data.train_rows), text.thousands(data.test_rows),
    text.thousands(data.users), text.thousands(data.items), 100 * data.positive_rate)
  if data.bayes_auc then line = line .. ("; Bayes AUC %.4f"):format(data.bayes_auc) end
  return line
end

local function footing(result)
  local settings = result.settings
  return ("%s, channel '%s', width %d, %d folds, %d seeds, %d threads, %.0f s"):format(
    settings.ranker.name, settings.channel.name, settings.width, settings.folds, settings.seeds,
    settings.threads, result.timing_s.total)
end

--- Prints the answer: arms, scores, failed guards and the verdict. Returns the result.
---@return lis.Result
function Result:print()
  local out = {
    "", data_line(self), footing(self), "", text.table(report.arm_table(self)), "",
    "Net of the placebo (what the channel does without information):", text.table(report.score_table(self)), "",
  }
  local passed = 0
  for _, guard in ipairs(self.guards) do passed = passed + (guard.pass and 1 or 0) end
  out[#out + 1] = ("Guards: %d of %d pass."):format(passed, #self.guards)
  out[#out + 1] = ""
  for _, line in ipairs(self.verdict) do out[#out + 1] = text.wrap(line, 100) end
  print(table.concat(out, "\n"))
  return self
end

local function markdown_table(lines)
  local out = {}
  for i, line in ipairs(lines) do
    out[#out + 1] = "| " .. table.concat(line, " | ") .. " |"
    if i == 1 then out[#out + 1] = "|" .. (" --- |"):rep(#line) end
  end
  return table.concat(out, "\n")
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
  section("Scores", markdown_table(report.score_table(result)) ..
    "\n\nNet of the placebo: the same pair graph with its item labels permuted, through the same channel.")
  section("Arms", markdown_table(report.arm_table(result)) ..
    "\n\nIntervals cover rows (DeLong, clustered by user) and seeds together.")
  section("Guards", markdown_table(report.guard_table(result)))
  section("Data", data_line(result) .. "\n\nContent hash " .. result.data.hash .. ".")
  local definitions = {}
  for _, name in ipairs(sorted_keys(result.definitions)) do
    definitions[#definitions + 1] = ("- %s: %s"):format(name, result.definitions[name])
  end
  section("Definitions", table.concat(definitions, "\n"))
  section("Settings", footing(result) .. "\n\n```json\n" .. core.base.json_encode(result.settings, { indent = 2 })
    .. "\n```")
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
