--- Stage 9, report: a result on the terminal, and as a folder of files: report.html (one page, nothing
--- fetched), report.md, report.tex, results.json, tables as CSV, pictures as SVG and PDF.
---
--- All of it follows from results.json alone: `lis.report.read(folder)` gives a result that was saved, as a
--- study's run gave it. The pieces are usable alone:
---
---     lis.report.draw(result, "bars", "bars.pdf")       -- one picture; lis.report.pictures() names them
---     lis.report.arm_table(result)                       -- rows and columns
---     lis.report.latex(result)                           -- a table for a paper
local core = require "lis.core"
local csv = require "lis.report.csv"
local details = require "lis.report.details"
local figures = require "lis.report.figures"
local latex = require "lis.report.latex"
local markdown = require "lis.report.markdown"
local page = require "lis.report.page"
local parts = require "lis.util.part_tables"
local plot = require "lis.report.plot"
local sections = require "lis.report.sections"
local tables = require "lis.report.tables"
local text = require "lis.util.text"
local words = require "lis.report.words"

local report = { arm_table = tables.arms, score_table = tables.scores, guard_table = tables.guards,
  latex = latex.table, net_of = words.net_of, section = page.section }

--- Version of results.json, as docs/results.md describes it.
report.schema = 1

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
function report.new(outcome)
  outcome.schema = report.schema
  return setmetatable(outcome, Result)
end

local function drawn(tabular) return text.table(tabular.rows, tabular.columns) end

