--- Label rules: which rows count as the outcome that a ranker predicts.
local core = require "lis.core"

local label = {}

local comparison = { [">="] = "ge", [">"] = "gt", ["<="] = "le", ["<"] = "lt", ["=="] = "eq", ["~="] = "ne" }

--- "rating >= 4" -> column, method, number; nil where the text is a plain column name.
---@param rule string
---@return string? column
---@return string? method of a tensor: "ge", "lt", ...
---@return number?
function label.parse(rule)
  if not rule:find "[<>=~]" then return nil end
  local column, operator, number = rule:match "^%s*([%w_]+)%s*([<>=~]=?)%s*(%-?[%d%.]+)%s*$"
  local method = comparison[operator]
  if not method or not tonumber(number) then
    error(("label rule '%s': wanted 'column OPERATOR number' with one of >= > <= < == ~="):format(rule), 0)
  end
  return column, method, tonumber(number)
end

-- Labels of a function called once a row with a view on that row: e.rating, e.timestamp, ...
local function label_by_function(source, fn)
  local columns, decode = {}, {}
  for _, name in ipairs(source:names()) do
    columns[name] = source:column(name)
    decode[name] = source:type(name) == "string" and source:dict(name) or nil
  end
  local at = 0
  local row = setmetatable({}, { __index = function(_, name)
    local column = columns[name]
    if not column then
      error(("the label function reads '%s', but the columns are: %s"):format(
        tostring(name), table.concat(source:names(), ", ")), 2)
    end
    local value = column[at]
    return decode[name] and decode[name]:decode(value) or value
  end })
  local flags = core.tensor.new("u8", source:rows())
  for i = 1, source:rows() do
    at = i
    flags:set(i, fn(row) and 1 or 0)
  end
  return flags, "function"
end

--- The column that a rule reads, nil for a function.
---@param rule string|function
---@return string?
function label.column(rule)
  return type(rule) == "string" and (label.parse(rule) or rule) or nil
end

--- Labels of a table's rows, and the rule in words.
---@param source lis.DataTable
---@param rule string|function a column (1 where it is above 0), "rating >= 4", or a function of the row
---@return lis.Tensor u8 [rows]
---@return string
function label.of(source, rule)
  if type(rule) == "function" then return label_by_function(source, rule) end
  local column, method, number = label.parse(rule)
  if not column then
    column, method, number = rule, "gt", 0
  end
  local values = source:column(column)
  return values[method](values, number), ("'%s'"):format(rule)
end

return label
