--- A result as a document: sections of sentences, figures and tables, which the page and the Markdown file
--- both write down. A section whose data the study lacks is left out.
local details = require "lis.report.details"
local figures = require "lis.report.figures"
local parts = require "lis.util.part_tables"
local tables = require "lis.report.tables"
local text = require "lis.util.text"
local words = require "lis.report.words"

local sections = {}

---@class lis.report.Section
---@field id string
---@field title string
---@field lead string?
---@field figures lis.report.Figure[]?
---@field tables lis.Table[]?
---@field note string?
---@field terms { [1]: string, [2]: string }[]?      a word and what it means
---@field checks { pass: boolean, name: string, value: string, expected: string, meaning: string }[]?
---@field settings table?                             shown as JSON

-- One figure, a list of them or none, as a list.
local function listed(figure)
  if not figure then return nil end
  return figure.name and { figure } or figure
end

local function part_section(result, id, title, drawn)
  for _, part in ipairs(parts.tables(result)) do
    if part.title == title then
      return { id = id, title = title, figures = listed(drawn), tables = { part }, note = part.note }
    end
  end
end

local make = {}

function make.scores(result)
  if not (result.scores and result.scores[1]) then return nil end
  return { id = "scores", title = "Scores", figures = listed(figures.bars(result)), tables = { tables.scores(result) },
    lead = words.net_of(result):gsub(":$", "."),
    note = "The placebo is the same pair graph with its item labels permuted, through the same channel." }
end

function make.attainment(result)
  local figure = figures.attainment(result)
  return figure and { id = "attainment", title = "AIS against LIS", figures = { figure } }
end

function make.arms(result)
  if not (result.arms and result.arms[1]) then return nil end
  return { id = "arms", title = "Arms", figures = listed(figures.arms(result)), tables = { tables.arms(result) },
    note = "Intervals cover rows (DeLong, clustered by user) and seeds together." }
end

function make.metrics(result) return part_section(result, "metrics", "LIS by metric") end
function make.dose(result) return part_section(result, "dose", "Dose response", figures.dose(result)) end
function make.horizon(result) return part_section(result, "horizon", "Horizon", figures.horizon(result)) end
function make.cohorts(result) return part_section(result, "cohorts", "Cohorts", details.cohorts(result)) end

function make.windows(result) return part_section(result, "windows", "Windows", figures.windows(result)) end

function make.learning(result)
  local list = details.learning(result)
  return list and { id = "learning", title = "Learning curves", figures = list,
    lead = "AUC of the test rows after each pass, mean over seeds; bars reach from the least to the most." }
end

