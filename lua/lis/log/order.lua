--- Whether rows are in order of time, and how a file is brought into it.
local files = require "lis.log.files"

local order = {}

--- The first row that is earlier than the one before it.
---@param time lis.Tensor i64
---@param last integer? the time in front of the first row
---@return integer? row
function order.first_breach(time, last)
  local n = #time
  if last and time[1] < last then return 1 end
  if n < 2 then return nil end
  local back = time:slice(1, 2, n):lt(time:slice(1, 1, n - 1)):nonzero()
  return #back > 0 and back[1] + 2 or nil
end

-- How `sort` is to compare times of a type: as numbers, as text, or not at all.
local function key_letter(kind)
  local format = kind:match "^time:(.*)$"
  if not format or format == "s" or format == "ms" then return "g" end
  local fields = ""
  for field in format:gmatch "%%(%a)" do fields = fields .. field end
  return (format == "iso" or ("YmdHMS"):sub(1, #fields) == fields) and "" or nil
end

local function quoted(text) return text:find "[^%w%._/-]" and "'" .. text:gsub("'", "'\\''") .. "'" or text end

-- "log.csv.gz" -> "log.sorted.csv"
local function sorted_name(path)
  local name = path:gsub("%.gz$", ""):gsub("%.zst$", "")
  local stem, ending = name:match "^(.*)(%.[^./]+)$"
  return (stem or name) .. ".sorted" .. (ending or "")
end

-- A delimiter of one byte, or of one byte several times, between which `sort` then sees empty fields.
local function separator_of(delimiter)
  local byte = delimiter:sub(1, 1)
  if delimiter ~= byte:rep(#delimiter) then return nil end
  return byte == "\t" and "$'\\t'" or byte == "," and byte or quoted(byte)
end

--- The command that sorts a delimited file by time, equal times left as they are; nil where `sort` cannot.
---@param path string
---@param form { delimiter: string?, field: integer, kind: string, header: boolean } field: of the time; kind: its type
---@return string?
function order.command(path, form)
  local letter = key_letter(form.kind)
  local separator = form.delimiter and separator_of(form.delimiter)
  if not letter or not separator then return nil end
  local field = (form.field - 1) * #form.delimiter + 1
  local sort = ("LC_ALL=C sort -s -t%s -k%d,%d%s"):format(separator, field, field, letter)
  local packing = path:match "%.gz$" and "zcat" or path:match "%.zst$" and "zstdcat"
  local from, to = quoted(path), quoted(sorted_name(path))
  if not form.header then
    return packing and ("%s %s | %s > %s"):format(packing, from, sort, to) or ("%s %s > %s"):format(sort, from, to)
  end
  if packing then
    return ("(%s %s | head -n 1; %s %s | tail -n +2 | %s) > %s"):format(packing, from, packing, from, sort, to)
  end
  return ("(head -n 1 %s; tail -n +2 %s | %s) > %s"):format(from, from, sort, to)
end

--- The error about a row that is out of order.
---@param path string
---@param line integer of the file
---@param times { [1]: integer, [2]: integer } of the row before, and of the row
---@param form table
function order.fail(path, line, times, form)
  local command = order.command(path, form)
  error(("%s:%d: the time %d is before that of an earlier row, %d; what is converted must be in order of time: sort "
    .. "%s by it%s; or read it whole with lis.log.read"):format(path, line, times[2], times[1], files.name(path),
    command and ", where no field holds a delimiter or a line end with\n  " .. command .. "\n" or ""), 0)
end

return order
