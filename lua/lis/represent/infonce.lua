--- InfoNCE (van den Oord, Li & Vinyals 2018) over item pairs, for a free table and for an adapter on content.
--
--     L = - mean over r of log( e^(s(a_r, p_r) / t) / sum over c of e^(s(a_r, c) / t) ),   s the cosine
--
-- (a_r, p_r) is a pair drawn by weight. The candidates c of r are its p_r, the other pairs' p in the batch,
-- and hard negatives: of every anchor in the batch the items that are nearest by the present vectors and not
-- paired with it (renewed each epoch). A candidate that is a_r or p_r itself is no negative.
local core = require "lis.core"
local check = require "lis.util.check"
local contents = require "lis.represent.content"
local sample = require "lis.represent.sample"
local tables = require "lis.represent.table"
local vectors = require "lis.represent.vectors"

local infonce = {}

local training = {
  width = { default = 8, type = "integer", min = 1 },
  temperature = { default = 0.1, type = "number", min = 0.02 },
  hard = { default = 0, type = "integer", min = 0, max = 16 },
  epochs = { default = 8, type = "integer", min = 1 },
  samples = { default = 20000, type = "integer", min = 2 },
  batch = { default = 256, type = "integer", min = 2, max = 4096 },
  rate = { default = 0.1, type = "number", above = 0 },
  seed = { default = 1, type = "integer" },
}

local function with(more)
  local spec = {}
  for name, option in pairs(training) do spec[name] = option end
  for name, option in pairs(more) do spec[name] = option end
  return spec
end

