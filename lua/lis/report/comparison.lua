--- A comparison of saved studies (lis.study.compare) as text and as Markdown.
local text = require "lis.util.text"

local comparison = {}

--- Runs are called A, B, C, ... in the tables, and by their folders once, above them.
---@param i integer
---@return string
function comparison.letter(i) return i <= 26 and string.char(64 + i) or ("run %d"):format(i) end

local letter = comparison.letter

local function interval(ci) return text.interval(ci[1], ci[2]) end

local function p_value(p) return p < 0.0001 and "< 0.0001" or ("%.4f"):format(p) end

local function run_table(c)
  local rows = {}
  for i, run in ipairs(c.runs) do
    local result = run.result
    rows[i] = { letter(i), run.folder, run.name, result.data.name, result.data.hash, text.count(result.data.test_rows),
      text.fixed(c.base[i]) }
  end
  local columns = { { title = "" }, { title = "folder" }, { title = "study" }, { title = "data" }, { title = "hash" },
    { title = "test rows", align = "right" }, { title = "base " .. c.metric, align = "right" } }
  return { title = "Runs", rows = rows, columns = columns }
end

-- What each run has, then how each differs from the first: the rows of lis.ComparedRow.
local function change_table(c, title, first_column, compared)
  local columns, rows = { { title = first_column, key = "name" } }, {}
  for i in ipairs(c.runs) do columns[#columns + 1] = { title = letter(i), key = i, format = text.signed } end
  for i = 2, #c.runs do
    local key = letter(i) .. " - A"
    columns[#columns + 1] = { title = key, key = key, format = text.signed }
    columns[#columns + 1] = { title = "95 % interval", key = key .. " ci", format = interval, align = "right" }
    columns[#columns + 1] = { title = "p", key = key .. " p", format = p_value, align = "right" }
  end
  for r, one in ipairs(compared) do
    local row = { name = one.name }
    for i in ipairs(c.runs) do
      row[i] = one.delta[i]
      local change = one.change[i]
      if change then
        local key = letter(i) .. " - A"
        row[key], row[key .. " ci"], row[key .. " p"] = change.delta, change.ci, change.p
      end
    end
    rows[r] = row
  end
  return { title = title, rows = rows, columns = columns }
end

local function settings_table(c)
  local columns = { { title = "setting", key = "setting" } }
  for i in ipairs(c.runs) do columns[i + 1] = { title = letter(i), key = i } end
  return { title = "Settings that differ", rows = c.settings, columns = columns }
end

--- How each run was held against the first, in words.
---@param c lis.Comparison
---@return string
function comparison.how(c)
  local notes = {}
  for i = 2, #c.runs do
    local paired
    for _, row in ipairs(c.arms) do paired = row.change[i] and row.change[i].paired or paired end
    notes[#notes + 1] = ("%s against A: %s."):format(letter(i), paired
      and "paired over the same test rows (by user) and seeds"
      or "not paired; the two are taken as independent, which makes the intervals wide")
  end
  return table.concat(notes, " ")
end

---@class lis.TitledTable: lis.Table
---@field title string

--- The tables of a comparison: runs, LIS, arms, settings.
---@param c lis.Comparison
---@return lis.TitledTable[]
function comparison.tables(c)
  local tables = { run_table(c) }
  if #c.scores > 0 then
    tables[2] = change_table(c, "LIS (over the placebo), " .. c.metric, "preference data", c.scores)
  end
  tables[#tables + 1] = change_table(c, "Gain over the base, " .. c.metric, "arm", c.arms)
  if #c.settings > 0 then tables[#tables + 1] = settings_table(c) end
  return tables
end

--- A comparison for the terminal: warnings first.
---@param c lis.Comparison
---@return string
function comparison.text(c)
  local out = {}
  for _, warning in ipairs(c.warnings) do out[#out + 1] = text.wrap("WARNING: " .. warning, 100) end
  if #out > 0 then out[#out + 1] = "" end
  for _, part in ipairs(comparison.tables(c)) do
    table.move({ part.title, text.table(part.rows, part.columns), "" }, 1, 3, #out + 1, out)
  end
  out[#out + 1] = text.wrap(comparison.how(c), 100)
  return table.concat(out, "\n")
end

--- The same as Markdown.
---@param c lis.Comparison
---@return string
function comparison.markdown(c)
  local out = { "# Comparison of " .. #c.runs .. " studies", "" }
  for _, warning in ipairs(c.warnings) do out[#out + 1] = "**Warning:** " .. warning .. "\n" end
  for _, part in ipairs(comparison.tables(c)) do
    table.move({ "## " .. part.title, "", text.markdown(part.rows, part.columns), "" }, 1, 4, #out + 1, out)
  end
  out[#out + 1] = comparison.how(c)
  return table.concat(out, "\n") .. "\n"
end

--- The figures alone, for JSON: what lis.study.compare found, without the runs' whole results.
---@param c lis.Comparison
---@return table
function comparison.figures(c)
  local runs = {}
  for i, run in ipairs(c.runs) do
    runs[i] = { folder = run.folder, name = run.name, version = run.version, base = c.base[i], data = run.result.data }
  end
  local function listed(rows) -- gaps, where a run lacks an arm, are no JSON: keyed by run instead
    local list = {}
    for r, row in ipairs(rows) do
      list[r] = { name = row.name, runs = {} }
      for i in ipairs(c.runs) do
        if row.delta[i] then
          list[r].runs[letter(i)] = { delta = row.delta[i], ci = row.ci[i], change = row.change[i] }
        end
      end
    end
    return list
  end
  return { metric = c.metric, runs = runs, warnings = c.warnings, arms = listed(c.arms), scores = listed(c.scores) }
end

return comparison
