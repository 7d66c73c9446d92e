--- Preferences that no log holds: pairs from a file, and neighbours by content.
local core = require "lis.core"
local check = require "lis.util.check"
local memory = require "lis.util.memory"

local external = {}

local file_options = {
  from = { default = "item_id", type = "string" },
  to = { default = "other_id", type = "string" },
  weight = { type = "string" },
  delimiter = { type = "string" },
  name = { type = "string" },
  made_at = { type = "integer", help = "time of the latest event that the file's maker knew" },
}

-- A column of ids as item codes, -1 where the field is empty or the log has no such item.
local function codes_of(log, source, name)
  local dict = source:dict(name)
  local place = core.tensor.new("i32", dict:size()) -- the code plus 1: take gives 0 where a field is empty
  for code = 0, dict:size() - 1 do
    local id = dict:decode(code)
    local item
    if log.item_ids then
      item = log.item_ids:encode(id)
    else
      item = math.tointeger(tonumber(id))
      if item and (item < 0 or item >= log.items) then item = nil end
    end
    if item then place:set(code + 1, item + 1) end
  end
  return (place:take(source:column(name)) - 1):to "i32"
end

local function read_pairs(path, options, log)
  local types = { [options.from] = "string", [options.to] = "string" }
  if options.weight then types[options.weight] = "f64" end
  local source = core.data.read_table(path, {
    delimiter = options.delimiter or (path:match "%.csv$" and "," or "\t"), types = types,
    require = { options.from, options.to, options.weight },
  })
  local from = codes_of(log, source, options.from)
  local to = codes_of(log, source, options.to)
  local weight = options.weight and source:column(options.weight):to "f32" or core.tensor.full("f32", 1, #from)
  if weight:min() < 0 then
    error(("%s: column '%s' goes down to %g: a weight says how much two items belong together, from 0 up"):format(
      path, options.weight, weight:min()), 0)
  end
  local matched = from:ge(0):land(to:ge(0)):land(from:ne(to)):nonzero()
  if #matched == 0 then
    error(("%s: none of its %d pairs joins two items of log '%s'; are they the same kind of id?"):format(
      path, source:rows(), log.name), 0)
  end
  return from:take(matched), to:take(matched), weight:take(matched), source:rows()
end

-- So that the settings of a study say which content the file had.
local function hash_of_file(path)
  local file, message = io.open(path, "rb")
  if not file then check.fail("lis.preference.external", "%s", message) end
  local text = file:read "a"
  file:close()
  return core.base.hash(text)
end

--- Pairs from elsewhere: a file of item, item, weight (labelled by an LLM, by editors, by another system).
-- C[i, j] = sum of the weights of the lines that join i and j, either way round.
--
-- `from`, `to`, `weight`: column names (without `weight` every line weighs 1). The ids are the log's; lines
-- with unknown ids are passed over, and the artefact's card says how many matched. `made_at`: the time up
-- to which the file's maker knew the log; without it, the pairs count as leaked.
---@param path string
---@param options { from: string?, to: string?, weight: string?, delimiter: string?, name: string?,
---  made_at: integer? }?
---@return lis.Preference
function external.external(path, options)
  options = check.options(options, file_options, "lis.preference.external")
  options.hash = hash_of_file(path)
  return {
    name = options.name or path:match "([^/]+)$", label = "pairs of " .. path, settings = options, static = true,
    latest = options.made_at or math.maxinteger,
    evidence = function(log)
      local from, to, weight, lines = read_pairs(path, options, log)
      local one_way = core.sparse.from_triples(log.items, log.items, from, to, weight)
      return one_way:add(one_way:transpose()):prune(1e-30), { lines = lines, matched = #from }
    end,
  }
end

local content_options = { k = { default = 20, type = "integer", min = 1 } }

--- The content-only control: each item and its `k` nearest by cosine of their content vectors. It depends
-- on no event; what it gains, the content holds already.
---@param content lis.Content
---@param options { k: integer? }?
---@return lis.Preference
function external.content(content, options)
  options = check.options(options, content_options, "lis.preference.content")
  return {
    name = "content neighbours", label = "items with alike content (" .. content.name .. ")",
    settings = { k = options.k, content = content.name }, static = true,
    evidence = function(log)
      if #content.values ~= log.items then
        error(("content '%s' has %d vectors, log '%s' has %d items: one vector an item, in the order of the "
          .. "log's codes (lis.represent.npy)"):format(content.name, #content.values, log.name, log.items), 0)
      end
      local nearest = { k = options.k, metric = "cosine" }
      memory.announce("content neighbours", core.sparse.knn_plan(content.values, nearest), "neighbours")
      local near = core.sparse.knn(content.values, nearest):prune(1e-6)
      return near:add(near:transpose())
    end,
  }
end

return external
