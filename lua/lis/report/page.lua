--- Pieces of a web page, each usable alone, and the page around them: one file, nothing fetched, no script.
local core = require "lis.core"
local css = require "lis.report.css"

local page = {}

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

--- Text as HTML: nothing in it is markup.
---@param s any
---@return string
function page.escape(s)
  s = tostring(s):gsub("[%z\1-\8\11-\31]", " ")
  if not utf8.len(s) then s = s:gsub("[\128-\255]", "?") end
  return (s:gsub("[&<>\"']", entities))
end

local escape = page.escape

-- An element; attributes and content are HTML already.
local function element(name, attributes, content)
  return ("<%s%s>%s</%s>"):format(name, attributes and " " .. attributes or "", content, name)
end

local function cell(value, format)
  if value == nil then return "-" end
  if type(format) == "function" then return format(value) end
  if format and type(value) == "number" then return format:format(value) end
  return tostring(value)
end

-- Whether a column stands at the right: told so, or of numbers.
local function is_right(column, key, rows)
  if column.align then return column.align == "right" end
  for _, row in ipairs(rows) do
    if type(row[key]) == "number" then return true end
  end
  return false
end

local LONG_TABLE <const> = 12 -- rows; a longer one is folded away

--- A table that scrolls within itself where the screen is narrow; a long one unfolds.
---@param tabular lis.Table
---@return string
function page.table(tabular)
  local head, lines, right, keys = {}, {}, {}, {}
  for c, column in ipairs(tabular.columns) do
    keys[c] = column.key == nil and c or column.key
    right[c] = is_right(column, keys[c], tabular.rows) and 'class="number"' or nil
    head[c] = element("th", right[c], escape(column.title))
  end
  for r, row in ipairs(tabular.rows) do
    local cells = {}
    for c, column in ipairs(tabular.columns) do
      local shown = escape(cell(row[keys[c]], column.format))
      cells[c] = element("td", c == 1 and #shown > 40 and ('title="%s"'):format(shown) or right[c], shown)
    end
    lines[r] = element("tr", nil, table.concat(cells))
  end
  local whole = element("div", 'class="scroll" tabindex="0"', element("table", nil, element("thead", nil,
    element("tr", nil, table.concat(head))) .. "\n" .. element("tbody", nil, table.concat(lines, "\n")))) .. "\n"
  if #lines <= LONG_TABLE then return whole end
  return element("details", nil, element("summary", nil, ("The figures: a table of %d rows"):format(#lines)) .. whole)
end

local function svg(class, picture, label)
  return ('<svg class="%s" viewBox="0 0 %d %d" role="img" aria-label="%s">%s</svg>\n'):format(class, picture.width,
    picture.height, label, picture.svg)
end

--- A figure with its caption; empty where it was not drawn.
---@param figure lis.report.Figure
---@param drawn table? of plot.for_page
---@return string
function page.figure(figure, drawn)
  if not drawn then return "" end
  local label = escape(figure.caption)
  local pictures = drawn.narrow and svg("wide", drawn.wide, label) .. svg("narrow", drawn.narrow, label)
    or svg("drawn", drawn.wide, label)
  return element("figure", ('id="figure-%s"%s'):format(escape(figure.name), figure.size == "side" and ' class="side"'
    or ""),
    pictures .. element("figcaption", nil, label)) .. "\n"
end

-- Half-width figures in a row stand beside each other.
local function figure_list(list, drawn)
  local out, panels = {}, {}
  local function close()
    if #panels > 0 then out[#out + 1] = element("div", 'class="panels"', table.concat(panels)) end
    panels = {}
  end
  for _, figure in ipairs(list) do
    local html = page.figure(figure, drawn[figure.name])
    if figure.size == "half" and html ~= "" then
      panels[#panels + 1] = html
    else
      close()
      out[#out + 1] = html
    end
  end
  close()
  return table.concat(out, "\n")
end

local function check_item(check)
  local mark = element("span", check.pass and 'class="mark"' or 'class="mark fail"', check.pass and "pass" or "FAIL")
  local value = ("%s, expected %s"):format(escape(check.value), escape(check.expected))
  return element("li", nil, mark .. element("span", nil, escape(check.name)) .. element("span", 'class="value"', value)
    .. element("small", nil, "If it fails: " .. escape(check.meaning)))
end

--- A section: what sections.of gives, or one of your own of the same fields.
---@param section lis.report.Section
---@param drawn table<string, table>? figures by name
---@return string
function page.section(section, drawn)
  local out = { element("h2", nil, escape(section.title)) }
  local function add(html) out[#out + 1] = html end
  if section.lead then add(element("p", nil, escape(section.lead))) end
  if section.figures then add(figure_list(section.figures, drawn or {})) end
  for _, tabular in ipairs(section.tables or {}) do add(page.table(tabular)) end
  if section.note then add(element("p", 'class="note"', escape(section.note))) end
  if section.checks then
    local items = {}
    for i, check in ipairs(section.checks) do items[i] = check_item(check) end
    add(element("ul", 'class="checks"', table.concat(items, "\n")))
  end
  if section.terms then
    local terms = {}
    for i, term in ipairs(section.terms) do terms[i] = element("dt", nil, escape(term[1]))
      .. element("dd", nil, escape(term[2])) end
    add(element("dl", nil, table.concat(terms, "\n")))
  end
  if section.settings then
    local json = core.base.json_encode(section.settings, { indent = 2 })
    add(element("details", nil, element("summary", nil, "All settings in effect") .. element("pre", nil, escape(json))))
  end
  return element("section", ('id="%s"'):format(escape(section.id)), table.concat(out, "\n")) .. "\n"
end

---@class lis.report.Head
---@field name string
---@field kicker string      what and when, in small letters
---@field question string
---@field answer string[]    two sentences, then the rest
---@field tiles { [1]: string, [2]: string }[]?  a figure and what it is
---@field alerts string[]?

local function head_of(head)
  local out = { element("p", 'class="kicker"', escape(head.kicker)), element("h1", nil, escape(head.name)),
    element("p", nil, escape(head.question)) }
  local first, rest = head.answer[1] or "", {}
  out[#out + 1] = element("p", 'class="answer"', element("strong", nil, escape(first)) .. " "
    .. escape(head.answer[2] or ""))
  for i = 3, #head.answer do rest[#rest + 1] = element("li", nil, escape(head.answer[i])) end
  if #rest > 0 then out[#out + 1] = element("ul", 'class="more"', table.concat(rest, "\n")) end
  for _, alert in ipairs(head.alerts or {}) do out[#out + 1] = element("p", 'class="alert"', escape(alert)) end
  local tiles = {}
  for i, tile in ipairs(head.tiles or {}) do
    tiles[i] = element("li", nil, element("b", nil, escape(tile[1])) .. element("span", nil, escape(tile[2])))
  end
  if #tiles > 0 then out[#out + 1] = element("ul", 'class="tiles"', table.concat(tiles, "\n")) end
  return table.concat(out, "\n")
end

local function nav_of(list)
  local links = {}
  for i, section in ipairs(list) do links[i] = ('<a href="#%s">%s</a>'):format(escape(section.id),
    escape(section.title)) end
  return element("nav", nil, table.concat(links, " "))
end

--- The page.
---@param head lis.report.Head
---@param list lis.report.Section[]
---@param drawn table<string, table>  figures by name
---@param footer string
---@return string
function page.html(head, list, drawn, footer)
  local out, _, any = {}, next(drawn)
  for i, section in ipairs(list) do out[i] = page.section(section, drawn) end
  return table.concat({
    "<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    element("title", nil, escape(head.name) .. " - lisrun"), '<link rel="icon" href="data:,">',
    element("style", nil, "\n" .. css.sheet() .. "\n"), "</head>", "<body><main>",
    any and ('<svg width="0" height="0" style="position:absolute" aria-hidden="true">%s</svg>'):format(any.symbols)
      or "",
    element("header", nil, head_of(head) .. "\n" .. nav_of(list)), table.concat(out, "\n"),
    element("footer", nil, escape(footer)), "</main></body></html>", "",
  }, "\n")
end

return page
