--- Logs in columnar caches, "x.lisd": saved whole, written in blocks, opened lazily, read in chunks.
local core = require "lis.core"
local check = require "lis.util.check"
local nearest = require "lis.util.nearest"
local pack = require "lis.log.pack"

local file = {}

local own_columns = { "user", "item", "time", "label", user = "i32", item = "i32", time = "i64", label = "u8" }

local save_options = {
  compress = { default = "zstd", choices = { "zstd", "none" } },
  level = { default = 1, type = "integer", min = 1, max = 19 },
  histories = true,
}

--- Writes a log with all that it holds: columns, dictionaries, histories, lists, tables, the simulated truth.
---@param log lis.Log
---@param path string
---@param options { compress: ("zstd"|"none")?, level: integer?, histories: boolean? }?
---@param notes table<string, string>? further notes
function file.save(log, path, options, notes)
  options = check.options(options, save_options, "log:save")
  if options.histories then log:histories() end
  local writer <close> = core.data.cache_writer(path, { compress = options.compress, level = options.level })
  local to, nodes, rest = { writer = writer, known = {} }, {}, {}
  for _, name in ipairs(own_columns) do nodes[name] = pack.column(to, log[name], name) end
  for key, value in pairs(log) do
    if not own_columns[key] and key ~= "cache" then rest[key] = value end
  end
  for _, key in ipairs(nearest.keys(rest)) do nodes[key] = pack.put(to, rest[key], key) end
  writer:note("log", pack.text(nodes))
  for key, text in pairs(notes or {}) do writer:note(key, text) end
  writer:commit()
end

-- ---- opening

-- Which values the log's own columns may hold.
local function range_of(log)
  return function(name)
    if name == "user" then return { low = -1, limit = log.users } end
    if name == "item" or name:find "^fields%." then return { low = -1, limit = log.items } end
    if name == "label" then return { low = 0, limit = 2 } end
  end
end

local function fail(path, ...) error(("'%s' holds no log: %s"):format(path, (...):format(select(2, ...))), 0) end

-- Numbers that must be there, and columns that must fit them.
local function check_log(cache, path, nodes)
  for _, key in ipairs { "rows", "users", "items" } do
    if math.type(nodes[key]) ~= "integer" or nodes[key] < 0 then fail(path, "its number of %s is missing", key) end
  end
  for _, name in ipairs(own_columns) do
    local node, dtype = nodes[name], own_columns[name]
    if not (pack.is_box(node) and node.name == name and cache:has(name)) then
      fail(path, "column '%s' is missing", name)
    end
    local found, rows = cache:array(name)
    if found ~= dtype or rows ~= nodes.rows then
      fail(path, "column '%s' is %s [%d], wanted %s [%d]", name, found, rows, dtype, nodes.rows)
    end
  end
end

-- A log whose columns are decoded when they are first touched.
local function lazy(Log, cache, nodes)
  local self, pending = { cache = cache }, {}
  for key, node in pairs(nodes) do
    if type(node) == "table" then pending[key] = node else self[key] = node end
  end
  local from = { cache = cache, rows = nodes.rows, items = nodes.items, range = range_of(nodes) }
  local meta = { __tostring = Log.__tostring }
  function meta.__index(log, key)
    local node = pending[key]
    if node == nil then return Log[key] end
    local value = pack.get(from, node)
    rawset(log, key, value)
    pending[key] = nil
    return value
  end
  function meta.__pairs(log)
    for key in pairs(nodes) do local _ = log[key] end
    return next, log, nil
  end
  return setmetatable(self, meta)
end

--- Opens a log that was saved: its columns are decoded when they are first touched.
---@param Log table the class
---@param path string
---@param options { unpack_max: integer? }?
---@return lis.Log
function file.open(Log, path, options)
  local cache = core.data.open_cache(path, options)
  local text = cache:note "log"
  if not text then fail(path, "it is a columnar cache of something else") end
  local ok, nodes = pcall(core.base.json_decode, text)
  if not ok or type(nodes) ~= "table" then fail(path, "what it says of itself cannot be read") end
  check_log(cache, path, nodes)
  nodes.name = nodes.name or path:match "([^/]+)$"
  nodes.hash = nodes.hash or cache:hash()
  return lazy(Log, cache, nodes)
end

-- ---- writing in blocks

---@class lis.LogWriter a log that is written block after block, in memory that does not grow
---@field rows integer so far
local Writer = {}
Writer.__index = Writer