function make.probabilities(result)
  local list = details.spread(result)
  if not list then return nil end
  list[#list + 1] = details.calibration(result)
  return { id = "probabilities", title = "Score distributions and calibration", figures = list,
    lead = "The base, and the arm behind LIS of each preference data set; all seeds together." }
end

function make.coverage(result)
  local figure = details.coverage(result)
  return figure and { id = "coverage", title = "Coverage", figures = { figure } }
end

function make.timeline(result)
  local figure = details.timeline(result)
  return figure and { id = "timeline", title = "Windows and what each arm may see", figures = { figure } }
end

function make.guards(result)
  if not (result.guards and result.guards[1]) then return nil end
  local checks, passed = {}, 0
  for i, guard in ipairs(result.guards) do
    checks[i] = { pass = guard.pass, name = guard.name, value = text.signed(guard.value or 0 / 0),
      expected = guard.expected,
      meaning = guard.meaning }
    passed = passed + (guard.pass and 1 or 0)
  end
  return { id = "guards", title = "Guards", checks = checks,
    lead = ("%d of %d pass. A study checks itself; each line says what it would mean if it failed."):format(passed,
      #checks) }
end

-- What the words of the page mean; without a placebo there is nothing to be net of.
local function terms_of(result)
  local placebo = words.net(result) ~= "over the base"
  local against = placebo and "AUC with its placebo" or "AUC of the base"
  local terms = {
    { "LIS", "Leakage Impact Score: AUC with the preference data leaked into the ranker, less " .. against
      .. ". What any encoder aligned on this data could give at most." },
    { "AIS", "AUC Improvement Score: AUC with an encoder aligned on the past of this data, less " .. against .. "." },
    { "attainment", "AIS / LIS: the share of what the data could give that the encoder gives. Refused where LIS is "
      .. "not above 0." },
    { "95 % interval", "Over rows, clustered by user (DeLong), and seeds together; Student's t with the degrees of "
      .. "freedom of Welch and Satterthwaite." },
  }
  if placebo then
    terms[#terms + 1] = { "placebo", "The leaked pair graph with its item labels permuted jointly: the same channel "
      .. "without information." }
  end
  return terms
end

local metric_names = { auc = "AUC", gauc = "GAUC", logloss = "log loss" }

function make.definitions(result)
  local terms = terms_of(result)
  for _, name in ipairs(words.keys(result.definitions)) do
    terms[#terms + 1] = { metric_names[name] or name, result.definitions[name] }
  end
  return { id = "definitions", title = "Definitions", terms = terms }
end

function make.setting(result)
  local machine, data = result.machine or {}, result.data
  local terms = { { "data", words.data(result) }, { "content hash", data.hash },
    { "version", "lisrun " .. tostring(result.version) } }
  for _, step in ipairs(data.cleaning or {}) do terms[#terms + 1] = { "cleaned", step.line } end
  local settings = words.settings(result)
  if settings then terms[#terms + 1] = { "study", settings } end
  if machine.processor then
    terms[#terms + 1] = { "machine", ("%s, %d processors, %s, %s"):format(machine.processor, machine.processors or 0,
      text.bytes(machine.memory or 0), machine.system or "") }
  end
  return { id = "settings", title = "Data, settings and machine", terms = terms, settings = result.settings }
end

function make.cost(result)
  if not result.cost then return nil end
  local stages, estimate = tables.cost(result)
  return { id = "cost", title = "Cost", lead = result.cost.line,
    tables = { stages, #estimate.rows > 0 and estimate or nil } }
end

function make.limits()
  return { id = "limits", title = "What this does not show", terms = {
    { "elsewhere", "A bound holds for one ranker, one channel, one width and one window." },
    { "online", "LIS says what an encoder aligned on this data could give at most here, not what it will give "
      .. "online." },
    { "thin evidence", "Where an item has few pairs the leaked table is noisy, and a good encoder can exceed it: AIS "
      .. "above LIS says that the table ran out of evidence." },
  } }
end

local order = { "scores", "attainment", "metrics", "arms", "dose", "horizon", "windows", "cohorts", "learning",
  "probabilities", "coverage", "timeline", "guards", "definitions", "setting", "cost", "limits" }

--- The sections of a result in the order in which they are read.
---@param result table
---@return lis.report.Section[]
function sections.of(result)
  local list = {}
  for _, name in ipairs(order) do list[#list + 1] = make[name](result) end
  return list
end

--- The question that a study answers, in one sentence.
---@param result table
---@return string
function sections.question(result)
  local names, ranker = {}, result.settings.ranker.name
  for _, score in ipairs(result.windows and result.windows[1].scores or result.scores or {}) do
    names[#names + 1] = score.preference
  end
  if #names == 0 then return ("What does each arm add to %s on %s?"):format(ranker, result.data.name) end
  if result.windows then
    return ("Does the preference data (%s) keep its worth to %s over time?"):format(table.concat(names, ", "), ranker)
  end
  local sets = #names == 1 and ("Is the preference data %s worth"):format(names[1])
    or ("Which of the preference data sets %s is worth"):format(table.concat(names, ", "))
  return ("%s aligning an encoder on, for %s on %s?"):format(sets, ranker, result.data.name)
end

--- The answer, line by line: what to do first.
---@param result table
---@return string[]
function sections.answer(result)
  if result.verdict then return result.verdict end
  local lines = {}
  for i, row in ipairs(result.trends or {}) do lines[i] = words.trend(row) end
  return lines
end

return sections
