-- What each operation of the ranker's graph costs: rows a second of a training loop that is little
-- else, beside the same loop without it. Rows are 64 wide, histories 20 long.
local lis = require "lis"
local core = require "lis.core"
local nn, tensor, base = core.nn, core.tensor, core.base

local opt = lis.options {
  rows = { default = 100000, type = "integer", min = 1 },
  only = { default = "", type = "string", help = "one operation" },
}

local WIDTH <const>, LENGTH <const>, ITEMS <const> = 64, 20, 10000

-- { name, f(g, x) -> a node of any width }
local on_rows = {
  { "nothing", function(_, x) return x end },
  { "linear", function(g, x) return g:linear(x, { units = WIDTH, activation = "relu" }) end },
  { "cross", function(g, x) return g:cross(x, x) end },
  { "cross, rank 8", function(g, x) return g:cross(x, x, { rank = 8 }) end },
  { "product", function(_, x) return x * x end },
  { "fm", function(g, x) return g:fm { x, x } end },
  { "dot", function(g, x) return g:dot { x, x } end },
  { "sigmoid", function(g, x) return g:activation(x, "sigmoid") end },
  { "gelu", function(g, x) return g:gelu(x) end },
  { "prelu", function(g, x) return g:prelu(x) end },
  { "dice", function(g, x) return g:dice(x) end },
  { "layer_norm", function(g, x) return g:layer_norm(x) end },
  { "batch_norm", function(g, x) return g:batch_norm(x) end },
  { "dropout", function(g, x) return g:dropout(x, 0.2) end },
  { "softmax", function(g, x) return g:softmax(x) end },
}

-- { name, f(g, query, sequence, history) -> rows }, 16 wide
local on_history = {
  { "pool", function(g, _, s) return g:pool(s, "mean") end },
  { "bag", function(g, _, _, h) return g:bag(h, { dim = 16, mode = "mean", name = "item" }) end },
  { "bag, weighted", function(g, _, _, h)
    return g:bag(h, g:position(h, { dim = 1 }), { dim = 16, name = "item" })
  end },
  { "linear, then pool", function(g, _, s) return g:pool(g:linear(s, { units = 16 }), "mean") end },
  { "attention", function(g, q, s) return g:attention(q, s, { hidden = 36 }) end },
  { "attend, target", function(g, q, s) return g:attend(q, s, s, { heads = 2 }) end },
  { "attend, itself", function(g, _, s) return g:pool(g:attend(s, s, s, { heads = 2 }), "mean") end },
}

local function show(name, g, x, feed)
  if opt.only ~= "" and opt.only ~= name then return end
  g:logistic(g:linear(x, { units = 1 }))
  feed.label = tensor.normal({ opt.rows }, { seed = 1, purpose = "label" }):gt(0)
  local m = g:build { batch = 1024 }
  m:fit(feed, { rows = tensor.arange(math.min(4096, opt.rows), "i32") })
  local result = m:fit(feed)
  print(("%-18s %10.0f rows/s %8.0f ns a row"):format(name, result.rows / result.seconds,
    1e9 * result.seconds / result.rows))
end

local dense = tensor.normal({ opt.rows, WIDTH }, { seed = 1, purpose = "x" })
for _, op in ipairs(on_rows) do
  local g = nn.graph()
  show(op[1], g, op[2](g, g:linear(g:dense("x", WIDTH), { units = WIDTH })), { x = dense })
end

local function ids(n) return (base.permutation(n, 1, "ids"):to("f64") * (ITEMS / n)):to("i32") end
local items, offsets = ids(opt.rows), tensor.arange(opt.rows + 1, "i64") * LENGTH
local past = { items = ids(opt.rows * LENGTH), offsets = offsets:to("i64") }
for _, op in ipairs(on_history) do
  local g = nn.graph()
  local query = g:embedding(g:ids("item", ITEMS), { dim = 16, name = "item" })
  local history = g:history("past", ITEMS, LENGTH)
  local sequence = g:embedding(history, { dim = 16, name = "item" })
  show(op[1], g, g:concat { query, op[2](g, query, sequence, history) }, { item = items, past = past })
end
