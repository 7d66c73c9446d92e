--- Stage 5, represent: a pair graph or an encoder's output becomes one vector per item.
--
-- Every maker returns the same shape of thing, so that a leaked table, an aligned encoder and plain
-- noise go through the same channel: `values` [folds * items, width]; a row of fold f and item i reads
-- line f * items + i.
local core = require "lis.core"
local check = require "lis.util.check"

local represent = {}

---@class lis.Vectors
---@field name string
---@field source string the arm it makes: "crossfit", "encoder:text", "raw:text", "noise", ...
---@field values lis.Tensor f32 [folds * items, width]
---@field items integer
---@field width integer
---@field fold lis.Tensor? i32 [users]; nil where all rows read the same table
---@field latest integer? taint: time of the latest event it depends on; nil: none
local Vectors = {}
Vectors.__index = Vectors

function Vectors:__tostring()
  return ("vectors '%s': %d items, width %d%s"):format(self.name, self.items, self.width,
    self.fold and (", %d folds"):format(#self.values // self.items) or "")
end

--- Line of `values` that each row of the log reads: i32 [rows].
---@param log lis.Log
function Vectors:index(log)
  if not self.fold then return log.item end
  return (self.fold:take(log.user) * self.items + log.item):to "i32"
end

--- What to add to an item code so that it finds the row's own fold: i32 [rows], or nil.
---@param log lis.Log
function Vectors:offset(log)
  return self.fold and (self.fold:take(log.user) * self.items):to "i32" or nil
end

local function vectors(fields)
  fields.width = fields.values:size(2)
  return setmetatable(fields, Vectors)
end

-- Scales by one factor so that the covered rows of `reference` have mean square 1 per coordinate: a
-- dense input of that size neither drowns nor shouts, and folds keep their common frame.
local function unit_scale(reference)
  local squares = (reference * reference):sum(2)
  local covered = squares:gt(0):count()
  return covered == 0 and 1 or math.sqrt(covered * reference:size(2) / squares:sum())
end

local table_options = {
  width = { default = 8, type = "integer", min = 1 },
  shift = { default = 0, type = "number" },
  smoothing = { default = 1, type = "number", min = 0, max = 1 },
  power = { default = 6, type = "integer", min = 0 },
  seed = { default = 1, type = "integer" },
}

-- PPMI + truncated SVD: rows of U sqrt(S) (Levy & Goldberg 2014).
local function factorise(graph, options)
  local ppmi = graph:ppmi { shift = options.shift, smoothing = options.smoothing }
  if ppmi:nnz() == 0 then return core.tensor.new("f32", graph:rows(), options.width) end
  local u, s = ppmi:svd { rank = options.width, power = options.power, seed = options.seed }
  return u * s:to("f32"):sqrt()
end

-- One table a fold, each rotated onto the pooled one (orthogonal Procrustes): separate factorisations
-- differ by a rotation that a ranker cannot see through.
local function fold_tables(artefact, options)
  local pooled = factorise(artefact.pooled, options)
  if not artefact.fold then return { pooled }, pooled end
  local tables = {}
  for k, graph in ipairs(artefact.graphs) do
    local own = factorise(graph, options)
    tables[k] = core.tensor.matmul(own, core.tensor.procrustes(own, pooled))
  end
  return tables, pooled
end

--- A free table fitted to the pairs alone. It can hold anything that the pairs say, so it bounds every
--- encoder of its width: the vectors of LIS.
---@param artefact lis.Artefact
---@param options { width: integer?, shift: number?, smoothing: number?, power: integer?, seed: integer? }?
---@return lis.Vectors
function represent.table(artefact, options)
  options = check.options(options, table_options, "lis.represent.table")
  local tables, pooled = fold_tables(artefact, options)
  return vectors {
    name = artefact.preference .. " (" .. artefact.source .. ")", source = artefact.source,
    values = core.tensor.concat(tables, 1) * unit_scale(pooled),
    items = artefact.pooled:rows(), fold = artefact.fold, latest = artefact.latest,
  }
end

---@class lis.Content
---@field name string
---@field values lis.Tensor f32 [items, d], a zero row where the file has no vector
---@field covered lis.Tensor u8 [items]

--- Content vectors already in the order of the log's item codes.
---@param name string
---@param values lis.Tensor f32 [items, d]
---@return lis.Content
function represent.content(name, values)
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
function represent.npy(path, log, options)
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
  return represent.content(options.name or path:match "([^/]+)%.npy$" or path, matrix:to("f32"):take(line_of))
end

-- Columns centred on the covered rows and scaled to unit variance overall; uncovered rows stay zero.
local function standardise(content)
  local covered = content.covered:nonzero()
  local known = content.values:take(covered)
  local centred = known - known:mean(1):to "f32"
  local scale = unit_scale(centred)
  local out = core.tensor.new("f32", #content.values, content.values:size(2))
  return out:scatter_add_(covered, centred * scale)
end

local encoder_options = {
  width = { default = 8, type = "integer", min = 1 },
  l2 = { default = 1, type = "number", min = 0 },
  shift = table_options.shift, smoothing = table_options.smoothing,
  power = table_options.power, seed = table_options.seed,
}

--- An encoder aligned on preference data: ridge regression from its frozen vectors to the table's, in
--- closed form, fold by fold (the cheapest stand-in for fine-tuning an MLLM: a linear adapter). Every
--- item with content gets a vector, also those that no pair covers.
---@param content lis.Content
---@param artefact lis.Artefact what the encoder may see: not leaked, for AIS
---@param options { width: integer?, l2: number?, shift: number?, smoothing: number?, seed: integer? }?
---@return lis.Vectors
function represent.encoder(content, artefact, options)
  options = check.options(options, encoder_options, "lis.represent.encoder")
  local tables, pooled = fold_tables(artefact, options)
  local x = standardise(content)
  local predicted = {}
  for k, graph in ipairs(artefact.graphs) do
    local support = graph:row_sums():to "f32"
    local usable = support:gt(0):land(content.covered):nonzero()
    if #usable == 0 then
      error(("encoder '%s' has vectors for none of the items that '%s' pairs cover; nothing to align on"):format(
        content.name, artefact.preference), 0)
    end
    local weights = core.tensor.ridge(x:take(usable), tables[k]:take(usable), {
      l2 = options.l2, weight = support:take(usable):sqrt(),
    })
    predicted[k] = core.tensor.matmul(x, weights)
  end
  return vectors {
    name = content.name .. " aligned on " .. artefact.preference, source = "encoder:" .. content.name,
    values = core.tensor.concat(predicted, 1) * unit_scale(pooled),
    items = #content.values, fold = artefact.fold, latest = artefact.latest,
  }
end

--- An encoder as it is: its vectors' principal components, nothing aligned.
---@param content lis.Content
---@param options { width: integer? }?
---@return lis.Vectors
function represent.raw(content, options)
  options = check.options(options, { width = encoder_options.width }, "lis.represent.raw")
  local x = standardise(content)
  local values = x
  if x:size(2) ~= options.width then values = core.tensor.matmul(x, core.tensor.principal_axes(x, options.width)) end
  return vectors {
    name = content.name .. " as it is", source = "raw:" .. content.name,
    values = values * unit_scale(values), items = #content.values,
  }
end

--- Normal noise, one vector an item: what the extra width alone does.
---@param items integer
---@param options { width: integer?, seed: integer? }?
---@return lis.Vectors
function represent.noise(items, options)
  options = check.options(options, { width = encoder_options.width, seed = encoder_options.seed },
    "lis.represent.noise")
  return vectors {
    name = "noise", source = "noise", items = items,
    values = core.tensor.normal({ items, options.width }, { seed = options.seed, purpose = "noise" }),
  }
end

--- The simulated world's true item factors, padded to the width: the positive control.
---@param world table
---@param options { width: integer? }?
---@return lis.Vectors
function represent.oracle(world, options)
  options = check.options(options, { width = encoder_options.width }, "lis.represent.oracle")
  local factors = world.item_factors
  local missing = options.width - factors:size(2)
  if missing < 0 then
    error(("the world has %d factors, more than width %d can hold"):format(factors:size(2), options.width), 0)
  end
  local values = factors
  if missing > 0 then
    values = core.tensor.concat({ factors, core.tensor.new("f32", world.items, missing) }, 2)
  end
  return vectors {
    name = "true factors", source = "oracle", items = world.items,
    values = values * unit_scale(factors),
  }
end

return represent
