--- Bayesian personalised ranking (Rendle et al. 2009) as a table.
--
--     maximise  sum over (u, i, j) of log sigmoid(x_ui - x_uj),   x_ui = p_u . q_i + b_i
--
-- Triples are taken as they are. A pair graph becomes triples (i, j, k): i in place of the user, with a
-- vector of its own as context, j drawn by weight, k any item. The table is q. Training is the ranker's.
local core = require "lis.core"
local sample = require "lis.represent.sample"

local bpr = {}

bpr.options = {
  width = { default = 8, type = "integer", min = 1 },
  epochs = { default = 10, type = "integer", min = 1 },
  samples = { default = 50000, type = "integer", min = 1 },
  rate = { default = 0.05, type = "number", above = 0 },
  l2 = { default = 0, type = "number", min = 0 },
  seed = { default = 1, type = "integer" },
}

-- A pair whose drawn rival is its own item says nothing of it, and moves nothing: their gradients cancel.
local function triples_of(graph, options)
  local from, to = sample.pairs(graph, options.samples)
  return { users = graph:rows(), items = graph:rows(), user = from, chosen = to,
    rejected = sample.items(options.samples, graph:rows(), options.seed, "bpr rivals") }
end

local function build(e, options)
  local g = core.nn.graph { seed = options.seed }
  local width = options.width
  local user = g:embedding(g:ids("user", e.users), { dim = width, name = "user_table", init = 0.1 })
  local chosen, rejected = g:ids("chosen", e.items), g:ids("rejected", e.items)
  local function score(item)
    return g:dot { user, g:embedding(item, { dim = width, name = "item_table", init = 0.1 }) }
      + g:embedding(item, { dim = 1, name = "item_bias", init = 0 })
  end
  g:bpr(score(chosen), score(rejected))
  return g:build { batch = 256 }
end

--- The item table of triples or of a pair graph: f32 [items, width], zero where nothing is known.
---@param e table|lis.Csr
---@param options table width and seed at least
---@return lis.Tensor
function bpr.fit(e, options)
  local o = {}
  for name, spec in pairs(bpr.options) do o[name] = options[name] or spec.default end
  local items = core.sparse.is(e) and e:rows() or e.items
  local known = core.sparse.is(e) and e:row_sums() or e.chosen:bincount(items) + e.rejected:bincount(items)
  if known:sum() == 0 then return core.tensor.new("f32", items, o.width) end
  if core.sparse.is(e) then e = triples_of(e, o) end
  local n = #e.chosen
  local model <close> = build(e, o)
  local label = core.tensor.full("u8", 1, n) -- every feed has one; this loss does not read it
  model:fit({ user = e.user, chosen = e.chosen, rejected = e.rejected, label = label },
    { rows = core.tensor.arange(n, "i32"), epochs = o.epochs, shuffle_seed = o.seed, table_lr = o.rate, l2 = o.l2 })
  return model:parameters().item_table * known:gt(0):to("f32"):reshape(items, 1)
end

return bpr