local create_options = {
  name = { type = "string" }, rule = { default = "given", type = "string" },
  users = { type = "integer", min = 1 }, items = { type = "integer", min = 1 },
  compress = save_options.compress, level = save_options.level,
}

--- Begins a log file.
---@param Log table the class
---@param path string
---@param options table?
---@return lis.LogWriter
function file.create(Log, path, options)
  options = check.options(options, create_options, "lis.log.create")
  return setmetatable({
    Log = Log, path = path, options = options, rows = 0, positive = 0, users = 0, items = 0, fields = {}, columns = {},
    writer = core.data.cache_writer(path, { compress = options.compress, level = options.level }),
  }, Writer)
end

local function fail_unless_ascending(self, time)
  local n = #time
  local later = n > 1 and time:slice(1, 2, n):ge(time:slice(1, 1, n - 1)):count() or n - 1
  if later < n - 1 or (self.last and time[1] < self.last) then
    error(("log '%s': rows %d to %d are not in order of time: sort the log before it is written in blocks"):format(
      self.path, self.rows + 1, self.rows + n), 0)
  end
  self.last = time[n]
end

local function append_named(self, kind, given, rows)
  local function expect(ok, name)
    if not ok then
      error(("log '%s': every block has the same %s, one value a row: '%s'"):format(self.path, kind, name), 0)
    end
  end
  for name in pairs(self[kind]) do expect(given[name], name) end
  for name, values in pairs(given) do expect(#values == rows and (self.rows == 0 or self[kind][name]), name) end
  for name, values in pairs(given) do
    self.writer:append(kind .. "." .. name, values)
    self[kind][name] = { ["$"] = "tensor", name = kind .. "." .. name }
  end
end

--- More rows, in order of time.
---@param block { user: lis.Tensor, item: lis.Tensor, time: lis.Tensor, label: lis.Tensor,
---  fields: table<string, lis.Tensor>?, columns: table<string, lis.Tensor>? }
function Writer:append(block)
  local rows = #block.user
  if rows == 0 then return end
  for _, name in ipairs(own_columns) do
    local dtype = own_columns[name]
    if #block[name] ~= rows or block[name]:dtype() ~= dtype then
      error(("log '%s': column '%s' of a block wants %d values of type %s"):format(self.path, name, rows, dtype), 0)
    end
  end
  fail_unless_ascending(self, block.time)
  append_named(self, "fields", block.fields or {}, rows)
  append_named(self, "columns", block.columns or {}, rows)
  for _, name in ipairs(own_columns) do self.writer:append(name, block[name]) end
  self.rows, self.positive = self.rows + rows, self.positive + block.label:count()
  self.users = math.max(self.users, math.tointeger(block.user:max()) + 1)
  self.items = math.max(self.items, math.tointeger(block.item:max()) + 1)
end

--- More of a column of item codes that is known only when the blocks are written: in the end one value a row.
---@param name string
---@param values lis.Tensor i32
function Writer:append_field(name, values)
  self.writer:append("fields." .. name, values)
  self.fields[name] = { ["$"] = "tensor", name = "fields." .. name }
end

--- Gives the file its name, and opens it.
---@param rest { user_ids: lis.Dict?, item_ids: lis.Dict?, dicts: table<string, lis.Dict>?, rule: string?,
---  aliases: table<string, string>?, cleaning: lis.CleanCard[]? }? what else the log holds
---@return lis.Log
function Writer:commit(rest)
  local options = self.options
  if self.positive == 0 or self.positive == self.rows then
    error(("log '%s': %d of %d rows are positive: a ranker and an AUC need both classes"):format(
      self.path, self.positive, self.rows), 0)
  end
  local nodes = {
    name = options.name, rule = options.rule, rows = self.rows, fields = self.fields, columns = self.columns,
    users = math.max(options.users or 0, self.users), items = math.max(options.items or 0, self.items),
    dicts = {}, lists = {}, tables = {},
  }
  for _, name in ipairs(own_columns) do nodes[name] = { ["$"] = "tensor", name = name } end
  local to = { writer = self.writer, known = {} }
  for _, name in ipairs(nearest.keys(rest or {})) do nodes[name] = pack.put(to, rest[name], name) end
  self.writer:note("log", pack.text(nodes))
  self.writer:commit()
  self.writer:close()
  return file.open(self.Log, self.path)
end

--- Gives up: nothing is left of the file.
function Writer:close() self.writer:close() end

Writer.__close = Writer.close

return file
