--- Stage 1, log: who saw which item when, and what came of it.
--
-- A log is a set of equally long columns, sorted by time (equal times keep the file's order). Ids
-- are 0-based codes into dictionaries; strings stay in C.
local core = require "lis.core"
local check = require "lis.util.check"
local nearest = require "lis.util.nearest"
local clean = require "lis.log.clean"
local coins = require "lis.log.coins"
local convert = require "lis.log.convert"
local chunk = require "lis.log.chunk"
local file = require "lis.log.file"
local kept = require "lis.log.kept"
local label_rule = require "lis.log.label"
local part = require "lis.log.part"
local preset = require "lis.log.preset"
local source_of = require "lis.log.source"

local log = {}

---@class lis.LogSeeds
---@field row lis.Tensor i32 [rows of the log] the list that a row's history begins with, -1: none
---@field offset lis.Tensor i64 [lists + 1]
---@field item lis.Tensor i32 item codes, list after list, oldest first

---@class lis.Log
---@field name string what reports call it
---@field rows integer
---@field users integer number of distinct users
---@field items integer number of distinct items
---@field user lis.Tensor i32 [rows] user codes
---@field item lis.Tensor i32 [rows] item codes
---@field time lis.Tensor i64 [rows] seconds, ascending
---@field label lis.Tensor u8 [rows] 1 = the outcome that the ranker predicts
---@field user_ids lis.Dict? code <-> id as written in the file
---@field item_ids lis.Dict?
---@field fields table<string, lis.Tensor> further columns of item codes (-1: none), by name
---@field columns table<string, lis.Tensor> what else was kept of the file, by name: numbers, or codes of strings
---@field dicts table<string, lis.Dict> of those columns that are strings
---@field lists table<string, lis.LogList> columns of lists, by name
---@field seeds lis.LogSeeds? histories from before the log
---@field tables table<string, lis.LogTable> what else is known of each `item` and `user`
---@field rule string what label 1 means
---@field aliases table<string, string>? what the file calls user, item and time
---@field cleaning lis.CleanCard[]? the steps that cleaned it
---@field reading table? the preset that read it, and what it said
---@field hash string content hash of user, item, time, label, fields and seeds
---@field world table? the simulated truth behind the log, if it has one
---@field cache lis.Cache? the file that it was opened from
---@field first integer? of a chunk: its first row within the log
---@field last integer? of a chunk: its last row
local Log = {}
Log.__index = Log

function Log:__tostring()
  return ("log '%s': %d rows, %d users, %d items, %.2f %% positive, %.1f days"):format(
    self.name, self.rows, self.users, self.items, 100 * self:positive_rate(), self:days())
end

--- Share of rows with label 1.
function Log:positive_rate() return self.label:count() / self.rows end

--- Days from the first to the last event.
function Log:days() return (self.time[self.rows] - self.time[1]) / 86400 end

--- First row (1-based) whose time is at or after `time`; rows + 1 where there is none.
---@param time integer seconds
---@return integer
function Log:first_row_at(time)
  local low, high = 1, self.rows + 1
  while low < high do
    local middle = (low + high) // 2
    if self.time[middle] < time then low = middle + 1 else high = middle end
  end
  return low
end

--- Histories as of each row: its seed, then the user's positive rows with a strictly earlier time. Built once.
---@return lis.History
function Log:histories()
  if not self.history_index then
    self.history_index = core.data.history {
      user = self.user, item = self.item, time = self.time, engaged = self.label, users = self.users,
      seeds = self.seeds,
    }
  end
  return self.history_index
end

--- The columns that a ranker is trained on, by the names of its inputs.
---@return table<string, any>
function Log:feed() return { user = self.user, item = self.item, history = self:histories(), label = self.label } end

--- Writes the log as a columnar cache, which lis.log.open opens at once.
---@param path string
---@param options { compress: ("zstd"|"none")?, level: integer?, histories: boolean? }? zstd at level 1, with histories
function Log:save(path, options) file.save(self, path, options) end

--- The log in chunks of consecutive rows, each a log with its histories, one in memory at a time: the columns
--- of a chunk are closed when the next begins. Rows that share a timestamp stay together.
---@param options { rows: integer?, max_history: integer? }? 1,000,000 rows a chunk, 50 items a history
---@return fun(): lis.Log?
function Log:chunks(options) return chunk.each(Log, self, options) end

local function fail_unless_two_classes(name, label, rule)
  local positive, rows = label:count(), #label
  if positive == 0 or positive == rows then
    error(("log '%s': the label rule %s makes all %d rows %s: a ranker and an AUC need both classes; "
      .. "change the rule or the column"):format(name, rule, rows, positive == 0 and "negative" or "positive"), 0)
  end
end

--- A log from columns already in memory.
---@param columns { user: lis.Tensor, item: lis.Tensor, time: lis.Tensor, label: lis.Tensor,
---  users: integer, items: integer, name: string?, user_ids: lis.Dict?, item_ids: lis.Dict?,
---  fields: table<string, lis.Tensor>?, columns: table<string, lis.Tensor>?, dicts: table<string, lis.Dict>?,
---  lists: table<string, lis.LogList>?, tables: table<string, lis.LogTable>?, seeds: lis.LogSeeds?, rule: string? }
---  fields: further columns of item codes; columns: any others; rule: what label 1 means
---@return lis.Log
function log.from_columns(columns)
  local rows = #columns.user
  if rows == 0 then error(("log '%s' has no rows"):format(columns.name or "columns"), 0) end
  fail_unless_two_classes(columns.name or "columns", columns.label, columns.rule or "given")
  local time = part.times(columns.name or "columns", columns.time)
  local order = time:argsort()
  local self = setmetatable({
    name = columns.name or "columns", rows = rows, users = columns.users, items = columns.items,
    user = columns.user:take(order), item = columns.item:take(order),
    time = time:take(order), label = columns.label:take(order),
    user_ids = columns.user_ids, item_ids = columns.item_ids, fields = {},
    columns = {}, dicts = columns.dicts or {}, lists = {}, tables = columns.tables or {},
    rule = columns.rule or "given", reading = columns.reading, aliases = columns.aliases,
    cleaning = columns.cleaning,
  }, Log)
  local text = self.user:hash() .. self.item:hash() .. self.time:hash() .. self.label:hash()
  for _, name in ipairs(nearest.keys(columns.fields or {})) do
    self.fields[name] = columns.fields[name]:take(order)
    text = text .. name .. self.fields[name]:hash()
  end
  for name, values in pairs(columns.columns or {}) do self.columns[name] = values:take(order) end
  for name, list in pairs(columns.lists or {}) do
    self.lists[name] = { row = list.row:take(order), offset = list.offset, code = list.code, dict = list.dict,
      values = list.values }
  end
  local seeds = columns.seeds
  if seeds then
    self.seeds = { row = seeds.row:take(order), offset = seeds.offset, item = seeds.item }
    text = text .. self.seeds.row:hash() .. seeds.offset:hash() .. seeds.item:hash()
  end
  self.hash = core.base.hash(text)
  return self
end

--- A log in which nothing can be known: every label is a fair coin. What a protocol of your own is tried on: an arm
--- that scores above 0.5 has seen the answers.
---@param options { users: integer?, items: integer?, rows: integer?, days: integer?, seed: integer? }? default 4000,
---  2000, 40000, 6, 1: thin enough for naive pairs to reach an AUC of 0.78
---@return lis.Log
function log.coin_flips(options) return log.from_columns(coins.columns(options)) end

--- A log of other columns; what a log holds besides, its world and its index of histories, does not come along.
---@param columns table as lis.log.from_columns takes them
---@return lis.Log
function Log.with(_, columns) return log.from_columns(columns) end

--- The simulated feed as a log that knows its own truth (`log.world`).
---@param world table what lis.world.simulate returns
---@return lis.Log
function log.from_world(world)
  local self = log.from_columns {
    name = "simulated feed", users = world.users, items = world.items,
    user = world.user, item = world.item, time = world.time, label = world.label, rule = "click",
  }
  self.world = world
  return self
end

--- Opens a log that log:save or lis.log.create wrote. Columns are decoded when they are first touched.
---@param path string
---@param options { unpack_max: integer? }? most bytes of its columns: 100 times the file's size, 1 GiB at least
---@return lis.Log
function log.open(path, options) return file.open(Log, path, options) end

--- Begins a log that is written block after block, in order of time: for logs larger than memory.
---@param path string
---@param options { name: string?, rule: string?, users: integer?, items: integer?, compress: ("zstd"|"none")?,
---  level: integer? }? users, items: numbers of codes where not all of them occur
---@return lis.LogWriter
function log.create(path, options) return file.create(Log, path, options) end

local read_options = {
  user = { default = "user_id", type = "string" },
  item = { default = "item_id", type = "string" },
  time = { default = "timestamp", type = "string" },
  label = { default = "label", type = { "string", "function" } },
  time_format = { type = "string" },
  delimiter = { type = "string" },
  names = { type = "list", of = "string" },
  header = { type = "boolean" },
  quote = { type = "boolean" },
  encoding = { choices = { "utf-8", "latin-1" } },
  types = { default = {}, type = "table" },
  history = { type = "string" },
  name = { type = "string" },
  item_fields = { default = {}, type = "list", of = "string" },
  columns = { default = {}, type = "list", of = "string" },
  clean = { default = {}, type = "list" },
  quiet = false,
  cache = { default = false, type = { "boolean", "string" } },
}

---@class lis.LogOptions
---@field user string?      column of the user; default "user_id"
---@field item string?      default "item_id"
---@field time string?      default "timestamp"
---@field label (string|function)?  which rows are positive; default "label"
---@field time_format string?  how times are written: "s", "ms", "iso" or as "%m/%d/%Y %H:%M"; default: numbers, seconds
---@field delimiter string? default by the file's name, or else its first line
---@field names string[]?   of the columns, for a file without a header
---@field header boolean?   the first line names the columns; default: where `names` is not given
---@field quote boolean?    fields may be "quoted"
---@field encoding ("utf-8"|"latin-1")?  of the file
---@field types table<string, lis.ColumnType>?  of further columns; those of lists are kept as log.lists
---@field name string?      what reports call the log
---@field item_fields string[]?  further columns of item ids
---@field columns string[]? further columns to keep
---@field clean lis.CleanStep[]?  steps in order, before anything else sees the log: lis.clean, docs/data.md
---@field cache (boolean|string)? keep what was read: true: beside the file; a folder
---@field preset ("amazon"|"avazu"|"criteo"|"mind"|"movielens"|"recbole")?
---@field quiet boolean?    say nothing of what was read and cleaned
---@field history (string|boolean)?  a list column that histories begin with; preset mind: false leaves its own out
---@field order string?     amazon: "user,item" or "item,user", the first columns of a CSV without header
---@field days number?      criteo: over how many days the rows lie

local function read_preset(path, options)
  local given = {}
  for key, value in pairs(options) do given[key] = value end
  given.clean = nil
  local planned = clean.plan(options.clean or {}, "lis.log.read")
  local made = preset.read(path, given)
  return log.from_columns(#planned > 0 and clean.apply(made, planned, options.quiet) or made)
end

-- Cleans with columns that the log then does not keep.
local function cleaned(made, planned, source, options)
  local columns, dicts = part.further(source, clean.read_by(planned, source, made.aliases))
  for name, values in pairs(made.columns) do columns[name], dicts[name] = values, made.dicts[name] end
  made.columns, made.dicts = columns, dicts
  made = clean.apply(made, planned, options.quiet)
  columns, dicts = {}, {}
  for _, name in ipairs(options.columns) do columns[name], dicts[name] = made.columns[name], made.dicts[name] end
  made.columns, made.dicts = columns, dicts
  return made
end

local function parse(path, options)
  if type(options) == "table" and options.preset ~= nil then return read_preset(path, options) end
  options = check.options(options, read_options, "lis.log.read")
  local planned = clean.plan(options.clean, "lis.log.read")
  local source = source_of.read(path, options, label_rule.column(options.label))
  local label, rule = label_rule.of(source, options.label)
  local user_ids, item_ids = source:dict(options.user), source:dict(options.item)
  local made = {
    name = options.name or path:match "([^/]+)$",
    user = source:column(options.user), item = source:column(options.item),
    time = source:column(options.time), label = label, rule = rule,
    users = user_ids:size(), items = item_ids:size(), user_ids = user_ids, item_ids = item_ids,
    fields = {}, aliases = { [options.user] = "user", [options.item] = "item", [options.time] = "time" },
  }
  source_of.add_lists(made, source, options)
  for _, name in ipairs(options.item_fields) do
    made.fields[name] = core.data.remap(source:column(name), part.item_codes(source:dict(name), made.item_ids))
  end
  made.columns, made.dicts = part.further(source, options.columns)
  if #planned > 0 then made = cleaned(made, planned, source, options) end
  return log.from_columns(made)
end

--- Turns a text file that is larger than memory into a log that need not be: reads it block after block and writes
--- a columnar cache, which it opens. Options are those of lis.log.read; rows must be in order of time, and cleaning
--- steps such as look at a row alone.
---@param path string a file as lis.log.read reads it
---@param to string the columnar cache, "clicks.lisd"
---@param options lis.ConvertOptions?
---@return lis.Log as log:save would have written it
function log.convert(path, to, options) return convert.run(Log, path, to, options, read_options) end

---@class lis.ConvertOptions: lis.LogOptions
---@field bytes integer?    of text a block, about; default 32 MiB
---@field compress ("zstd"|"none")?  as of log:save
---@field level integer?

--- Reads delimited text (CSV, TSV, `::`, RecBole's atomic files) or JSON lines, plain, gzip or zstd.
--
-- `label` is a column (1 where it is above 0), an expression such as "rating >= 4", or a function of the row
-- (slower: called once a row). `item_fields`: further columns that hold item ids, such as the item that a
-- search began from (`log.fields`). `columns`: further columns to keep, as numbers or codes (`log.columns`).
--
-- `preset`: a public log as it is published; its columns, files and further options: docs/data.md.
--
-- `cache`: the log is kept as a columnar cache, beside the file (true) or in a folder, and opened from there the
-- next time, unless the file or the options have changed.
---@param path string a file; with a preset also the folder it lies in
---@param options lis.LogOptions?
---@return lis.Log
function log.read(path, options)
  if type(options) ~= "table" or options.cache == nil then return parse(path, options) end
  check.argument(options.cache, { type = { "boolean", "string" } }, "lis.log.read", "option 'cache'")
  local own = {}
  for key, value in pairs(options) do
    if key ~= "cache" then own[key] = value end
  end
  if not options.cache then return parse(path, own) end
  return kept.through(Log, path, own, options.cache, function() return parse(path, own) end)
end

return log
