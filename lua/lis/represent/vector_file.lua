--- Files of vectors: a matrix, and the id that each of its rows belongs to.
---
---     .npy, .npz, .safetensors      the ids lie in a side file: one a line, or a column of a .csv or .tsv;
---                                   or in an array of the same file
---     .csv, .tsv                    the ids are a column, the other columns are the vector
local core = require "lis.core"
local check = require "lis.util.check"

local vector_file = {}

local packed = { "%.gz$", "%.zst$" }

-- "a/b.tsv.gz" -> "a/b", "tsv"
local function parts_of(path)
  for _, ending in ipairs(packed) do path = path:gsub(ending, "") end
  local stem, ending = path:match "^(.*)%.(%w+)$"
  return stem or path, ending and ending:lower() or ""
end

local delimiters = { csv = ",", tsv = "\t" }

-- ---- matrices

local readers = {
  npy = { names = function() return {} end, read = function(path) return core.data.read_npy(path) end },
  npz = { names = core.data.npz_names, read = core.data.read_npz },
  safetensors = { names = core.data.safetensors_names, read = core.data.read_safetensors },
}

local function has(list, name)
  for _, one in ipairs(list) do
    if one == name then return true end
  end
  return false
end

-- The array of vectors: the one asked for, or the only one that is not the ids.
local function array_of(names, options)
  if options.array or #names ~= 2 or not has(names, options.id or "ids") then return options.array end
  return names[1] == (options.id or "ids") and names[2] or names[1]
end

local function check_matrix(path, matrix)
  local shape = matrix:shape()
  if #shape == 2 and shape[2] > 0 then return matrix:to "f32" end
  error(("%s: wanted a matrix [items, width], got %s %s"):format(path, matrix:dtype(),
    "[" .. table.concat(shape, ", ") .. "]"), 0)
end

-- ---- ids

---@class lis.IdList
---@field count integer
---@field codes lis.Tensor i32 [count] item codes of the log, -1: no such item
---@field show fun(row: integer): string the id of a row, from 1, for messages
---@field where string

local function codes_without_dictionary(log, ids)
  local codes = core.tensor.full("i32", -1, #ids)
  for row, id in ipairs(ids) do
    local code = math.tointeger(tonumber(id))
    if code and code >= 0 and code < log.items then codes:set(row, code) end
  end
  return codes
end

local function list_of(log, ids, where)
  local codes = log.item_ids and log.item_ids:codes(ids) or codes_without_dictionary(log, ids)
  return { count = #ids, codes = codes, where = where, show = function(row) return ids[row] end }
end

-- Ids of a column; strings stay in C.
local function column_of(log, source, name, where)
  local dict, codes = source:dict(name), source:column(name)
  if not log.item_ids then
    local ids = {}
    for row = 1, #codes do ids[row] = dict:decode(codes[row]) or "" end
    return list_of(log, ids, where)
  end
  local _, _, of_column = core.data.merge_dicts(log.item_ids, dict)
  local found = of_column:take(codes)
  local known = found:lt(#log.item_ids):land(codes:ge(0))
  return {
    count = #codes, codes = ((found + 1) * known:to "i32" - 1):to "i32", where = where,
    show = function(row) return dict:decode(codes[row]) or "" end,
  }
end

local function first_name(path, delimiter)
  local head = core.data.read_head(path)[1] or ""
  return head:match('^"([^"]*)"') or head:match("^[^" .. delimiter .. "]*")
end

-- A side file: lines, or a column of a table.
local function read_side(log, path, options)
  local _, ending = parts_of(path)
  local delimiter = delimiters[ending]
  if not delimiter then return list_of(log, core.data.read_lines(path), path) end
  if not options.id then
    check.fail("lis.represent.read", "%s has columns: say which one holds the ids, such as id = \"%s\"", path,
      first_name(path, delimiter))
  end
  local source = core.data.read_table(path, {
    delimiter = delimiter, types = { [options.id] = "string" }, only = { options.id },
  })
  return column_of(log, source, options.id, path)
end

local function read_array_ids(log, path, reader, name)
  local array = reader.read(path, name)
  local ids = {}
  for row = 1, #array do ids[row] = tostring(array[row]) end
  return list_of(log, ids, path .. ": " .. name)
end

-- ---- both

local function read_arrays(path, log, options, stem, reader)
  local names = reader.names(path)
  local matrix = check_matrix(path, reader.read(path, array_of(names, options)))
  local side = options.ids or stem .. ".ids"
  local inside = options.id or "ids"
  if not options.ids and has(names, inside) then
    return matrix, read_array_ids(log, path, reader, inside)
  end
  local ids = read_side(log, side, options)
  if ids.count ~= #matrix then
    error(("%s has %d ids, but %s has %d vectors: line i of the one must name row i of the other"):format(
      side, ids.count, path, #matrix), 0)
  end
  return matrix, ids
end

local function read_columns(path, log, options, delimiter)
  if options.ids or options.array then
    check.fail("lis.represent.read", "%s holds its ids itself: id names their column, ids and array are for others",
      path)
  end
  local id = options.id or first_name(path, delimiter)
  local source = core.data.read_table(path, { delimiter = delimiter, types = { [id] = "string" } })
  local columns = {}
  for _, name in ipairs(source:names()) do
    if name ~= id and source:type(name) == "string" then
      error(("%s: column '%s' holds words, such as '%s': all columns but the ids '%s' must be the vector's "
        .. "numbers"):format(path, name, source:dict(name):decode(0) or "", id), 0)
    elseif name ~= id then
      columns[#columns + 1] = source:column(name):to("f32"):reshape(source:rows(), 1)
    end
  end
  if #columns == 0 then error(("%s: no column but the ids '%s': where are the vectors?"):format(path, id), 0) end
  return core.tensor.concat(columns, 2), column_of(log, source, id, path)
end

--- The vectors of a file and the items that they belong to.
---@param path string
---@param log lis.Log
---@param options { ids: string?, id: string?, array: string? }
---@return lis.Tensor matrix f32 [n, width]
---@return lis.IdList ids one a row
function vector_file.read(path, log, options)
  local stem, ending = parts_of(path)
  if readers[ending] then return read_arrays(path, log, options, stem, readers[ending]) end
  if delimiters[ending] then return read_columns(path, log, options, delimiters[ending]) end
  error(("%s: vectors are read from .npy, .npz, .safetensors, .csv and .tsv files"):format(path), 0)
end

--- Refuses a vector that is no vector, naming its row and its id.
---@param path string
---@param matrix lis.Tensor
---@param ids lis.IdList
function vector_file.check_finite(path, matrix, ids)
  local bad = (matrix * 0):sum(2):ne(0):nonzero() -- 0 times infinity or NaN is NaN, and that differs from 0
  if #bad == 0 then return end
  local row = bad[1] + 1
  for column = 1, matrix:size(2) do
    local x = matrix:get(row, column)
    if x ~= x or x == math.huge or x == -math.huge then
      error(("%s: row %d (id '%s') holds %s in column %d%s; a vector must be finite"):format(path, row, ids.show(row),
        tostring(x), column, #bad > 1 and (", and %d more rows are like it"):format(#bad - 1) or ""), 0)
    end
  end
end

return vector_file
