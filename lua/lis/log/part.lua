--- What presets share: columns out of a table, side tables beside a log, lists, and words about both.
local core = require "lis.core"
local label_rule = require "lis.log.label"
local nearest = require "lis.util.nearest"
local text = require "lis.util.text"

local part = {}

--- Columns as they stand in a table, and the dictionaries of those that are strings.
---@param source lis.DataTable
---@param names string[]
---@return table<string, lis.Tensor>
---@return table<string, lis.Dict>
function part.further(source, names)
  local columns, dicts = {}, {}
  for _, name in ipairs(names) do
    columns[name] = source:column(name)
    dicts[name] = source:type(name) == "string" and source:dict(name) or nil
  end
  return columns, dicts
end

--- Times in whole seconds. A row without a time has no place in a log.
---@param name string the log's, for messages
---@param time lis.Tensor
---@param place (fun(row: integer): string)? how errors call a row; default "row 7"
---@return lis.Tensor i64
function part.times(name, time, place)
  local bad = core.data.columns({ { "t", time } }):where("not (t > -9.2e18 and t < 9.2e18)"):nonzero()
  if #bad == 0 then return time:to "i64" end
  local row = bad[1] + 1
  error(("log '%s': the time of %s is %g (%d such row%s); every row needs one: "
    .. "clean = {{\"where\", \"abs(time) < 1e15\"}} drops the others"):format(name,
    place and place(row) or "row " .. row, time[row], #bad, #bad == 1 and "" or "s"), 0)
end

--- Where the strings of a column stand among the items: for each of its codes that of the item, -1 for none.
---@param dict lis.Dict of the column
---@param item_ids lis.Dict
---@return lis.Tensor i32 for core.data.remap
function part.item_codes(dict, item_ids)
  local joined, _, code = core.data.merge_dicts(item_ids, dict)
  local items = item_ids:size()
  local known = core.tensor.concat { core.tensor.arange(items, "i32"),
    core.tensor.full("i32", -1, joined:size() - items) }
  return core.data.remap(code, known)
end

--- A table under other names: { rating = "overall" } reads the column overall as rating.
---@param source lis.DataTable
---@param as table<string, string>
---@return lis.DataTable
function part.renamed(source, as)
  local list = {}
  for _, name in ipairs(nearest.keys(as)) do
    local is_string = source:type(as[name]) == "string"
    list[#list + 1] = { name, source:column(as[name]), is_string and source:dict(as[name]) or nil }
  end
  return core.data.columns(list)
end

--- A table with one row an event as what lis.log.from_columns takes.
---@param source lis.DataTable
---@param as { user: string, item: string, time: string, label: string|function, columns: string[] }
---@return table
function part.events(source, as)
  local label, rule = label_rule.of(source, as.label)
  local user_ids, item_ids = source:dict(as.user), source:dict(as.item)
  local columns, dicts = part.further(source, as.columns or {})
  return {
    user = source:column(as.user), item = source:column(as.item), time = source:column(as.time), label = label,
    users = user_ids:size(), items = item_ids:size(), user_ids = user_ids, item_ids = item_ids,
    columns = columns, dicts = dicts, rule = rule,
  }
end

---@class lis.LogTable
---@field table lis.DataTable as read: titles, categories
---@field row lis.Tensor i32 [items or users] the row of the table that tells of it, -1: none

--- A table about items or users, aligned with their codes. A later line about the same id wins.
---@param source lis.DataTable
---@param id string its column of ids
---@param ids lis.Dict those of the log
---@return lis.LogTable
function part.side(source, id, ids)
  local merged, _, code_of = core.data.merge_dicts(ids, source:dict(id))
  local codes, row = code_of:take(source:column(id)), core.tensor.full("i32", -1, merged:size())
  for r = 1, #codes do
    if codes[r] >= 0 then row:set(codes[r] + 1, r - 1) end
  end
  return { table = source, row = row:slice(1, 1, ids:size()):copy() }
end

--- "movies.csv: 9,742 rows, on 9,724 of 9,742 items"
---@param name string of the file
---@param side lis.LogTable
---@param what string "items"
---@return string
function part.side_line(name, side, what)
  return ("%s: %s rows, on %s of %s %s"):format(name, text.count(side.table:rows()),
    text.count(side.row:ge(0):count()), text.count(#side.row), what)
end

---@class lis.LogList
---@field row lis.Tensor i32 [rows of the log] which list a row has
---@field offset lis.Tensor i64 [lists + 1]
---@field code lis.Tensor i32 elements, list after list; codes of `dict`
---@field dict lis.Dict
---@field values lis.Tensor? f32, elements as numbers where the file calls them numbers

--- A list column, one list a row of the table.
---@param source lis.DataTable
---@param name string
---@param numbers boolean? its elements are numbers
---@return lis.LogList
function part.list(source, name, numbers)
  local offset, code = source:list(name)
  local dict = source:dict(name)
  local list = { row = core.tensor.arange(source:rows(), "i32"), offset = offset, code = code, dict = dict }
  if numbers then
    local value = core.tensor.new("f32", dict:size())
    for c, written in ipairs(dict:strings()) do
      local number = tonumber(written)
      if not number then
        error(("column '%s' is a list of numbers but holds '%s'"):format(name, written), 0)
      end
      value:set(c, number)
    end
    list.values = value:take(code)
  end
  return list
end

--- One dictionary for the items and for a list of items that stands before each row: a history.
---@param item lis.Tensor codes of `ids`
---@param ids lis.Dict
---@param list lis.LogList
---@return lis.Tensor item codes of the joined dictionary
---@return lis.Dict
---@return lis.LogSeeds
function part.seeds(item, ids, list)
  local joined, of_item, of_list = core.data.merge_dicts(ids, list.dict)
  return of_item:take(item), joined, { row = list.row, offset = list.offset, item = of_list:take(list.code) }
end

local function day(seconds) return os.date("!%Y-%m-%d", seconds) end

--- The first line about a log: how much of what, and when.
---@param made table for lis.log.from_columns
---@param rows string "ratings"
---@param path string
---@return string
function part.size_line(made, rows, path)
  local time = made.time
  return ("%s %s, %s users, %s items, %s to %s (%s)"):format(text.count(#made.user), rows, text.count(made.users),
    text.count(made.items), day(math.floor(time:min())), day(math.floor(time:max())), path:match "[^/]+$")
end

--- The line about its labels.
---@param made table
---@return string
function part.label_line(made)
  return ("label 1: %s, %.1f %% of the rows"):format(made.rule, 100 * made.label:count() / #made.label)
end

return part
