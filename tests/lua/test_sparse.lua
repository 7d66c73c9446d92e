-- core.sparse as Lua sees it: every function once, and its errors. The numbers are checked in C.
local lu = require "luaunit"
local core = require "lis.core"
local sparse, tensor = core.sparse, core.tensor

local function i32(list) return tensor.from(list, "i32") end

local function triples(csr)
  local out = {}
  local row, column, value = csr:triples()
  for k = 1, #row do
    out[k] = ("%d,%d=%g"):format(row:get(k), column:get(k), value:get(k))
  end
  return table.concat(out, " ")
end

local function small()
  return sparse.from_triples(3, 4, i32 { 2, 0, 0, 2 }, i32 { 1, 3, 0, 1 },
    tensor.from { 1, 2, 3, 4 })
end

TestCsr = {}

function TestCsr:testFromTriplesSumsAndSorts()
  local csr = small()
  lu.assertEquals(triples(csr), "0,0=3 0,3=2 2,1=5")
  lu.assertEquals({ csr:rows(), csr:columns(), csr:nnz() }, { 3, 4, 3 })
  lu.assertEquals(tostring(csr), "csr 3 x 4, 3 entries (25 %)")
  lu.assertEquals(triples(sparse.from_triples(1, 1, i32 { 0, 0 }, i32 { 0, 0 })), "0,0=2")
  lu.assertTrue(sparse.is(csr))
  lu.assertFalse(sparse.is(tensor.new("f32", 1)))
end

function TestCsr:testFromTriplesNamesTheBadTriple()
  lu.assertErrorMsgContains("row id 3 of triple 1 is outside [0, 3)",
    sparse.from_triples, 3, 3, i32 { 0, 3 }, i32 { 0, 0 })
  lu.assertErrorMsgContains("column", sparse.from_triples, 3, 3, i32 { 0, 1 }, i32 { 0 })
end

function TestCsr:testTransposeAddPermute()
  local csr = small()
  lu.assertEquals(triples(csr:transpose()), "0,0=3 1,2=5 3,0=2")
  lu.assertEquals(csr:add(csr, -1):nnz(), 0)
  lu.assertEquals(triples(csr:add(csr)), "0,0=6 0,3=4 2,1=10")
  local square = sparse.from_triples(3, 3, i32 { 0, 1 }, i32 { 1, 2 }, tensor.from { 7, 8 })
  lu.assertEquals(triples(square:permute(i32 { 2, 0, 1 })), "0,1=8 2,0=7")
  lu.assertErrorMsgContains("repeats 0", square.permute, square, i32 { 0, 0, 1 })
  lu.assertErrorMsgContains("square", csr.permute, csr, i32 { 0, 1, 2 })
end

function TestCsr:testTopKPruneSums()
  local csr = small()
  lu.assertEquals(triples(csr:top_k(1)), "0,0=3 2,1=5")
  lu.assertEquals(triples(csr:prune(3)), "0,0=3 2,1=5")
  lu.assertEquals(csr:row_sums():totable(), { 5, 0, 5 })
  lu.assertEquals(csr:row_sums():dtype(), "f64")
end

function TestCsr:testMatmul()
  local csr = small()
  local x = tensor.from { { 1, 0 }, { 0, 1 }, { 5, 5 }, { 10, 20 } }
  lu.assertEquals(csr:matmul(x):totable(), { { 23, 40 }, { 0, 0 }, { 0, 5 } })
  lu.assertEquals(csr:matmul(tensor.from { 1, 1, 1, 1 }):totable(), { 5, 0, 5 })
  lu.assertEquals(csr:matmul(tensor.from { 1, 1, 1 }, { transpose = true }):totable(),
    { 3, 5, 0, 2 })
  lu.assertErrorMsgContains("'x'", csr.matmul, csr, tensor.new("f32", 3, 2))
  lu.assertErrorMsgContains("did you mean 'transpose'", csr.matmul, csr, x, { transposed = true })
end

