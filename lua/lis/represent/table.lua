--- Tables: one free vector an item, fitted to the evidence alone. They can hold anything it says, and so
--- bound every encoder of their width.
local core = require "lis.core"
local check = require "lis.util.check"
local memory = require "lis.util.memory"
local bpr = require "lis.represent.bpr"
local vectors = require "lis.represent.vectors"

local tables = {}

--- Options of every table; encoders take them too, as they are aligned on one.
tables.options = {
  width = { default = 8, type = "integer", min = 1 },
  weighting = { default = "ppmi", choices = { "ppmi", "none" } },
  shift = { default = 0, type = "number" },
  smoothing = { default = 1, type = "number", above = 0, max = 1 },
  power = { default = 6, type = "integer", min = 0 },
  seed = { default = 1, type = "integer" },
}

--- A specification with further options.
function tables.with(more)
  local spec = {}
  for name, option in pairs(tables.options) do spec[name] = option end
  for name, option in pairs(more) do spec[name] = option end
  return spec
end

-- Pairs: rows of U sqrt(S) of the positive PMI (Levy & Goldberg 2014) or of the weights as they are.
local function factorise(graph, options)
  local matrix = options.weighting == "ppmi" and graph:ppmi { shift = options.shift, smoothing = options.smoothing }
    or graph
  if matrix:nnz() == 0 then return core.tensor.new("f32", graph:rows(), options.width) end
  local how = { rank = options.width, power = options.power, seed = options.seed }
  memory.announce("table of width " .. options.width, matrix:svd_plan(how), "numbers")
  local u, s = matrix:svd(how)
  return u * s:to("f32"):sqrt()
end

--- The table of one pair graph; options that are left out have their defaults.
---@param graph lis.Csr
---@param options table of tables.options
---@return lis.Tensor f32 [items, width]
function tables.svd(graph, options)
  local all = {}
  for name, spec in pairs(tables.options) do all[name] = options[name] or spec.default end
  return factorise(graph, all)
end

-- The default fit of each kind of evidence.
local fit = {
  pairs = factorise,
  vectors = function(values) return values end,
  triples = function(e, options) return bpr.fit(e, { width = options.width, seed = options.seed }) end,
}

-- Tables of evidence that lives: evidence -> options -> table. Several arms of a study read the same ones.
local fitted = setmetatable({}, { __mode = "k" })

-- A maker of tables by the default fit, each made once.
local function default_fit(kind)
  return function(piece, options)
    local known = fitted[piece] or {}
    local key = ("%d %s %.17g %.17g %d %d"):format(options.width, options.weighting, options.shift,
      options.smoothing, options.power, options.seed)
    known[key] = known[key] or fit[kind](piece, options)
    fitted[piece] = known
    return known[key]
  end
end

local function relabel(values, permutation)
  return core.tensor.new("f32", #values, values:size(2)):scatter_add_(permutation, values)
end

-- Tables of a placebo: the fits know no labels (the table of P C P' is P times that of C), so its table is that of
-- the evidence itself, relabelled.
local function relabelled(artefact, options)
  local list, pooled = tables.of(artefact.relabelled.of, options)
  for p, values in ipairs(list) do list[p] = relabel(values, artefact.relabelled.permutation) end
  return list, relabel(pooled, artefact.relabelled.permutation)
end

-- Vectors trained elsewhere at the width asked for: principal axes of the pooled table, or zeros added.
local function at_width(list, pooled, width)
  local own = pooled:size(2)
  if own == width then return list, pooled end
  local function resize(x)
    if own < width then return core.tensor.concat({ x, core.tensor.new("f32", #x, width - own) }, 2) end
    return core.tensor.matmul(x, core.tensor.principal_axes(pooled, width))
  end
  local out = {}
  for p, x in ipairs(list) do out[p] = resize(x) end
  return out, resize(pooled)
end

--- One table a part, each rotated onto the pooled one (orthogonal Procrustes): what is fitted apart differs
--- by a rotation that a ranker cannot see through. `make` fits one piece of evidence, `options` are its own.
---@return lis.Tensor[] tables one a part
---@return lis.Tensor pooled
function tables.of(artefact, options, make)
  if not make and artefact.relabelled and artefact.kind ~= "triples" then return relabelled(artefact, options) end
  make = make or default_fit(artefact.kind)
  local pooled, list = make(artefact.pooled, options), {}
  if artefact.part then
    for p, piece in ipairs(artefact.parts) do
      local own = make(piece, options)
      list[p] = core.tensor.matmul(own, core.tensor.procrustes(own, pooled))
    end
  else
    list[1] = pooled
  end
  return at_width(list, pooled, options.width)
end

--- Tables of all parts as vectors, at unit mean square.
---@return lis.Vectors
function tables.vectors(artefact, list, pooled)
  return vectors.of(artefact, {
    name = artefact.preference .. " (" .. artefact.source .. ")", source = artefact.source,
    values = core.tensor.concat(list, 1) * vectors.unit_scale(pooled),
  })
end

--- The default table of each kind of evidence. Pairs: positive PMI, truncated SVD, rows of U sqrt(S)
--- (`weighting = "none"`: SVD of the weights as they are). Triples: BPR. Vectors: as they are, at the width.
---@param artefact lis.Artefact
---@param options { width: integer?, weighting: string?, shift: number?, smoothing: number?, power: integer?,
---  seed: integer? }?
---@return lis.Vectors
function tables.table(artefact, options)
  options = check.options(options, tables.options, "lis.represent.table")
  return tables.vectors(artefact, tables.of(artefact, options))
end

--- A table by Bayesian personalised ranking: lis.represent.bpr in docs/preference-data.md.
---@param artefact lis.Artefact pairs or triples
---@param options { width: integer?, epochs: integer?, samples: integer?, rate: number?, l2: number?,
---  seed: integer? }?
---@return lis.Vectors
function tables.bpr(artefact, options)
  options = check.options(options, bpr.options, "lis.represent.bpr")
  if artefact.kind == "vectors" then
    error(("lis.represent.bpr: '%s' holds vectors, which are trained already; lis.represent.table takes "
      .. "them"):format(artefact.preference), 0)
  end
  return tables.vectors(artefact, tables.of(artefact, options, bpr.fit))
end

--- A representation of your own: `make(piece)` gives f32 [items, any width] of one part's evidence. As with every
--- table, each part is fitted alone and rotated onto the pooled one, brought to the width (principal axes, or zeros
--- added) and to unit mean square; parts and taint are the artefact's.
---@param name string
---@param artefact lis.Artefact
---@param make fun(piece: any): lis.Tensor
---@param options { width: integer? }?
---@return lis.Vectors
function tables.custom(name, artefact, make, options)
  local where = "lis.represent.custom"
  check.argument(name, { type = "string" }, where, "the name")
  check.argument(make, { type = "function" }, where, "the fit")
  options = check.options(options, { width = tables.options.width }, where)
  local made = tables.vectors(artefact, tables.of(artefact, options, function(piece)
    local values = make(piece)
    if not core.tensor.is(values) or #values:shape() ~= 2 or #values ~= artefact.items then
      check.fail(where, "the fit must return a tensor [%d items, width], got %s", artefact.items,
        core.tensor.is(values) and "[" .. table.concat(values:shape(), ", ") .. "]" or check.show(values))
    end
    return values
  end))
  made.name = name .. " of " .. made.name
  return made
end

return tables
