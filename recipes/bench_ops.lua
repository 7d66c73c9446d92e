-- What each operation of the ranker's graph costs: rows a second of a training loop that is little
-- else, beside the same loop without it. Rows are 64 wide, histories 20 long and 16 wide.
local lis = require "lis"
local core = require "lis.core"
local nn, tensor, base = core.nn, core.tensor, core.base

local opt = lis.options {
  rows = { default = 100000, type = "integer", min = 1 },
  only = { default = "", type = "string", help = "one operation" },
}
local WIDTH <const>, LENGTH <const>, ITEMS <const> = 64, 20, 10000

-- { name, f(g, x) -> a node of any width, or none where f adds the loss }
local on_rows = {
  { "nothing", function(_, x) return x end },
  { "linear", function(g, x) return g:linear(x, { units = WIDTH, activation = "relu" }) end },
  { "cross", function(g, x) return g:cross(x, x) end },
  { "cross, rank 8", function(g, x) return g:cross(x, x, { rank = 8 }) end },
  { "fm", function(g, x) return g:fm { x, x } end },
  { "dot", function(g, x) return g:dot { x, x } end },
  { "relu", function(g, x) return g:activation(x, "relu") end },
  { "sigmoid", function(g, x) return g:activation(x, "sigmoid") end },
  { "dropout", function(g, x) return g:dropout(x, 0.2) end },
  { "slice, concat", function(g, x) return g:concat { g:slice(x, 33, WIDTH), g:slice(x, 1, 32) } end },
  { "cross_entropy", function(g, x) g:cross_entropy(g:slice(x, 1, 1), g:stop(g:slice(x, 2, 2))) end },
  { "squared_error", function(g, x) g:squared_error(g:slice(x, 1, 1), g:stop(g:slice(x, 2, 2))) end },
  { "bpr", function(g, x) g:bpr(g:slice(x, 1, 1), g:slice(x, 2, 2)) end },
  { "info_nce", function(g, x) g:info_nce(x, x) end },
}
for _, name in ipairs { "bias", "gelu", "prelu", "dice", "layer_norm", "batch_norm", "softmax" } do
  on_rows[#on_rows + 1] = { name, function(g, x) return g[name](g, x) end }
end
for _, name in ipairs { "sum", "difference", "product" } do
  on_rows[#on_rows + 1] = { name, function(g, x) return g[name](g, x, x) end }
end

-- { name, f(g, query, sequence, history) -> rows }
local on_history = {
  { "embedding, pool", function(g, _, s) return g:pool(s, "mean") end },
  { "bag", function(g, _, _, h) return g:bag(h, { dim = 16, mode = "mean", name = "item" }) end },
  { "bag, position", function(g, _, _, h) return g:bag(h, g:position(h, { dim = 1 }), { dim = 16 }) end },
  { "frozen, pool", function(g, _, _, h) return g:pool(g:frozen(h, "vectors", 16), "mean") end },
  { "match, weighted", function(g, q, s) return g:weighted(g:match(q, s), s) end },
  { "linear, pool", function(g, _, s) return g:pool(g:linear(s, { units = 16 }), "mean") end },
  { "attention", function(g, q, s) return g:attention(q, s, { hidden = 36 }) end },
  { "attend, target", function(g, q, s) return g:attend(q, s, s, { heads = 2 }) end },
  { "attend, itself", function(g, _, s) return g:pool(g:attend(s, s, s, { heads = 2 }), "mean") end },
}

local label = tensor.normal({ opt.rows }, { seed = 1, purpose = "label" }):gt(0)
local function show(name, g, feed, x)
  if x then g:logistic(g:linear(x, { units = 1 })) end
  feed.label = label
  local m = g:build { batch = 1024 }
  m:fit(feed, { rows = tensor.arange(math.min(4096, opt.rows), "i32") })
  local result = m:fit(feed)
  print(("%-18s %10.0f rows/s %8.0f ns a row"):format(name, result.rows / result.seconds,
    1e9 * result.seconds / result.rows))
end
local function wanted(op) return opt.only == "" or opt.only == op[1] end

local dense = tensor.normal({ opt.rows, WIDTH }, { seed = 1, purpose = "x" })
for _, op in ipairs(on_rows) do
  local g = nn.graph()
  if wanted(op) then show(op[1], g, { x = dense }, op[2](g, g:linear(g:dense("x", WIDTH), { units = WIDTH }))) end
end

local function ids(n) return (base.permutation(n, 1, "ids"):to("f64") * (ITEMS / n)):to("i32") end
local feed = { item = ids(opt.rows), past = { items = ids(opt.rows * LENGTH),
  offsets = (tensor.arange(opt.rows + 1, "i64") * LENGTH):to "i64" } }
local vectors = { table = tensor.normal({ ITEMS, 16 }, { seed = 1 }), offset = tensor.new("i32", opt.rows) }
for _, op in ipairs(on_history) do
  local g = nn.graph()
  local query = g:embedding(g:ids("item", ITEMS), { dim = 16, name = "item" })
  local history = g:history("past", ITEMS, LENGTH)
  local sequence = g:embedding(history, { dim = 16, name = "item" })
  feed.vectors = op[1]:find "frozen" and vectors or nil
  if wanted(op) then show(op[1], g, feed, g:concat { query, op[2](g, query, sequence, history) }) end
end
