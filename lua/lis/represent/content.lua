--- Frozen content vectors: an MLLM's, one a item, read from files or handed over; several fused into one.
local core = require "lis.core"
local check = require "lis.util.check"
local vectors = require "lis.represent.vectors"

local content = {}

---@class lis.Content
---@field name string
---@field values lis.Tensor f32 [items, d], a zero row where the file has no vector
---@field covered lis.Tensor u8 [items]

--- Content vectors already in the order of the log's item codes.
---@param name string
---@param values lis.Tensor f32 [items, d]
---@return lis.Content
function content.new(name, values)
  return { name = name, values = values, covered = (values * values):sum(2):gt(0) }
end

local function ids_path(path, given)
  return given or (path:gsub("%.npy$", "") .. ".ids")
end

--- Reads an encoder's vectors: PATH.npy, f32 [n, d], with the item ids one a line in PATH.ids.
---@param path string
---@param log lis.Log the ids are matched against its items
---@param options { name: string?, ids: string? }?
---@return lis.Content
function content.npy(path, log, options)
  options = check.options(options, { name = { type = "string" }, ids = { type = "string" } }, "lis.represent.npy")
  local matrix = core.data.read_npy(path)
  if #matrix:shape() ~= 2 then
    error(("%s: wanted a matrix [items, width], got %s %s"):format(path, matrix:dtype(),
      "[" .. table.concat(matrix:shape(), ", ") .. "]"), 0)
  end
  local where = ids_path(path, options.ids)
  local ids = core.data.read_lines(where)
  if #ids ~= #matrix then
    error(("%s has %d ids, but %s has %d vectors: line i of the one must name row i of the other"):format(
      where, #ids, path, #matrix), 0)
  end
  local line_of = core.tensor.full("i32", -1, log.items)
  for line, id in ipairs(ids) do
    local code = log.item_ids and log.item_ids:encode(id)
    if code then line_of:set(code + 1, line - 1) end
  end
  if line_of:ge(0):count() == 0 then
    error(("%s: none of its %d ids is an item of log '%s' (first: '%s'); are they the same kind of id?"):format(
      where, #ids, log.name, ids[1]), 0)
  end
  return content.new(options.name or path:match "([^/]+)%.npy$" or path, matrix:to("f32"):take(line_of))
end

--- Columns centred on the covered rows and scaled to unit variance overall; uncovered rows stay zero.
function content.standardise(self)
  local covered = self.covered:nonzero()
  if #covered == 0 then
    error(("content '%s' has a vector for none of its %d items"):format(self.name, #self.values), 0)
  end
  local known = self.values:take(covered)
  local centred = known - known:mean(1):to "f32"
  local scale = vectors.unit_scale(centred)
  local out = core.tensor.new("f32", #self.values, self.values:size(2))
  return out:scatter_add_(covered, centred * scale)
end


--- Several encoders' vectors side by side: each standardised (so that none shouts), weighted, concatenated.
--- An item is covered where any of them knows it; the others' columns are 0 there.
---@param list lis.Content[]
---@param options { name: string?, weights: number[]? }?
---@return lis.Content
function content.fuse(list, options)
  options = check.options(options, { name = { type = "string" }, weights = { type = "list", of = "number" } },
    "lis.represent.fuse")
  if type(list) ~= "table" or #list == 0 then
    check.fail("lis.represent.fuse", "wants a list of contents, got %s", check.show(list))
  end
  if options.weights and #options.weights ~= #list then
    check.fail("lis.represent.fuse", "%d weights for %d contents", #options.weights, #list)
  end
  local blocks, names = {}, {}
  for i, one in ipairs(list) do
    if #one.values ~= #list[1].values then
      check.fail("lis.represent.fuse", "'%s' has %d items and '%s' %d: all must be in the order of one log",
        list[1].name, #list[1].values, one.name, #one.values)
    end
    names[i] = one.name
    blocks[i] = content.standardise(one) * (options.weights and options.weights[i] or 1)
  end
  return content.new(options.name or table.concat(names, " + "), core.tensor.concat(blocks, 2))
end

return content
