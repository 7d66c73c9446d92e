--- Values in figures, as text: what `describe`, `head` and `hist` print.
---
--- A value is told by what it answers to, not by where it came from: a log is a table with user, item,
--- time and label columns.
local core = require "lis.core"
local text = require "lis.util.text"

local figures = {}

local quantiles = { 0, 0.05, 0.25, 0.5, 0.75, 0.95, 1 }
local quantile_titles = { "min", "5%", "25%", "50%", "75%", "95%", "max" }

local function number(x)
  if math.type(x) == "integer" then return text.count(x) end
  local short = ("%.4g"):format(x)
  return short
end

local function kind_of(value)
  local meta = debug.getmetatable(value)
  return meta and type(meta.__name) == "string" and meta.__name or type(value)
end

-- The quantiles of a 1-d tensor, each an element of it (the lower of two); NaNs left out.
local function quantile_row(x)
  local ascending, n = x:take(x:argsort()), x:eq(x):count()
  local row = {}
  for i, q in ipairs(quantiles) do
    row[i] = n > 0 and number(ascending[1 + math.floor(q * (n - 1))]) or "-"
  end
  return row
end

local function table_of(titles, rows)
  local columns = {}
  for i, title in ipairs(titles) do
    columns[i] = { title = title, align = i == 1 and title == "" and "left" or "right" }
  end
  return text.table(rows, columns)
end

-- One line for each named tensor: type, mean, quantiles.
local function column_table(named)
  local rows = {}
  for i, one in ipairs(named) do
    rows[i] = { one[1], one[2]:dtype(), number(one[2]:mean()), table.unpack(quantile_row(one[2])) }
  end
  return table_of({ "", "type", "mean", table.unpack(quantile_titles) }, rows)
end

-- ---------------------------------------------------------------------------------------------

local describe = {}

