--- Text for people: aligned tables, numbers, durations, wrapped paragraphs.
local text = {}

-- ---------------------------------------------------------------------------------------------
-- Numbers

--- "+0.0213", "-0.0040", "0.0000": for differences, where the sign is the message.
---@param x number
---@param digits integer? after the point, default 4
---@return string
function text.signed(x, digits)
  local shown = ("%+.*f"):gsub("%*", digits or 4):format(x)
  if shown:find("[1-9]") or not shown:find("^[+-]0") then return shown end
  return shown:sub(2)
end

--- "0.7569"; nil and NaN give "-".
---@param x number?
---@param digits integer? after the point, default 4
---@return string
function text.fixed(x, digits)
  if x == nil or x ~= x then return "-" end
  return ("%." .. (digits or 4) .. "f"):format(x)
end

--- "[+0.0181, +0.0239]"
---@param low number
---@param high number
---@param digits integer?
---@return string
function text.interval(low, high, digits)
  return ("[%s, %s]"):format(text.signed(low, digits), text.signed(high, digits))
end

--- "1,234,567"
---@param n integer|number
---@return string
function text.count(n)
  local sign, digits = ("%.0f"):format(n):match("^(-?)(%d+)$")
  if not digits then return tostring(n) end
  local grouped = digits:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return sign .. grouped
end

--- "12.5%"
---@param fraction number
---@param digits integer? after the point, default 1
---@return string
function text.percent(fraction, digits)
  return ("%." .. (digits or 1) .. "f%%"):format(100 * fraction)
end

--- "1.5 MB": decimal units, three significant digits at most.
---@param n number
---@return string
function text.bytes(n)
  local units = { "B", "kB", "MB", "GB", "TB", "PB" }
  local unit = 1
  while math.abs(n) >= 999.5 and unit < #units do n, unit = n / 1000, unit + 1 end
  local shape = (unit == 1 or math.abs(n) >= 99.95) and "%.0f %s" or "%.1f %s"
  return shape:format(n, units[unit])
end