-- Adagrad (Duchi, Hazan & Singer 2011) on one parameter.
local function parameter(value, rate)
  local squares = core.tensor.new("f32", #value, value:size(2))
  return {
    value = value,
    step = function(gradient)
      squares:add_(gradient * gradient)
      value:add_(gradient / (squares:sqrt() + 1e-8), -rate)
    end,
  }
end

-- Where a free table begins: at random, or at the directions of the SVD table, moved a little so that no row is 0.
local function start_of(graph, o)
  local start = core.tensor.normal({ graph:rows(), o.width }, { seed = o.seed, purpose = "infonce" })
  return o.start == "random" and start or tables.svd(graph, o):normalize_rows():add_(start, 0.01)
end

-- A free table: forward gathers rows, backward scatters.
local function free_table(graph, o)
  local items, weights = graph:rows(), parameter(start_of(graph, o), o.rate)
  return {
    forward = function(codes) return weights.value:take(codes) end,
    backward = function(codes, gradient)
      weights.step(core.tensor.new("f32", items, o.width):scatter_add_(codes, gradient))
    end,
  }
end

local function normal(rows, columns, o, purpose)
  return core.tensor.normal({ rows, columns }, { seed = o.seed, purpose = purpose, scale = math.sqrt(2 / rows) })
end

-- One hidden layer of rectified units on frozen vectors x: z = relu(x A + a) B + b.
local function adapter(x, o)
  local a = parameter(normal(x:size(2), o.hidden, o, "adapter in"), o.rate)
  local a0 = parameter(core.tensor.new("f32", 1, o.hidden), o.rate)
  local b = parameter(normal(o.hidden, o.width, o, "adapter out"), o.rate)
  local b0 = parameter(core.tensor.new("f32", 1, o.width), o.rate)
  local matmul = core.tensor.matmul
  local function hidden(inputs) return (matmul(inputs, a.value) + a0.value:reshape(o.hidden)):maximum(0) end
  return {
    forward = function(codes) return matmul(hidden(x:take(codes)), b.value) + b0.value:reshape(o.width) end,
    backward = function(codes, gradient)
      local inputs = x:take(codes)
      local h = hidden(inputs)
      local dh = matmul(gradient, b.value, { transpose_b = true }) * h:gt(0):to "f32"
      b.step(matmul(h, gradient, { transpose_a = true }))
      b0.step(gradient:sum(1):to("f32"):reshape(1, o.width))
      a.step(matmul(inputs, dh, { transpose_a = true }))
      a0.step(dh:sum(1):to("f32"):reshape(1, o.hidden))
    end,
  }
end

-- Hard negatives of each item: i32 [items, hard], -1 where there are fewer.
local function hard_negatives(present, graph, hard)
  local items = #present
  local out = core.tensor.full("i32", -1, items, hard)
  local row, column, cosine = core.sparse.knn(present, { k = math.min(items - 1, hard + 16) }):triples()
  local near = core.sparse.from_triples(items, items, row, column, cosine + 2) -- above 0, so that it stays
  local paired_row, paired_column = graph:triples()
  local paired = core.sparse.from_triples(items, items, paired_row, paired_column)
  row, column = near:add(paired, -1e6):prune(1e-3):top_k(hard):triples()
  local slot = {}
  for k = 1, #row do
    slot[row[k]] = (slot[row[k]] or 0) + 1
    out:set(row[k] + 1, slot[row[k]], column[k])
  end
  return out
end

-- 1 where a candidate of row r may stand in its sum: all but a_r and p_r, save p_r in its own place.
local function allowed(anchors, positives, candidates)
  local n, m = #anchors, #candidates
  local grid = core.tensor.new("f32", n, m) + candidates:to "f32"
  local own = (grid - positives:to("f32"):reshape(n, 1)):eq(0)
  local keep = own:lor((grid - anchors:to("f32"):reshape(n, 1)):eq(0)):lnot():to "f32"
  for r = 1, n do keep:set(r, r, 1) end
  return keep
end

-- From the gradient of unit rows to that of the rows themselves.
local function through_norm(rows, unit, gradient)
  local length = (rows * rows):sum(2):sqrt():to("f32"):reshape(#rows, 1) + 1e-12
  return (gradient - unit * (unit * gradient):sum(2):to("f32"):reshape(#rows, 1)) / length
end

local function step(model, anchors, positives, extra, o)
  local candidates = extra and core.tensor.concat({ positives, extra }, 1) or positives
  local codes, n = core.tensor.concat({ anchors, candidates }, 1), #anchors
  local rows = model.forward(codes)
  local unit = rows:normalize_rows()
  local a, c = unit:slice(1, 1, n):copy(), unit:slice(1, n + 1, #codes):copy()
  local scores = (core.tensor.matmul(a, c, { transpose_b = true }) - 1) * (1 / o.temperature)
  local weights = scores:exp() * allowed(anchors, positives, candidates)
  local slope = weights / weights:sum(2):to("f32"):reshape(n, 1)
  for r = 1, n do slope:set(r, r, slope:get(r, r) - 1) end
  slope:mul_(1 / (n * o.temperature))
  local gradient = core.tensor.concat({ core.tensor.matmul(slope, c),
    core.tensor.matmul(slope, a, { transpose_a = true }) }, 1)
  model.backward(codes, through_norm(rows, unit, gradient))
end

local function extras_of(hard, anchors)
  if not hard then return nil end
  local all = hard:take(anchors):reshape(#anchors * hard:size(2))
  local present = all:ge(0):nonzero()
  return #present > 0 and all:take(present) or nil
end

-- Trains a model on a pair graph; returns unit vectors of all its items.
local function train(model, graph, o)
  local from, to = sample.pairs(graph, o.samples)
  local every = core.tensor.arange(graph:rows(), "i32")
  for epoch = 1, o.epochs do
    local order = core.base.permutation(o.samples, o.seed, "infonce epoch " .. epoch)
    local hard = o.hard > 0 and hard_negatives(model.forward(every), graph, o.hard)
    for first = 1, o.samples - 1, o.batch do
      local picked = order:slice(1, first, math.min(first + o.batch - 1, o.samples)):copy()
      local anchors = from:take(picked)
      step(model, anchors, to:take(picked), extras_of(hard, anchors), o)
    end
  end
  return model.forward(every):normalize_rows()
end

local function need_pairs(artefact, where)
  if artefact.kind ~= "pairs" then
    error(("%s: '%s' holds %s, InfoNCE wants pairs"):format(where, artefact.preference, artefact.kind), 0)
  end
end

local function masked(values, flags) return values * flags:to("f32"):reshape(#flags, 1) end

local table_options = with {
  start = { default = "svd", choices = { "svd", "random" } },
  temperature = { default = 0.3, type = "number", min = 0.02 },
  epochs = { default = 4, type = "integer", min = 1 },
  rate = { default = 0.02, type = "number", above = 0 },
}

--- A free table by InfoNCE: one vector an item, trained on the pairs by steps from the SVD table on. As good as
--- that in the simulated feed, where a random start is worth nothing (docs/preference-data.md); for comparison
--- with encoders that are trained by this loss.
---@param artefact lis.Artefact
---@param options { width: integer?, start: ("svd"|"random")?, temperature: number?, hard: integer?,
---  epochs: integer?, samples: integer?, batch: integer?, rate: number?, seed: integer? }?
---@return lis.Vectors
function infonce.table(artefact, options)
  options = check.options(options, table_options, "lis.represent.infonce")
  need_pairs(artefact, "lis.represent.infonce")
  return tables.vectors(artefact, tables.of(artefact, options, function(graph, o)
    if graph:nnz() == 0 then return core.tensor.new("f32", graph:rows(), o.width) end
    return masked(train(free_table(graph, o), graph, o), graph:row_sums():gt(0))
  end))
end

local adapter_options = with { hidden = { default = 64, type = "integer", min = 1 },
  rate = { default = 0.02, type = "number", above = 0 } }

-- The pairs of which both items have content.
local function with_content(graph, covered)
  local row, column, value = graph:triples()
  local both = covered:take(row):land(covered:take(column)):nonzero()
  return core.sparse.from_triples(graph:rows(), graph:rows(), row:take(both), column:take(both), value:take(both))
end

--- An encoder aligned on preference data by InfoNCE: an MLP on its frozen vectors, what fine-tuning with a
--- contrastive loss does to the last layers. Every item with content gets a vector. In the simulated feed
--- it stays behind the ridge encoder (docs/preference-data.md).
---@param content lis.Content
---@param artefact lis.Artefact what the encoder may see: not leaked, for AIS
---@param options { width: integer?, hidden: integer?, temperature: number?, hard: integer?, epochs: integer?,
---  samples: integer?, batch: integer?, rate: number?, seed: integer? }?
---@return lis.Vectors
function infonce.adapter(content, artefact, options)
  options = check.options(options, adapter_options, "lis.represent.adapter")
  need_pairs(artefact, "lis.represent.adapter")
  local x = contents.standardise(content)
  local list, pooled = tables.of(artefact, options, function(graph, o)
    graph = with_content(graph, content.covered)
    if graph:nnz() == 0 then
      error(("adapter '%s' has vectors for none of the pairs of '%s'; nothing to align on"):format(
        content.name, artefact.preference), 0)
    end
    return masked(train(adapter(x, o), graph, o), content.covered)
  end)
  return vectors.of(artefact, {
    name = content.name .. " adapted to " .. artefact.preference, source = "adapter:" .. content.name,
    values = core.tensor.concat(list, 1) * vectors.unit_scale(pooled),
  })
end

return infonce
