--- RecBole's atomic files: name.inter with typed columns, name.item and name.user beside it.
local core = require "lis.core"
local files = require "lis.log.files"
local part = require "lis.log.part"

local suffixes = { token = "string", float = "f64", token_seq = "list", float_seq = "list" }

-- Column types by name, and which lists hold numbers, from the first line of a file.
local function header_of(where, path)
  local first = core.data.read_head(path)[1] or ""
  local types, numbers, names = {}, {}, {}
  for field in (first .. "\t"):gmatch "([^\t]*)\t" do
    local name, suffix = field:match "^(.*):([%w_]+)$"
    if not suffixes[suffix] then
      error(("%s: %s:1: column '%s' has no type; wanted name:token, name:float, name:token_seq or "
        .. "name:float_seq, tab-separated"):format(where, path, field), 0)
    end
    names[#names + 1], types[name], numbers[name] = name, suffixes[suffix], suffix == "float_seq" or nil
  end
  return types, numbers, names
end

local function read(where, path, time, format)
  local types, numbers, names = header_of(where, path)
  if time and types[time] then types[time] = "time:" .. format end
  local source = core.data.read_table(path, { delimiter = "\t", recbole = true, types = types })
  return { source = source, types = types, numbers = numbers, names = names }
end

local YEAR_2242 <const> = 1 << 33 -- in seconds; in milliseconds it was April 1970

local function check_times(where, path, made, options)
  if options.time_format == "s" and made.time:max() >= YEAR_2242 then
    error(("%s: %s: column '%s' goes up to %d, which in seconds is far in the future: say time_format = \"ms\""):format(
      where, path, options.time, math.floor(made.time:max())), 0)
  end
end

-- ml-100k.inter -> ml-100k.item, as RecBole names them; the tokens of a title make a text again.
local function add_side(made, said, where, path, kind)
  local stem = files.name(path):gsub("%.inter$", "")
  local beside = files.beside(files.folder(path), { stem .. "." .. kind })
  if not beside then return end
  local side = read(where, beside)
  made.tables[kind] = part.side(side.source, kind .. "_id", made[kind .. "_ids"])
  said[#said + 1] = part.side_line(files.name(beside), made.tables[kind], kind .. "s")
end

local function label_of(where, path, types)
  if types.label then return "label" end
  if types.rating then return "rating >= 4" end
  error(("%s: %s has neither a column label nor rating, so each of its rows is an interaction and none the "
    .. "absence of one; say which rows are positive: label = \"COLUMN >= NUMBER\""):format(where, path), 0)
end

-- Columns to keep: those asked for, or all that are neither ids nor times nor lists.
local function kept(options, file)
  if options.columns then return options.columns end
  local list, taken = {}, { [options.user] = true, [options.item] = true, [options.time] = true }
  for _, name in ipairs(file.names) do
    if not taken[name] and file.types[name] ~= "list" then list[#list + 1] = name end
  end
  return list
end

---@type lis.Preset
return {
  about = "RecBole atomic files: NAME.inter, with NAME.item and NAME.user beside it",
  files = { endings = { ".inter" } },
  options = {
    user = { default = "user_id", type = "string" }, item = { default = "item_id", type = "string" },
    time = { default = "timestamp", type = "string" },
    label = { type = { "string", "function" } },
    columns = { type = "list", of = "string" },
    history = { type = "string" },
    time_format = { default = "s", type = "string" },
  },
  read = function(path, options, where)
    local file = read(where, path, options.time, options.time_format)
    local made = part.events(file.source, {
      user = options.user, item = options.item, time = options.time, columns = kept(options, file),
      label = options.label or label_of(where, path, file.types),
    })
    check_times(where, path, made, options)
    made.lists, made.tables = {}, {}
    for _, name in ipairs(file.names) do
      if file.types[name] == "list" then made.lists[name] = part.list(file.source, name, file.numbers[name]) end
    end
    local history = options.history
    if history and not made.lists[history] then
      error(("%s: history = '%s' is no list (:token_seq) of %s"):format(where, history, path), 0)
    end
    if history then
      made.item, made.item_ids, made.seeds = part.seeds(made.item, made.item_ids, made.lists[history])
      made.items = made.item_ids:size()
    end
    local said = { part.size_line(made, "interactions", path), part.label_line(made) }
    if history then said[#said + 1] = ("histories begin with column %s"):format(history) end
    add_side(made, said, where, path, "item")
    add_side(made, said, where, path, "user")
    return made, said
  end,
}
