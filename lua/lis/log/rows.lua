--- Some rows of a log's columns, and ids without gaps for them.
---
--- Columns are what lis.log.from_columns takes, so these work on a log in the making and on a finished one.
local core = require "lis.core"

local rows = {}

local function taken(list, index)
  local out = {}
  for name, values in pairs(list or {}) do out[name] = values:take(index) end
  return out
end

--- A copy with the same columns, which can be changed without changing the other.
---@param columns table
---@return table
function rows.copy(columns)
  local out = {}
  for key, value in pairs(columns) do out[key] = value end
  return out
end

--- The rows at `index`, in its order. Ids keep their codes.
---@param columns table
---@param index lis.Tensor i32, 0-based
---@return table
function rows.take(columns, index)
  local out = rows.copy(columns)
  for _, name in ipairs { "user", "item", "time", "label" } do out[name] = columns[name]:take(index) end
  out.fields, out.columns, out.lists = taken(columns.fields, index), taken(columns.columns, index), {}
  for name, list in pairs(columns.lists or {}) do
    out.lists[name] = rows.copy(list)
    out.lists[name].row = list.row:take(index)
  end
  if columns.seeds then
    out.seeds = rows.copy(columns.seeds)
    out.seeds.row = columns.seeds.row:take(index)
  end
  return out
end

local function aligned(tables, kind, old)
  if not (tables and tables[kind]) then return end
  tables[kind] = { table = tables[kind].table, row = tables[kind].row:take(old) }
end

-- New item codes: those of the rows first, then those that only histories from before the log know.
local function recode_items(out, columns)
  local seeds, ids = columns.seeds, columns.item_ids or columns.items
  local all = seeds and core.tensor.concat { columns.item, seeds.item } or columns.item
  local codes, old, fresh, dict = core.data.recode(all, ids)
  out.items, out.item_ids, out.item = #old, dict, codes
  if seeds then
    out.item = codes:slice(1, 1, #columns.item):copy()
    out.seeds = { row = seeds.row, offset = seeds.offset, item = core.data.remap(seeds.item, fresh) }
  end
  for name, field in pairs(columns.fields or {}) do out.fields[name] = core.data.remap(field, fresh) end
  return old
end

--- Users and items numbered anew by first appearance, those without rows left out, as if the file had held
--- these rows alone.
---@param columns table
---@return table
function rows.compact(columns)
  local out = rows.copy(columns)
  out.fields, out.tables = rows.copy(columns.fields or {}), rows.copy(columns.tables or {})
  local codes, old, _, dict = core.data.recode(columns.user, columns.user_ids or columns.users)
  out.user, out.users, out.user_ids = codes, #old, dict
  aligned(out.tables, "user", old)
  aligned(out.tables, "item", recode_items(out, columns))
  return out
end

return rows
