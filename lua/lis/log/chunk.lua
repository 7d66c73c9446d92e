--- Logs larger than memory: read chunk after chunk, in order of time, with histories as of each row.
local core = require "lis.core"
local check = require "lis.util.check"

local chunk = {}

local LOOK <const> = 65536 -- rows looked at to find where a time ends

local options_of_chunks = {
  rows = { default = 1000000, type = "integer", min = 1 },
  max_history = { default = 50, type = "integer", min = 1 },
}

-- Rows first to last of a column, without decoding the rest of it.
local function rows_of(log, name, first, last)
  local loaded = rawget(log, name)
  if loaded then return loaded:slice(1, first, last):copy() end
  local limit = ({ user = log.users, item = log.items, label = 2 })[name]
  return log.cache:read(name, { first = first, last = last, low = limit and -1, limit = limit })
end

-- The last row of a chunk: rows that share a time stay together.
local function end_of(log, first, rows)
  local last = math.min(first + rows - 1, log.rows)
  local time = rows_of(log, "time", last, last)[1]
  while last < log.rows do
    local following = rows_of(log, "time", last + 1, math.min(last + LOOK, log.rows))
    local same = following:eq(time):count()
    last = last + same
    if same < #following then break end
  end
  return last
end

local function fields_of(log, first, last)
  if rawget(log, "fields") or not log.cache then
    local fields = {}
    for name, values in pairs(log.fields or {}) do fields[name] = values:slice(1, first, last):copy() end
    return fields
  end
  local fields = {}
  for _, name in ipairs(log.cache:names()) do
    local field = name:match "^fields%.(.*)$"
    if field then
      fields[field] = log.cache:read(name, { first = first, last = last, low = -1, limit = log.items })
    end
  end
  return fields
end

local function close(part)
  for _, name in ipairs { "user", "item", "time", "label", "history_index" } do part[name]:close() end
  for _, values in pairs(part.fields) do values:close() end
end

--- Sub-logs of consecutive rows. When the next one begins, the columns of the one before are closed, so that
--- memory holds one chunk: what is to be kept of it, copy.
---@param Log table the class
---@param log lis.Log
---@param given { rows: integer?, max_history: integer? }?
---@return fun(): lis.Log?
function chunk.each(Log, log, given)
  local options = check.options(given, options_of_chunks, "log:chunks")
  if log.seeds then
    error(("log '%s' has histories from before it, which chunks cannot carry: read it whole"):format(log.name), 0)
  end
  local stream = core.data.history_stream(log.users, options.max_history)
  local part, last = nil, 0
  return function()
    if part then close(part) end
    part = nil
    local first = last + 1
    if first > log.rows then
      stream:close()
      return nil
    end
    last = end_of(log, first, options.rows)
    part = { name = log.name, rows = last - first + 1, users = log.users, items = log.items, first = first, last = last,
      columns = {}, dicts = {}, lists = {}, tables = {}, rule = log.rule, hash = log.hash }
    for _, name in ipairs { "user", "item", "time", "label" } do part[name] = rows_of(log, name, first, last) end
    part.fields = fields_of(log, first, last)
    part.history_index = stream:next(part.user, part.item, part.time, part.label)
    return setmetatable(part, Log)
  end
end

return chunk
