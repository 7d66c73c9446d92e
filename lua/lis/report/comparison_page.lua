--- A comparison of saved studies (lis.study.compare) as a page, of the pieces that a study's page is made of.
local comparison = require "lis.report.comparison"
local core = require "lis.core"
local page = require "lis.report.page"
local plot = require "lis.report.plot"
local style = require "lis.report.style"
local text = require "lis.util.text"
local words = require "lis.report.words"

local comparison_page = {}

local letter = comparison.letter

-- A row a name with a mark a run; `of` gives value and interval.
local function rows_of(compared, first, runs, of)
  local rows = {}
  for _, one in ipairs(compared) do
    local marks = {}
    for i = first, runs do
      local value, ci = of(one, i)
      if value then
        marks[#marks + 1] = { kind = "point", value = value, low = ci[1], high = ci[2], look = style.of_series(i) }
      end
    end
    if #marks > 0 then rows[#rows + 1] = { label = one.name, marks = marks } end
  end
  return rows
end

local function legend_of(first, runs, label)
  local legend = {}
  for i = first, runs do
    local look = style.of_series(i)
    legend[#legend + 1] = { label = label(i), colour = look.colour, point = look.point, kind = "line" }
  end
  return legend
end

local function figure_of(c, compared, name, label, differences)
  local first, lane = differences and 2 or 1, 14
  local rows = rows_of(compared, first, #c.runs, function(one, i)
    if not differences then return one.delta[i], one.ci[i] end
    return one.change[i] and one.change[i].delta, one.change[i] and one.change[i].ci
  end)
  if #rows == 0 then return nil end
  return { name = name, caption = label .. ", with 95 % intervals.", rows = { rows = rows, lane = lane,
    axis = { signed = true, label = label },
    legend = legend_of(first, #c.runs, differences and function(i) return letter(i) .. " - A" end or letter) } }
end

-- The tables of the comparison as sections, with pictures where there are intervals.
local function sections_of(c)
  local list = {}
  for i, part in ipairs(comparison.tables(c)) do
    list[i] = { id = "part-" .. i, title = part.title, tables = { part }, figures = {} }
    local compared = part.title:find "^LIS" and c.scores or part.title:find "^Gain" and c.arms
    if compared then
      local name = compared == c.scores and "lis" or "gain"
      list[i].figures[1] = figure_of(c, compared, name, part.title)
      table.insert(list[i].figures, figure_of(c, compared, name .. "-change", "Difference from A", true))
      list[i].note = comparison.how(c)
    end
  end
  return list
end

-- How LIS of each preference data set differs from the first run, largest difference first.
local function answer_of(c)
  local lines = {}
  for _, row in ipairs(c.scores) do
    for i = 2, #c.runs do
      local change = row.change[i]
      if change then
        local sure = change.ci[1] > 0 and "higher" or change.ci[2] < 0 and "lower" or "not shown to differ"
        lines[#lines + 1] = { math.abs(change.delta), ("LIS of %s in %s is %s%s (%s)."):format(row.name, letter(i),
          sure,
          sure == "not shown to differ" and " from A" or " than in A", words.figure(change.delta, change.ci)) }
      end
    end
  end
  table.sort(lines, function(a, b) return a[1] > b[1] end)
  for i, line in ipairs(lines) do lines[i] = line[2] end
  return #lines > 0 and lines or { "No preference data set is in two of these studies." }
end

--- The page; its pictures go to FOLDER/plots, too.
---@param c lis.Comparison
---@param folder string
---@return string html
function comparison_page.html(c, folder)
  local list = sections_of(c)
  local pictures, _, note = plot.all(list, folder .. "/plots")
  local tiles = {}
  for i, run in ipairs(c.runs) do
    tiles[i] = { letter(i), ("%s, %s test rows"):format(run.folder, text.count(run.result.data.test_rows)) }
  end
  return page.html({
    name = ("Comparison of %d studies"):format(#c.runs), kicker = "Leakage Impact Score, " .. c.metric, tiles = tiles,
    question = "How do these studies differ from the first, A?", answer = answer_of(c), alerts = c.warnings,
  }, list, pictures, ("Made by lisrun %s. %s"):format(core.base.version, note))
end

return comparison_page