--- "0.4 s", "12 s", "3 min 05 s", "2 h 07 min"
---@param seconds number
---@return string
function text.duration(seconds)
  if seconds ~= seconds or seconds == math.huge then return "?" end
  if seconds < 9.95 then return ("%.1f s"):format(seconds) end
  local whole = math.floor(seconds + 0.5)
  if whole < 60 then return ("%d s"):format(whole) end
  if whole < 3600 then return ("%d min %02d s"):format(whole // 60, whole % 60) end
  return ("%d h %02d min"):format(whole // 3600, whole % 3600 // 60)
end

-- ---------------------------------------------------------------------------------------------
-- Width and wrapping

--- Columns a UTF-8 string takes, one for each code point; bytes where it is not UTF-8.
---@param s string
---@return integer
function text.width(s) return utf8.len(s) or #s end

--- Pads to a width: "left" (default), "right" or "center" says where the text stands.
---@param s string
---@param width integer
---@param align string?
---@return string
function text.pad(s, width, align)
  local room = width - text.width(s)
  if room <= 0 then return s end
  if align == "right" then return (" "):rep(room) .. s end
  if align == "center" then
    return (" "):rep(room // 2) .. s .. (" "):rep(room - room // 2)
  end
  return s .. (" "):rep(room)
end

--- Cuts to a width, with "..." where something is missing.
---@param s string
---@param width integer
---@return string
function text.cut(s, width)
  if text.width(s) <= width then return s end
  local keep = math.max(0, width - 3)
  local stop = utf8.len(s) and utf8.offset(s, keep + 1) - 1 or keep
  return s:sub(1, stop) .. ("."):rep(math.min(3, width))
end

--- Breaks paragraphs (separated by empty lines) at word boundaries.
---@param s string
---@param width integer?  default 78
---@param indent string?  put before every line, default ""
---@return string
function text.wrap(s, width, indent)
  width, indent = width or 78, indent or ""
  local paragraphs = {}
  for paragraph in (s .. "\n\n"):gmatch("(.-)\n%s*\n") do
    local lines, line = {}, nil
    for word in paragraph:gmatch("%S+") do
      if line and text.width(indent .. line .. " " .. word) > width then
        lines[#lines + 1] = indent .. line
        line = word
      else
        line = line and line .. " " .. word or word
      end
    end
    lines[#lines + 1] = line and indent .. line
    if #lines > 0 then paragraphs[#paragraphs + 1] = table.concat(lines, "\n") end
  end
  return table.concat(paragraphs, "\n\n")
end

-- ---------------------------------------------------------------------------------------------
-- Tables

---@class lis.text.column
---@field title string
---@field key any?        field of each row, default the column's position
---@field align string?   "left", "right", "center"; default: right for numbers, left for the rest
---@field format (string | fun(value: any): string)?  a string.format pattern or a function

local function cell(value, format)
  if value == nil then return "-" end
  if type(format) == "function" then return format(value) end
  if format and type(value) == "number" then return format:format(value) end
  return tostring(value)
end

local function layout(rows, columns)
  local cells, widths, aligns = {}, {}, {}
  for c, column in ipairs(columns) do
    local key, numbers = column.key == nil and c or column.key, 0
    widths[c] = text.width(column.title)
    for r, row in ipairs(rows) do
      cells[r] = cells[r] or {}
      cells[r][c] = cell(row[key], column.format)
      widths[c] = math.max(widths[c], text.width(cells[r][c]))
      if type(row[key]) == "number" then numbers = numbers + 1 end
    end
    aligns[c] = column.align or (numbers > 0 and "right" or "left")
  end
  return cells, widths, aligns
end

local function titles_of(columns)
  local titles = {}
  for c, column in ipairs(columns) do titles[c] = column.title end
  return titles
end

local function normal(columns)
  local full = {}
  for c, column in ipairs(columns) do
    full[c] = type(column) == "table" and column or { title = tostring(column), key = column }
  end
  return full
end

--- An aligned table for the terminal, with a rule under the titles and no newline at the end.
---@param rows table[]
---@param columns (lis.text.column | string)[]  a bare string is both title and key
---@param indent string?
---@return string
function text.table(rows, columns, indent)
  columns = normal(columns)
  local cells, widths, aligns = layout(rows, columns)
  local rule = {}
  for c, width in ipairs(widths) do rule[c] = ("-"):rep(width) end
  local lines = {}
  local function add(values)
    local parts = {}
    for c = 1, #columns do parts[c] = text.pad(values[c], widths[c], aligns[c]) end
    lines[#lines + 1] = ((indent or "") .. table.concat(parts, "  ")):gsub("%s+$", "")
  end
  add(titles_of(columns))
  add(rule)
  for _, row in ipairs(cells) do add(row) end
  return table.concat(lines, "\n")
end

--- The same as Markdown.
---@param rows table[]
---@param columns (lis.text.column | string)[]
---@return string
function text.markdown(rows, columns)
  columns = normal(columns)
  local cells, widths, aligns = layout(rows, columns)
  local rule = {}
  for c, align in ipairs(aligns) do
    widths[c] = math.max(widths[c], 3)
    local dashes = ("-"):rep(widths[c] - (align == "left" and 0 or align == "right" and 1 or 2))
    rule[c] = align == "right" and dashes .. ":" or align == "center" and ":" .. dashes .. ":"
      or dashes
  end
  local lines = {}
  local function add(values)
    local parts = {}
    for c = 1, #columns do
      parts[c] = text.pad((values[c]:gsub("|", "\\|")), widths[c], aligns[c])
    end
    lines[#lines + 1] = "| " .. table.concat(parts, " | ") .. " |"
  end
  add(titles_of(columns))
  add(rule)
  for _, row in ipairs(cells) do add(row) end
  return table.concat(lines, "\n")
end

return text
