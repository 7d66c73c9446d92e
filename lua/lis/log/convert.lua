--- From a text file that is larger than memory to a columnar cache, block after block: the log that lis.log.read
--- and log:save make of a file in order of time.
local core = require "lis.core"
local check = require "lis.util.check"
local clean = require "lis.log.clean"
local file = require "lis.log.file"
local files = require "lis.log.files"
local label_rule = require "lis.log.label"
local order = require "lis.log.order"
local part = require "lis.log.part"
local progress = require "lis.util.progress"
local rows = require "lis.log.rows"
local settings = require "lis.util.settings"
local sieve = require "lis.log.sieve"
local source_of = require "lis.log.source"
local text = require "lis.util.text"

local convert = {}

local WHERE <const> = "lis.log.convert"
local CODES <const> = 1000000 -- of a column of item ids that are turned at once

local own_options = {
  bytes = { default = 32 << 20, type = "integer", min = 1 },
  compress = { default = "zstd", choices = { "zstd", "none" } },
  level = { default = 1, type = "integer", min = 1, max = 19 },
}

local refused = {
  preset = "a preset joins files and columns in memory",
  history = "histories from before the log are lists, which are kept whole",
  cache = "what is written is a cache",
}

local function check_options(given, read_options)
  local specs = rows.copy(read_options)
  for name, spec in pairs(own_options) do specs[name] = spec end
  for name, why in pairs(refused) do
    specs[name] = nil
    if type(given) == "table" and given[name] then
      check.fail(WHERE, "option '%s' needs the whole log: %s; read it with lis.log.read", name, why)
    end
  end
  local options = check.options(given, specs, WHERE)
  for name, kind in pairs(options.types) do
    if kind == "list" or type(kind) == "table" then
      check.fail(WHERE, "option 'types': column '%s' is a list, and lists are kept whole; read the log with "
        .. "lis.log.read", tostring(name))
    end
  end
  return options
end