local function window_lines(result)
  local part = parts.tables(result)[1]
  local out = { "", part.note, "", drawn(part), "" }
  for _, row in ipairs(result.trends) do out[#out + 1] = words.trend(row) end
  if result.cost then table.move({ "", text.wrap(result.cost.line, 100) }, 1, 2, #out + 1, out) end
  return out
end

local function study_lines(result)
  local out = {
    "", words.data(result), words.settings(result), "", drawn(report.arm_table(result)), "",
    words.net_of(result), drawn(report.score_table(result)), "",
  }
  for _, part in ipairs(parts.tables(result)) do
    table.move({ part.title .. ". " .. part.note, drawn(part), "" }, 1, 3, #out + 1, out)
  end
  local passed = 0
  for _, guard in ipairs(result.guards) do passed = passed + (guard.pass and 1 or 0) end
  out[#out + 1] = ("Guards: %d of %d pass."):format(passed, #result.guards)
  out[#out + 1] = ""
  for _, line in ipairs(result.verdict) do out[#out + 1] = text.wrap(line, 100) end
  if result.cost then table.move({ "", text.wrap(result.cost.line, 100) }, 1, 2, #out + 1, out) end
  return out
end

--- Prints the answer: arms, scores, failed guards and the verdict; of a rolling study LIS by window.
--- Returns the result.
---@return lis.Result
function Result:print()
  print(table.concat(self.windows and window_lines(self) or study_lines(self), "\n"))
  return self
end

-- What stands at the top of the page.
local function head_of(result)
  local tiles, alerts, passed = {}, {}, 0
  for i, score in ipairs(result.scores or {}) do
    if i <= 3 then tiles[i] = { text.signed(score.lis), "LIS of " .. score.preference } end
  end
  for _, guard in ipairs(result.guards or {}) do passed = passed + (guard.pass and 1 or 0) end
  if result.guards then tiles[#tiles + 1] = { ("%d of %d"):format(passed, #result.guards), "guards pass" } end
  if result.guards and passed < #result.guards then
    alerts[1] = "Read with care: a guard failed, see Guards."
  end
  return { name = result.name, kicker = "Leakage Impact Score, " .. result.data.name,
    question = sections.question(result),
    answer = sections.answer(result), tiles = tiles, alerts = alerts }
end

--- The report as Markdown, without pictures.
---@param result lis.Result
---@return string
function report.markdown(result) return markdown.document(head_of(result), sections.of(result)) end

local footer = "Made by lisrun %s from results.json in this folder, which docs/results.md describes. %s"

--- Writes the page and its companions: a pure function of what results.json holds. Returns why pictures
--- are missing, where some are.
---@param result table
---@param folder string (made if missing)
---@return string?
function report.write(result, folder)
  core.base.make_folder(folder)
  local json = core.base.json_encode(result, { indent = 2 }) .. "\n"
  result = core.base.json_decode(json)
  local list = sections.of(result)
  local pictures, missing, note = plot.all(list, folder .. "/plots")
  local head = head_of(result)
  local files = {
    ["results.json"] = json, ["report.html"] = page.html(head, list, pictures, footer:format(result.version, note)),
    ["report.md"] = markdown.document(head, list, pictures), ["report.tex"] = result.scores and latex.table(result)
      or nil,
    ["arms.csv"] = result.arms and csv.arms(result) or nil, ["curves.csv"] = result.curves and csv.curves(result)
      or nil,
    ["cohorts.csv"] = result.cohorts and csv.cohorts(result) or nil,
  }
  for name, content in pairs(files) do core.base.save(folder .. "/" .. name, content) end
  return missing
end

--- Writes the whole report of a result and says where.
---@param result table
---@param folder string (made if missing)
function report.files(result, folder)
  local missing = report.write(result, folder)
  if missing then io.stderr:write("report without pictures: ", missing, "\n") end
  print(("\nReport: %s/report.html   text: %s/report.md   figures: %s/results.json"):format(folder, folder, folder))
end

--- Writes the whole report into a folder and says where. Returns the result.
---@param folder string (made if missing)
---@return lis.Result
function Result:report(folder)
  report.files(self, folder)
  return self
end

--- Writes results.json and report.md alone, no pictures (folder made if missing). Returns the result.
---@param folder string
---@return lis.Result
function Result:save(folder)
  core.base.make_folder(folder)
  core.base.save(folder .. "/results.json", core.base.json_encode(self, { indent = 2 }) .. "\n")
  core.base.save(folder .. "/report.md", report.markdown(self))
  print(("\nReport: %s/report.md   figures: %s/results.json"):format(folder, folder))
  return self
end

--- A result that was saved, with its methods.
---@param folder string with results.json
---@return lis.Result
function report.read(folder)
  local path = folder .. "/results.json"
  local file <close>, why = io.open(path, "rb")
  if not file then error(("%s: wanted a folder that a study was saved in (%s)"):format(folder, why), 0) end
  local result = core.base.json_decode(file:read "a")
  if type(result) ~= "table" or result.schema ~= report.schema then
    error(("%s has schema %s, this lisrun reads %d"):format(path, tostring(result.schema), report.schema), 0)
  end
  return setmetatable(result, Result)
end

-- Makers of pictures by name; some make several.
local makers = {}
for _, module in ipairs { figures, details } do
  for name, maker in pairs(module) do makers[name] = maker end
end

--- The pictures that report.draw knows.
---@return string[]
function report.pictures() return words.keys(makers) end

--- Draws one picture of a result into a file: .svg, .pdf or .png. Where a picture has several panels, PATH
--- gets their names put in. Returns the files.
---@param result table
---@param name string of report.pictures
---@param path string
---@return string[]
function report.draw(result, name, path)
  local maker = makers[name]
  if not maker then
    error(("no picture '%s'; there are %s"):format(tostring(name), table.concat(report.pictures(), ", ")), 2)
  end
  local made = maker(result)
  if not made then error(("this study has nothing to show as '%s'"):format(name), 2) end
  if made.name then
    plot.file(made, path)
    return { path }
  end
  local files = {}
  for i, figure in ipairs(made) do
    files[i] = path:gsub("(%.%w+)$", "-" .. figure.name:match "[^-]+$" .. "%1")
    plot.file(figure, files[i])
  end
  return files
end

return report
