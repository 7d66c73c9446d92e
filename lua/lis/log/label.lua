--- Label rules: which rows count as the outcome that a ranker predicts.
local core = require "lis.core"

local label = {}

-- "rating" -> "rating"; nil where the rule is more than a column.
local function plain_column(rule)
  return not rule:find "[<>=~!'\"()`]" and rule or nil
end

-- What a row of a column is to a Lua function: a number, or a string (nil where it is missing).
local function reader_of(source, name)
  local kind = source:type(name)
  if kind == "text" then return function(at) return source:text(name, at) end end
  local column = kind ~= "list" and source:column(name)
  if kind ~= "string" then return column and function(at) return column[at] end end
  local dict = source:dict(name)
  return function(at) return dict:decode(column[at]) end
end

-- Labels of a function called once a row with a view on that row: e.rating, e.timestamp, ...
local function label_by_function(source, fn)
  local readers, at = {}, 0
  for _, name in ipairs(source:names()) do readers[name] = reader_of(source, name) or nil end
  local row = setmetatable({}, { __index = function(_, name)
    local read = readers[name]
    if not read then
      error(("the label function reads '%s', but the columns are: %s"):format(
        tostring(name), table.concat(source:names(), ", ")), 2)
    end
    return read(at)
  end })
  local flags = core.tensor.new("u8", source:rows())
  for i = 1, source:rows() do
    at = i
    flags:set(i, fn(row) and 1 or 0)
  end
  return flags, "function"
end

local function row_of_table(row) return "row " .. row end

-- 1 where a column is above 0. A label that is no number is no label: it is not taken for 0 in silence.
local function label_by_column(source, name, place)
  local values = source:column(name)
  local bad = core.data.columns({ { "x", values } }):where("not (x > -1e300 and x < 1e300)"):nonzero()
  if #bad > 0 then
    error(("the label column '%s' holds %g in %s (%d such row%s): say what that means with a rule; "
      .. "label = \"%s > 0\" takes a missing label for 0"):format(name, values[bad[1] + 1], place(bad[1] + 1), #bad,
      #bad == 1 and "" or "s", name), 0)
  end
  return values:gt(0)
end

--- The column that must hold numbers for a rule to make sense: of "rating" and "rating >= 4" it is rating; nil
--- for a longer rule and for a function.
---@param rule string|function
---@return string?
function label.column(rule)
  if type(rule) ~= "string" then return nil end
  return plain_column(rule) or rule:match "^%s*([%a_][%w_]*)%s*[<>=~!]=?%s*%-?[%d%.]+%s*$"
end

--- All columns that a rule reads; nil where it may be any: of a function, and of an expression that is none.
---@param rule string|function
---@return string[]?
function label.columns(rule)
  if type(rule) ~= "string" then return nil end
  local column = plain_column(rule)
  if column then return { column } end
  local ok, names = pcall(core.data.expression_columns, rule)
  return ok and names or nil
end

--- Labels of a table's rows, and the rule in words.
---@param source lis.DataTable
---@param rule string|function a column (1 where it is above 0), an expression ("rating >= 4", see docs/data.md),
---  or a function of the row
---@param place (fun(row: integer): string)? how errors call a row; default "row 7"
---@return lis.Tensor u8 [rows]
---@return string
function label.of(source, rule, place)
  if type(rule) == "function" then return label_by_function(source, rule) end
  local column = plain_column(rule)
  if not column then return source:where(rule), ("'%s'"):format(rule) end
  return label_by_column(source, column, place or row_of_table), ("'%s'"):format(rule)
end

return label