-- The columns of the file that the log is made of; nil: any, for a Lua function reads what it likes.
local function columns_of(options, planned)
  local labelled, cleaned = label_rule.columns(options.label), clean.columns(planned)
  if not labelled or not cleaned then return nil end
  local list, taken = {}, {}
  local function add(names)
    for _, name in ipairs(names) do
      if not taken[name] then taken[name], list[#list + 1] = true, name end
    end
  end
  add { options.user, options.item, options.time }
  add(labelled)
  add(options.item_fields)
  add(options.columns)
  for _, name in ipairs(cleaned) do
    if not clean.own[name] then add { name } end
  end
  return list
end

---@class lis.Conversion
local Conversion = {}
Conversion.__index = Conversion

-- How errors call a row of the latest block.
function Conversion:place()
  return function(row) return "line " .. self.blocks:line(row) end
end

-- A block as what lis.log.from_columns takes. Columns of item ids stay in codes of their own; `lists.origin` says
-- which row of the block each row is, whatever cleaning leaves of them.
function Conversion:columns(source)
  local options = self.options
  local label, rule = label_rule.of(source, options.label, self:place())
  local user_ids, item_ids = source:dict(options.user), source:dict(options.item)
  local aliases = { [options.user] = "user", [options.item] = "item", [options.time] = "time" }
  local made = {
    user = source:column(options.user), item = source:column(options.item), time = source:column(options.time),
    users = user_ids:size(), items = item_ids:size(), user_ids = user_ids, item_ids = item_ids,
    label = label, rule = rule, aliases = aliases, fields = {},
    lists = { origin = { row = core.tensor.arange(source:rows(), "i32") } },
  }
  made.columns, made.dicts = part.further(source, options.columns)
  local seen, dicts = part.further(source, options.item_fields)
  if #self.planned > 0 then
    for name, values in pairs(part.further(source, clean.read_by(self.planned, source, aliases))) do
      seen[name], dicts[name] = values, source:type(name) == "string" and source:dict(name) or nil
    end
  end
  for _, name in ipairs(options.item_fields) do made.fields[name], self.field_ids[name] = seen[name], dicts[name] end
  for name, values in pairs(seen) do
    if not made.columns[name] then made.columns[name], made.dicts[name] = values, dicts[name] end
  end
  return made
end

function Conversion:check_order(time, origin)
  local row = order.first_breach(time, self.last)
  if row then
    local options, names = self.options, self.blocks:names()
    local form = { delimiter = self.blocks:delimiter(), kind = source_of.time_type(options), field = 0,
      header = options.header or options.header == nil and not options.names }
    for at, name in ipairs(names) do
      if name == options.time then form.field = at end
    end
    local before = row > 1 and time[row - 1] or self.last
    order.fail(self.path, self.blocks:line(origin[row] + 1), { before, time[row] }, form)
  end
  self.last = time[#time]
end

function Conversion:append(source)
  local made = self:columns(source)
  self.user_ids, self.item_ids, self.aliases = made.user_ids, made.item_ids, made.aliases
  local left = self.sieve:pass(made)
  if not left then return end
  local origin, place = left.lists.origin.row, self:place()
  local time = part.times(self.name, left.time, function(row) return place(origin[row] + 1) end)
  self:check_order(time, origin)
  local columns = {}
  for _, name in ipairs(self.options.columns) do
    columns[name], self.dicts[name] = left.columns[name], left.dicts[name]
  end
  self.rule = left.rule
  self.writer:append { user = left.user, item = left.item, time = time, label = left.label, columns = columns }
  for _, name in ipairs(self.options.item_fields) do self.spool:append(name, left.fields[name]) end
end

function Conversion:read()
  local _, size = self.blocks:progress()
  local bar <close> = progress.start("convert " .. self.name, size)
  for source in function() return self.blocks:next(self.options.bytes) end do
    self:append(source)
    source:close()
    bar:update((self.blocks:progress()))
    collectgarbage()
  end
end

-- Columns of item ids, in codes of the items that are known by now.
function Conversion:turn_fields(item_ids)
  if #self.options.item_fields == 0 then return end
  self.spool:commit()
  local spooled <close> = core.data.open_cache(self.spool_path, { unpack_max = 4 * self.writer.rows *
    #self.options.item_fields + 1 })
  for _, name in ipairs(self.options.item_fields) do
    local codes = part.item_codes(self.field_ids[name], item_ids)
    for first = 1, self.writer.rows, CODES do
      local last = math.min(first + CODES - 1, self.writer.rows)
      local values = spooled:read(name, { first = first, last = last, low = -1, limit = #codes })
      self.writer:append_field(name, core.data.remap(values, codes))
    end
  end
end

function Conversion:finish()
  local cards = self.sieve:cards()
  local user_ids, item_ids = self.sieve:dicts(self.user_ids, self.item_ids)
  self:turn_fields(item_ids)
  if not (self.options.quiet or settings.quiet) then
    for _, card in ipairs(cards or {}) do print(card.line) end
  end
  return self.writer:commit { user_ids = user_ids, item_ids = item_ids, dicts = self.dicts, aliases = self.aliases,
    rule = self.rule, cleaning = cards }
end

-- What item ids are kept in until all items are known: a cache beside the log, removed in any case.
local function open_spool(self, path)
  if #self.options.item_fields == 0 then return setmetatable({}, { __close = function() end }) end
  self.spool_path = path .. ".tmp.fields"
  self.spool = core.data.cache_writer(self.spool_path)
  return setmetatable({}, { __close = function()
    self.spool:close()
    os.remove(self.spool_path)
  end })
end

--- Converts a file; lis.log.convert says how.
---@param Log table the class
---@param path string
---@param to string
---@param given table?
---@param read_options table<string, any> what lis.log.read declares
---@return lis.Log
function convert.run(Log, path, to, given, read_options)
  check.argument(path, "string", WHERE, "path")
  check.argument(to, "string", WHERE, "to")
  local options = check_options(given, read_options)
  local planned = clean.plan(options.clean, WHERE)
  local self = setmetatable({ path = path, name = options.name or path:match "([^/]+)$", options = options,
    planned = planned, sieve = sieve.new(planned), field_ids = {}, dicts = {} }, Conversion)
  if to == path then check.fail(WHERE, "would write '%s' over what it reads: give the log another name", to) end
  local blocks <close> = source_of.blocks(path, options, label_rule.column(options.label), columns_of(options, planned))
  local writer <close> = file.create(Log, to, { name = self.name, compress = options.compress, level = options.level })
  local _ <close> = open_spool(self, to)
  self.blocks, self.writer = blocks, writer
  self:read()
  local log = self:finish()
  if not (options.quiet or settings.quiet) then
    print(("log: %s rows of %s written to %s"):format(text.count(log.rows), files.name(path), to))
  end
  return log
end

return convert
