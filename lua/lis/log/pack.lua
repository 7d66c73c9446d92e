--- Lua values with tensors, dictionaries, histories and tables in them, put into a columnar cache: the arrays
--- as arrays, the rest as one JSON text that says where they are.
local core = require "lis.core"
local nearest = require "lis.util.nearest"

local pack = {}

-- What stands in the JSON text for an array: { ["$"] = "tensor", name = "user" }.
local MARK <const> = "$"

local function box_name(value)
  local meta = type(value) == "userdata" and debug.getmetatable(value)
  return meta and meta.__name
end

-- Tensors of several dimensions are stored flat. The same content is stored once.
local function put_tensor(to, value, name)
  local shape = value:shape()
  local known = value:hash()
  if not to.known[known] then
    local flat = #shape == 1 and value or value:copy():reshape(-1)
    to.writer:put(name, flat)
    to.known[known] = name
  end
  return { [MARK] = "tensor", name = to.known[known], shape = #shape > 1 and shape or nil }
end

--- A tensor under its own name, whatever else has the same content.
---@param to { writer: lis.CacheWriter, known: table<string, string> }
---@param value lis.Tensor
---@param name string
---@return any
function pack.column(to, value, name)
  to.known[value:hash()] = nil
  return put_tensor(to, value, name)
end

local put_box = {}
put_box["lis.tensor"] = put_tensor
put_box["lis.dict"] = function(to, value, name)
  to.writer:dict(name, value)
  return { [MARK] = "dict", name = name }
end
put_box["lis.history"] = function(to, value, name)
  to.writer:history(name, value)
  return { [MARK] = "history", name = name }
end
put_box["lis.table"] = function(to, value, name)
  to.writer:table(value, name .. ".")
  return { [MARK] = "table", name = name .. "." }
end

local put

local function put_table(to, value, name)
  local out, count = {}, 0
  for _ in pairs(value) do count = count + 1 end
  if count > 0 and #value == count then
    for i, element in ipairs(value) do out[i] = put(to, element, ("%s.%d"):format(name, i)) end
    return out
  end
  for _, key in ipairs(nearest.keys(value)) do
    if type(key) ~= "string" then error(("%s: a key that is no string cannot be saved"):format(name), 0) end
    out[key] = put(to, value[key], name .. "." .. key)
  end
  return out
end

function put(to, value, name)
  local kind = type(value)
  local box = put_box[box_name(value)]
  if box then return box(to, value, name) end
  if kind == "table" then return put_table(to, value, name) end
  if kind == "number" and (value ~= value or math.abs(value) == math.huge) then
    return { [MARK] = "number", text = value > 0 and "1e999" or value < 0 and "-1e999" or "none" } -- none: NaN
  end
  if kind == "number" or kind == "string" or kind == "boolean" then return value end
  error(("%s: a %s cannot be saved"):format(name, box_name(value) or kind), 0)
end

--- Writes a value under a name; what it returns goes into JSON.
---@param to { writer: lis.CacheWriter, known: table<string, string> } known: arrays already there, by content
---@param value any
---@param name string
---@return any
function pack.put(to, value, name) return put(to, value, name) end

local get_box = {}
function get_box.tensor(from, node)
  local values = from.cache:read(node.name, from.range and from.range(node.name))
  return node.shape and values:reshape(table.unpack(node.shape)) or values
end
function get_box.dict(from, node) return from.cache:dict(node.name) end
function get_box.history(from, node) return from.cache:history(node.name, from.rows, from.items) end
function get_box.table(from, node) return from.cache:table(node.name) end
function get_box.number(_, node) return tonumber(node.text) or 0 / 0 end

--- The value that was put: the inverse of pack.put.
---@param from { cache: lis.Cache, rows: integer, items: integer, range: fun(name: string): table? }
---@param node any out of JSON
---@return any
function pack.get(from, node)
  if type(node) ~= "table" then return node end
  local get = get_box[node[MARK]]
  if get then return get(from, node) end
  local value = {}
  for key, inner in pairs(node) do value[key] = pack.get(from, inner) end
  return value
end

--- Whether a node stands for an array, a dictionary, a history or a table.
---@param node any
---@return boolean
function pack.is_box(node) return type(node) == "table" and get_box[node[MARK]] ~= nil end

--- JSON text of what pack.put gave.
---@param nodes table
---@return string
function pack.text(nodes) return core.base.json_encode(nodes, { indent = 0 }) end

return pack
