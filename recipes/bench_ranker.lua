-- How fast a ranker trains: DIN or DeepFM at one fixed shape, on random rows, the training loop alone.
local lis = require "lis"
local nn, tensor, base = lis.core.nn, lis.core.tensor, lis.core.base
local opt = lis.options {
  model = { default = "din", choices = { "din", "deepfm" } },
  rows = { default = 200000, type = "integer", min = 1 },
  epochs = { default = 1, type = "integer", min = 1, help = "a longer run over the same rows" },
  batch = { default = 1024, type = "integer", min = 1 },
  precision = { default = "f32", choices = { "f32", "bf16" } },
  json = { default = false, type = "boolean", help = "end with one line of JSON" },
}

-- Ids as a long tail: vocab ^ u, u uniform.
local function zipf(n, vocab, purpose)
  local u = (base.permutation(n, opt.seed, purpose):to("f64") + 0.5) / n
  return (u * math.log(vocab)):exp():clamp(0, vocab - 1):to("i32")
end

local function mlp(g, x)
  for _, units in ipairs { 256, 128, 64 } do x = g:linear(x, { units = units, activation = "relu" }) end
  return g:linear(x, { units = 1 })
end

local models, DIM <const>, LENGTH <const> = {}, 16, 50

function models.din(g, feed)
  local v, vocab_of = {}, { user = 100000, item = 50000, cat = 500, author = 10000, hour = 24 }
  for k, name in ipairs { "user", "item", "cat", "author", "hour" } do
    v[k] = g:embedding(g:ids(name, vocab_of[name]), { dim = DIM, name = name .. "_vector" })
    feed[name] = zipf(opt.rows, vocab_of[name], name)
  end
  local place, offsets = base.permutation(opt.rows, opt.seed, "length"), { 0 }
  for r = 1, opt.rows do offsets[r + 1] = offsets[r] + 1 + place[r] * LENGTH // opt.rows end
  feed.past = { items = zipf(offsets[#offsets], 50000, "past"), offsets = tensor.from(offsets, "i64") }
  feed.content = tensor.normal({ opt.rows, 64 }, { seed = opt.seed, purpose = "content" })
  local past = g:embedding(g:history("past", 50000, LENGTH), { dim = DIM, name = "item_vector" })
  v[6], v[7] = g:attention(v[2], past, { hidden = 36, activation = "relu" }), g:dense("content", 64)
  g:logistic(mlp(g, g:concat(v)))
  return 6 * (50 * (64 * 36 + 36) + 160 * 256 + 256 * 128 + 128 * 64 + 64)
end

function models.deepfm(g, feed)
  local v, w, x = {}, {}, g:dense("dense", 13)
  for k = 1, 26 do
    local name = "field" .. k
    local ids = g:ids(name, 40000)
    v[k], w[k] = g:embedding(ids, { dim = DIM }), g:embedding(ids, { dim = 1, init = 0 })
    feed[name] = zipf(opt.rows, 40000, name)
  end
  feed.dense = tensor.normal({ opt.rows, 13 }, { seed = opt.seed, purpose = "dense" })
  local shallow = g:fm(v) + g:sum(w) + g:linear(x, { units = 1 })
  v[27] = x
  g:logistic(mlp(g, g:concat(v)) + shallow)
  return 6 * (429 * 256 + 256 * 128 + 128 * 64 + 64)
end

-- The best of a few products of matrices, large enough for as many threads as training has.
local function peak_gflops()
  local rows, best, b = 256 * math.max(4, base.threads()), 0, tensor.normal({ 1024, 1024 }, { purpose = "peak" })
  for k = 1, 8 do
    local a, begun = tensor.normal({ rows, 1024 }, { seed = k, purpose = "peak" }), base.clock()
    best = math.max(best, 2 * rows * 1024 ^ 2 / 1e9 / (tensor.matmul(a, b) and base.clock() - begun))
  end
  return best
end

local g, feed = nn.graph { seed = opt.seed }, {}
local flop = models[opt.model](g, feed)
feed.label = tensor.normal({ opt.rows }, { seed = opt.seed, purpose = "label" }):gt(0.524) -- 30 %
local m = g:build { batch = opt.batch, precision = opt.precision }
m:fit(feed, { rows = tensor.arange(math.min(5 * opt.batch, opt.rows), "i32") })
local rss_start = base.resident()
local result = m:fit(feed, { epochs = opt.epochs })
local rss_end, rate, peak = base.resident(), result.rows / result.seconds, peak_gflops()
local out = { model = opt.model, batch = opt.batch, precision = opt.precision, threads = base.threads(),
  rows_per_s = rate, gflops = rate * flop / 1e9, sgemm_peak_gflops = peak, peak_fraction = rate * flop / 1e9 / peak,
  rss_start = rss_start, rss_end = rss_end }
print(("%s, batch %d, %d threads: %.0f rows/s, %.1f GFLOP/s, %.2f of the peak of %.1f"):format(
  out.model, out.batch, out.threads, rate, out.gflops, out.peak_fraction, out.sgemm_peak_gflops))
if opt.json then print(base.json_encode(out, { indent = 0 })) end