function TestCsr:testHashAndSymmetry()
  local csr = small()
  lu.assertEquals(#csr:hash(), 16)
  lu.assertEquals(csr:hash(), small():hash())
  lu.assertNotEquals(csr:hash(), csr:transpose():hash())
  lu.assertFalse(csr:is_symmetric())
  lu.assertTrue(sparse.from_triples(2, 2, i32 { 0, 1 }, i32 { 1, 0 }):is_symmetric())
end

function TestCsr:testSaveAndLoad()
  local path = os.tmpname()
  local csr = small()
  lu.assertTrue(rawequal(csr:save(path), csr))
  lu.assertEquals(sparse.load(path):hash(), csr:hash())
  local file = io.open(path, "r+b")
  file:seek("set", 50)
  file:write("x")
  file:close()
  lu.assertErrorMsgContains("checksum", sparse.load, path)
  os.remove(path)
  lu.assertErrorMsgContains(path, sparse.load, path)
end

function TestCsr:testPpmi()
  -- Two couples of items: each entry is 1 of 4, each marginal 1 of 4, so PMI = log 4.
  local graph = sparse.from_triples(4, 4, i32 { 0, 1, 2, 3 }, i32 { 1, 0, 3, 2 })
  local _, _, value = graph:ppmi():triples()
  lu.assertAlmostEquals(value:get(1), math.log(4), 1e-6)
  _, _, value = graph:ppmi { shift = 1, smoothing = 0.75 }:triples()
  lu.assertAlmostEquals(value:get(1), math.log(4) - 1, 1e-6)
  lu.assertErrorMsgContains("smoothing", graph.ppmi, graph, { smoothing = 0 })
end

function TestCsr:testSvd()
  local csr = small()
  local u, s, v = csr:svd { rank = 2 }
  lu.assertEquals({ u:shape(), s:shape(), v:shape() }, { { 3, 2 }, { 2 }, { 4, 2 } })
  lu.assertAlmostEquals(s:get(1), 5, 1e-5)
  lu.assertAlmostEquals(s:get(2), math.sqrt(13), 1e-5)
  lu.assertAlmostEquals(u:get(3, 1), 1, 1e-5)
  lu.assertAlmostEquals(v:get(2, 1), 1, 1e-5)
  lu.assertErrorMsgContains("rank 4 of a matrix of 3 x 4; it must lie in [1, 3]",
    csr.svd, csr, { rank = 4 })
  lu.assertErrorMsgContains("did you mean 'rank'", csr.svd, csr, { rang = 4 })
end

function TestCsr:testAClosedMatrixSaysSo()
  local csr = small()
  csr:close()
  lu.assertErrorMsgContains("closed", csr.nnz, csr)
  lu.assertEquals(tostring(csr), "csr (closed)")
end

TestCooccurrence = {}

-- user 0: items 0 1 2 at times 1 2 9; user 1: items 0 1; user 2: item 3 only, and a masked event
local function log(extra)
  local options = {
    user = i32 { 0, 0, 0, 1, 1, 2, 2 }, item = i32 { 0, 1, 2, 1, 0, 3, 0 }, users = 3, items = 4,
    time = tensor.from({ 1, 2, 9, 5, 5, 1, 2 }, "i64"),
    keep = tensor.from({ 1, 1, 1, 1, 1, 1, 0 }, "u8"),
  }
  for key, value in pairs(extra or {}) do options[key] = value end
  return options
end

function TestCooccurrence:testCounts()
  local counts = sparse.cooccurrence(log())
  lu.assertEquals(triples(counts), "0,1=2 0,2=1 1,0=2 1,2=1 2,0=1 2,1=1")
  lu.assertTrue(counts:is_symmetric())
end

function TestCooccurrence:testOptions()
  lu.assertEquals(triples(sparse.cooccurrence(log { max_gap = 1.5 })), "0,1=2 1,0=2")
  lu.assertEquals(triples(sparse.cooccurrence(log { max_per_user = 2 })),
    "0,1=1 1,0=1 1,2=1 2,1=1")
  lu.assertEquals(triples(sparse.cooccurrence(log { discount = "inverse" })),
    "0,1=1.5 0,2=0.5 1,0=1.5 1,2=0.5 2,0=0.5 2,1=0.5")
  lu.assertEquals(triples(sparse.cooccurrence(log { min_support = 2 })), "0,1=2 1,0=2")
  lu.assertEquals(triples(sparse.cooccurrence(log { top_k = 1 })), "0,1=2 1,0=2 2,0=1")
  lu.assertEquals(sparse.cooccurrence(log { distinct = false }):nnz(), 6)
end

function TestCooccurrence:testPlan()
  local plan = sparse.cooccurrence_plan(log())
  lu.assertEquals(plan.events, 6)
  lu.assertTrue(plan.entries >= 6 and plan.bytes > 6 * 8 and plan.additions >= 13)
end

function TestCooccurrence:testErrors()
  local function fails(words, extra)
    lu.assertErrorMsgContains(words, sparse.cooccurrence, log(extra))
  end
  fails("did you mean 'max_gap'", { maxgap = 3 })
  fails("item id 4 of event 0", { item = i32 { 4, 1, 2, 1, 0, 3, 0 } })
  fails("'none', 'log' or 'inverse'", { discount = "linear" })
  fails("max_gap", { max_gap = -2 })
  fails("max_per_user", { max_per_user = 0 })
  fails("raise max_bytes", { max_bytes = 10 })
  fails("keep", { keep = tensor.new("u8", 2) })
  local options = log()
  options.users = nil
  lu.assertErrorMsgContains("option 'users' is missing", sparse.cooccurrence, options)
  lu.assertErrorMsgContains("option 'user' is missing", sparse.cooccurrence)
  options = log { max_gap = 3 }
  options.time = nil
  lu.assertErrorMsgContains("pass `time`", sparse.cooccurrence, options)
end

function TestCooccurrence:testSessions()
  local options = log()
  options.item, options.items = nil, nil
  options.max_gap = 3
  local session, count = sparse.sessions(options)
  lu.assertEquals(session:totable(), { 0, 0, 3, 2, 2, 1, -1 })
  lu.assertEquals(count, 4)
  local pairs_in = sparse.cooccurrence(log { user = session, users = count })
  lu.assertEquals(triples(pairs_in), "0,1=2 1,0=2")
  options.max_gap = nil
  lu.assertErrorMsgContains("option 'max_gap' is missing", sparse.sessions, options)
end

TestSimilarity = {}

local function ratings(extra)
  local options = log(extra)
  options.time = nil
  return sparse.interactions(options)
end

function TestSimilarity:testInteractions()
  lu.assertEquals(triples(ratings()), "0,0=1 0,1=1 0,2=1 1,0=1 1,1=1 2,3=1")
  local twice = { user = i32 { 0, 0, 1 }, item = i32 { 1, 1, -1 }, users = 2, items = 2 }
  lu.assertEquals(triples(sparse.interactions(twice)), "0,1=2")
  twice.distinct = true
  lu.assertEquals(triples(sparse.interactions(twice)), "0,1=1")
  lu.assertErrorMsgContains("unknown option 'time'", sparse.interactions, log())
end

function TestSimilarity:testMultiply()
  local r = ratings()
  local met = r:transpose():multiply(r)
  lu.assertEquals(triples(met), "0,0=2 0,1=2 0,2=1 1,0=2 1,1=2 1,2=1 2,0=1 2,1=1 2,2=1 3,3=1")
  lu.assertEquals(triples(r:transpose():multiply(r, { top_k = 1 })), "0,0=2 1,0=2 2,0=1 3,3=1")
  lu.assertErrorMsgContains("inner sizes", r.multiply, r, r)
end

function TestSimilarity:testItemcf()
  local r = ratings()
  lu.assertEquals(triples(r:itemcf { similarity = "jaccard" }), "0,1=1 0,2=0.5 1,0=1 1,2=0.5 2,0=0.5 2,1=0.5")
  local _, _, value = r:itemcf():triples()
  lu.assertAlmostEquals(value:get(2), 1 / math.sqrt(2), 1e-6)
  lu.assertEquals(r:itemcf { top_k = 1 }:nnz(), 3)
  lu.assertTrue(r:itemcf { similarity = "tfidf" }:is_symmetric())
  lu.assertEquals(r:itemcf { similarity = "bm25", k1 = 2, b = 0 }:rows(), 4)
  lu.assertErrorMsgContains("'cosine', 'jaccard', 'tfidf' or 'bm25'", r.itemcf, r, { similarity = "dice" })
  lu.assertErrorMsgContains("bm25", r.itemcf, r, { b = 2 })
end

function TestSimilarity:testSwing()
  local swing = sparse.swing(log())
  lu.assertEquals(swing:nnz(), 2)
  local _, _, value = swing:triples()
  lu.assertAlmostEquals(value:get(1), 1 / (math.sqrt(6) * 3), 1e-6)
  lu.assertEquals(sparse.swing(log { max_users = 1 }):nnz(), 0)
  lu.assertErrorMsgContains("alpha", sparse.swing, log { alpha = -1 })
  lu.assertErrorMsgContains("did you mean 'alpha'", sparse.swing, log { alhpa = 1 })
end

TestVectors = {}

function TestVectors:testKnn()
  local x = tensor.from { { 1, 0 }, { 2, 0.1 }, { 0, 3 }, { 0, 1 } }
  lu.assertEquals(sparse.knn(x, { k = 1 }):nnz(), 4)
  local row, column = sparse.knn(x, { k = 1 }):triples()
  lu.assertEquals(row:totable(), { 0, 1, 2, 3 })
  lu.assertEquals(column:totable(), { 1, 0, 3, 2 })
  local query = tensor.from { { 1, 1 } }
  lu.assertEquals(triples(sparse.knn(x, { k = 2, metric = "dot", query = query })), "0,1=2.1 0,2=3")
  lu.assertEquals(triples(sparse.knn(x, { k = 1, metric = "euclidean", query = query })), "0,0=-1")
  lu.assertErrorMsgContains("'dot', 'cosine' or 'euclidean'", sparse.knn, x, { metric = "l2" })
  lu.assertErrorMsgContains("vectors", sparse.knn, x, { query = tensor.new("f32", 1, 3) })
end

function TestVectors:testResidualCodes()
  local x = tensor.from { { 0, 0 }, { 0, 1 }, { 9, 9 }, { 9, 10 } }
  local codes, centroids, left = sparse.residual_codes(x, { levels = 2, codes = 2 })
  lu.assertEquals({ codes:dtype(), codes:shape() }, { "i32", { 4, 2 } })
  lu.assertEquals(centroids:shape(), { 4, 2 })
  lu.assertEquals(codes:get(1, 1), codes:get(2, 1))
  lu.assertNotEquals(codes:get(1, 1), codes:get(3, 1))
  lu.assertEquals(left:totable(), { 0.25, 0 })
  lu.assertEquals(sparse.residual_encode(x, centroids, 2):totable(), codes:totable())
  lu.assertErrorMsgContains("5 codes for 4 vectors", sparse.residual_codes, x, { codes = 5 })
  lu.assertErrorMsgContains("3 levels of equal size", sparse.residual_encode, x, centroids, 3)
end

os.exit(lu.LuaUnit.run(), true)