describe["lis.tensor"] = function(t)
  if t:size() == 0 then return tostring(t) end
  local flat = t:copy():reshape(-1)
  local there = flat:take(flat:eq(flat):nonzero()) -- a NaN equals nothing
  local lines = { ("%s [%s], %s numbers"):format(t:dtype(), table.concat(t:shape(), ", "),
    text.count(t:size())) }
  local missing = #flat - #there
  lines[2] = ("mean %s, standard deviation %s, %s zeros%s"):format(number(there:mean()),
    number(math.sqrt(#there > 1 and there:variance() or 0)), text.count(#there - there:count()),
    missing > 0 and (", %s NaN"):format(text.count(missing)) or "")
  lines[3] = table_of(quantile_titles, { (quantile_row(there)) })
  return table.concat(lines, "\n")
end

describe["lis.csr"] = function(m)
  local row, _, value = m:triples()
  local lengths = row:bincount(m:rows())
  return tostring(m) .. (m:rows() == m:columns() and m:is_symmetric() and ", symmetric" or "") .. "\n"
    .. column_table{ { "entries a row", lengths:to "i32" }, { "value", value } }
end

describe["lis.table"] = function(t)
  local rows = {}
  for i, name in ipairs(t:names()) do
    local kind = t:type(name)
    local row = { name, kind }
    if kind == "string" then
      row[3] = text.count(t:dict(name):size()) .. " different"
    elseif kind ~= "text" then
      local q = quantile_row(t:column(name))
      row[3] = ("%s to %s, half below %s"):format(q[1], q[7], q[4])
    end
    rows[i] = row
  end
  local columns = { { title = "column" }, { title = "type" }, { title = "" } }
  return ("table of %s rows\n%s"):format(text.count(t:rows()), text.table(rows, columns))
end

describe["lis.history"] = function(h)
  return tostring(h) .. "\n" .. column_table{ { "items a row", h:lengths() } }
end

describe["lis.dict"] = function(d)
  local some = {}
  for code = 0, math.min(5, d:size() - 1) do some[#some + 1] = d:decode(code) end
  return tostring(d) .. ": " .. table.concat(some, ", ") .. (d:size() > 6 and ", ..." or "")
end

local function is_log(value)
  return type(value) == "table" and core.tensor.is(value.user) and core.tensor.is(value.item)
    and core.tensor.is(value.time) and core.tensor.is(value.label)
end

local function describe_log(log)
  local users = log.user:bincount(log.users):to "i32"
  local items = log.item:bincount(log.items):to "i32"
  local meta = getmetatable(log)
  local head = meta and meta.__tostring and tostring(log)
    or ("log: %s rows, %s users, %s items"):format(text.count(#log.user), text.count(log.users),
      text.count(log.items))
  local per_user = core.tensor.full("f64", 0, log.users)
  per_user:scatter_add_(log.user, log.label:to "f64")
  return head .. "\n" .. column_table{
    { "rows a user", users }, { "rows an item", items }, { "positives a user", per_user:to "i32" },
    { "time", log.time },
  }
end

--- What is in a value; nil where nothing here knows its kind.
---@param value any
---@return string?
function figures.describe(value)
  if is_log(value) then return describe_log(value) end
  local how = describe[kind_of(value)]
  return how and how(value)
end

-- ---------------------------------------------------------------------------------------------

local head = {}

head["lis.tensor"] = function(t, n)
  return tostring(t:slice(1, 1, math.min(n, #t)))
end

head["lis.table"] = function(t, n)
  local names, rows = t:names(), {}
  for i = 1, math.min(n, t:rows()) do
    rows[i] = {}
    for c, name in ipairs(names) do
      local kind = t:type(name)
      local value = kind == "text" and t:text(name, i) or t:column(name)[i]
      if kind == "string" then value = t:dict(name):decode(value) end
      rows[i][c] = text.cut(tostring(value), 24)
    end
  end
  local columns = {}
  for c, name in ipairs(names) do columns[c] = { title = name } end
  return text.table(rows, columns)
end

head["lis.csr"] = function(m, n)
  local row, column, value = m:triples()
  local rows = {}
  for i = 1, math.min(n, #row) do rows[i] = { row[i], column[i], number(value[i]) } end
  return table_of({ "row", "column", "value" }, rows)
end

head["lis.history"] = function(h, n)
  local lines = {}
  for i = 1, math.min(n, h:rows()) do
    local items = table.concat(h:row(i, 20), " ")
    lines[i] = ("%d: %s"):format(i, items ~= "" and items or "(nothing yet)")
  end
  return table.concat(lines, "\n")
end

local function head_of_log(log, n)
  local rows = {}
  local function id(dict, code) return dict and dict:decode(code) or tostring(code) end
  for i = 1, math.min(n, #log.user) do
    rows[i] = { id(log.user_ids, log.user[i]), id(log.item_ids, log.item[i]), log.time[i], log.label[i] }
  end
  return table_of({ "user", "item", "time", "label" }, rows)
end

--- The first n rows of a value; nil where nothing here knows its kind.
---@param value any
---@param n integer
---@return string?
function figures.head(value, n)
  if is_log(value) then return head_of_log(value, n) end
  local how = head[kind_of(value)]
  if how then return how(value, n) end
  if type(value) ~= "table" or #value == 0 then return nil end
  local show = require "lis.util.show"
  local lines = {}
  for i = 1, math.min(n, #value) do lines[i] = ("[%d] %s"):format(i, show.value(value[i])) end
  return table.concat(lines, "\n")
end

-- ---------------------------------------------------------------------------------------------

--- A histogram as lines of text.
---@param x lis.Tensor   f64 [n]
---@param bins integer
---@param low number?    default: the least value
---@param high number?   default: the largest
---@param width integer  of the screen
---@return string
function figures.histogram(x, bins, low, high, width)
  x = x:take(x:eq(x):nonzero()) -- no NaN
  if #x == 0 then return "no numbers" end
  low, high = low or x:min(), high or x:max()
  if low == high then low, high, bins = low - 0.5, high + 0.5, 1 end
  local step = (high - low) / bins
  local inside = x:take(x:ge(low):land(x:le(high)):nonzero())
  local code = ((inside - low) / step):clamp(0, bins - 1):to "i32"
  local counts = code:bincount(bins)
  local most = math.max(1, counts:max())
  local labels, widest = {}, 0
  for i = 1, bins do
    labels[i] = number(low + (i - 1) * step + 0.0)
    widest = math.max(widest, #labels[i])
  end
  local room = math.max(10, math.min(width, 100) - widest - 12)
  local lines = {}
  for i = 1, bins do
    local count = math.tointeger(counts[i])
    lines[i] = ("%s | %s %s"):format(text.pad(labels[i], widest, "right"),
      ("#"):rep(math.floor(room * count / most + 0.5)), count > 0 and text.count(count) or "")
    lines[i] = lines[i]:gsub("%s+$", "")
  end
  lines[#lines + 1] = ("%s   %s values%s, up to %s"):format((" "):rep(widest), text.count(#x),
    #inside < #x and (" (%s outside)"):format(text.count(#x - #inside)) or "", number(high + 0.0))
  return table.concat(lines, "\n")
end

return figures
