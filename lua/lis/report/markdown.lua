--- The document of a study as Markdown.
local core = require "lis.core"
local text = require "lis.util.text"

local markdown = {}

-- A line of text in which nothing is HTML, whatever data sets are called.
local function plain(s) return (tostring(s):gsub("%c", " "):gsub("&", "&amp;"):gsub("<", "&lt;")) end

local function escaped(tabular)
  local rows = {}
  for r, row in ipairs(tabular.rows) do
    rows[r] = {}
    for key, value in pairs(row) do rows[r][key] = type(value) == "string" and plain(value) or value end
  end
  return text.markdown(rows, tabular.columns)
end

--- One section.
---@param section lis.report.Section
---@param drawn table<string, table>? figures by name that lie in plots/
---@return string
function markdown.section(section, drawn)
  local out = { "## " .. plain(section.title) }
  local function add(s) out[#out + 1] = s end
  if section.lead then add(plain(section.lead)) end
  for _, figure in ipairs(section.figures or {}) do
    if drawn and drawn[figure.name] then add(("![%s](plots/%s.svg)"):format(plain(figure.caption), figure.name)) end
  end
  for _, tabular in ipairs(section.tables or {}) do add(escaped(tabular)) end
  if section.note then add(plain(section.note)) end
  if section.checks then
    add(text.markdown(section.checks, {
      { title = "guard", key = "name", format = plain }, { title = "value", key = "value" },
        { title = "expected", key = "expected" },
      { title = "", key = "pass", format = function(pass) return pass and "pass" or "FAIL" end },
      { title = "if it fails", key = "meaning", format = plain },
    }))
  end
  if section.terms then
    local lines = {}
    for i, term in ipairs(section.terms) do lines[i] = ("- %s: %s"):format(plain(term[1]), plain(term[2])) end
    add(table.concat(lines, "\n"))
  end
  if section.settings then add("```json\n" .. core.base.json_encode(section.settings, { indent = 2 }) .. "\n```") end
  return table.concat(out, "\n\n")
end

--- The whole file.
---@param head lis.report.Head
---@param list lis.report.Section[]
---@param drawn table<string, table>?
---@return string
function markdown.document(head, list, drawn)
  local out = { "# " .. plain(head.name), plain(head.question), plain(head.answer[1] or "") }
  local rest = {}
  for i = 2, #head.answer do rest[#rest + 1] = "- " .. plain(head.answer[i]) end
  if #rest > 0 then out[#out + 1] = table.concat(rest, "\n") end
  for _, section in ipairs(list) do out[#out + 1] = markdown.section(section, drawn) end
  return table.concat(out, "\n\n") .. "\n"
end

return markdown
