-- core.nn from Lua: building, binding columns, training, predicting, and what mistakes say.
local lu = require "luaunit"
local core = require "lis.core"
local nn, tensor, base = core.nn, core.tensor, core.base

local ROWS <const> = 400

local function log()
  local user, item, label, price, vectors = {}, {}, {}, {}, {}
  for r = 1, ROWS do
    user[r], item[r] = (r * 7) % 11, (r * 5) % 13
    price[r] = { (r % 10) / 10 - 0.5, (r % 3) - 1 }
    label[r] = (user[r] % 2 == 0) and item[r] % 3 ~= 0 and 1 or 0
  end
  for i = 1, 13 do vectors[i] = { i / 13, -i / 13, i % 2 } end
  return {
    user = tensor.from(user, "i32"), item = tensor.from(item, "i32"), price = tensor.from(price),
    text = { table = tensor.from(vectors), index = tensor.from(item, "i32") },
    label = tensor.from(label, "u8"),
  }
end

local function model(seed)
  local g = nn.graph { seed = seed or 1 }
  local user, item = g:ids("user", 11), g:ids("item", 13)
  local e1 = g:embedding(user, { dim = 4, name = "user_vector" })
  local e2 = g:embedding(item, { dim = 4, name = "item_vector", init = 0.1 })
  local x = g:concat { e1, e2, e1 * e2, g:dense("price", 2), g:dense("text", 3) }
  local h = g:linear(x, { units = 16, activation = "relu", name = "hidden" })
  local logit = g:linear(h, { units = 1, bias = false }) + g:fm { e1, e2 }
  g:logistic(logit)
  return g:build { batch = 64 }, g
end

TestNn = {}

function TestNn:test_learns()
  local m, feed = model(), log()
  local first = m:fit(feed, { shuffle_seed = 1, dense_lr = 0.01 })
  local last = m:fit(feed, { epochs = 40, shuffle_seed = 2, dense_lr = 0.01 })
  lu.assertEquals(last.rows, 40 * ROWS)
  lu.assertEquals(last.steps, 40 * 7)
  lu.assertTrue(first.loss > 0.3 and last.loss < 0.05)
  local logit = m:predict(feed, tensor.from({ 0, 1, 2 }, "i32"))
  lu.assertEquals(logit:size(1), 3)
  lu.assertEquals(logit:dtype(), "f32")
  for r = 1, 3 do lu.assertEquals(logit[r] > 0, feed.label[r] == 1) end
end

function TestNn:test_same_at_any_thread_count()
  local feed, hashes, before = log(), {}, base.threads()
  for k, threads in ipairs { 1, 2, 4 } do
    base.threads(threads)
    local m = model()
    m:fit(feed, { epochs = 2, shuffle_seed = 3 })
    hashes[k] = m:predict(feed):hash()
  end
  base.threads(before)
  lu.assertEquals(hashes[1], hashes[2])
  lu.assertEquals(hashes[1], hashes[3])
end

function TestNn:test_ahead_is_the_logit_before_learning()
  local feed, m = log(), model()
  local untrained, ahead = m:predict(feed), tensor.full("f32", 9, ROWS)
  m:fit(feed, { rows = tensor.arange(64, "i32"), ahead = ahead })
  lu.assertEquals(ahead:slice(1, 1, 64):totable(), untrained:slice(1, 1, 64):totable())
  lu.assertEquals(ahead[65], 9)
  lu.assertErrorMsgContains("ahead", m.fit, m, feed, { ahead = tensor.new("f32", 3) })
end

function TestNn:test_parameters_are_views_that_keep_the_model()
  local m, feed = model(), log()
  local p = m:parameters()
  lu.assertEquals(p.user_vector:shape(), { 11, 4 })
  lu.assertEquals(p["hidden.weight"]:shape(), { 17, 16 })
  lu.assertEquals(p["hidden.bias"]:shape(), { 1, 16 })
  local before = p.user_vector:hash()
  m:fit(feed)
  lu.assertNotEquals(p.user_vector:hash(), before)
  m:close()
  collectgarbage()
  lu.assertTrue(p.user_vector[1][1] == p.user_vector[1][1])
  lu.assertErrorMsgContains("closed", m.fit, m, feed)
end

function TestNn:test_progress_and_early_stop()
  local m, feed, seen = model(), log(), {}
  local result = m:fit(feed, { epochs = 3, progress_every = 0, progress = function(info)
    seen[#seen + 1] = info
    if #seen == 5 then return false end
  end })
  lu.assertTrue(result.stopped)
  lu.assertEquals(result.steps, 5)
  lu.assertEquals(#seen, 5)
  lu.assertEquals(seen[5].done, 5 * 64)
  lu.assertEquals(seen[5].rows, 3 * ROWS)
  lu.assertEquals(seen[5].epoch, 1)
  lu.assertErrorMsgContains("from the callback", m.fit, m, feed,
    { progress_every = 0, progress = function() error("from the callback") end })
  lu.assertEquals(m:fit(feed, { progress_every = 0, progress = function() m:close() end }).steps, 7)
end

function TestNn:test_precision()
  local feed = { user = log().user }
  local function build(precision)
    local g = nn.graph { seed = 1 }
    local x = g:embedding(g:ids("user", 11), { dim = 4, init = 0.5 })
    g:logistic(g:linear(g:linear(x, { units = 16, activation = "relu" }), { units = 1 }))
    return g:build { batch = 64, precision = precision }
  end
  local full, half = build(), build "bf16"
  lu.assertEquals({ full:precision(), half:precision() }, { "f32", "bf16" })
  lu.assertStrContains(tostring(half), "model in bf16 (" .. base.machine().bf16 .. ")")
  lu.assertEquals(half:parameters()["linear_1.weight"]:hash(), full:parameters()["linear_1.weight"]:hash())
  local a, b = full:predict(feed), half:predict(feed)
  lu.assertNotEquals(a:hash(), b:hash())
  for r = 1, ROWS do lu.assertAlmostEquals(a[r], b[r], 0.02) end
  lu.assertErrorMsgContains("there is no precision 'bf61'; there are 'f32', 'bf16'", build, "bf61")
end

local function resident()
  for line in io.lines "/proc/self/status" do
    local kilobytes = line:match "VmRSS:%s*(%d+) kB"
    if kilobytes then return tonumber(kilobytes) end
  end
end

-- A sanitizer keeps for a while what Lua has dropped.
local function room()
  for line in io.lines "/proc/self/maps" do
    if line:find "lib[at]san" then return 64000 end
  end
  return 4000
end

-- By the core's own count to the byte, and as the system sees it.
function TestNn:test_memory_is_flat_over_a_run()
  local m, feed, live, seen = model(), log(), {}, {}
  local function watch(info)
    if info.done < 20 * ROWS then return end
    live[#live + 1], seen[#seen + 1] = base.memory().live, resident()
  end
  local function run()
    m:fit(feed, { epochs = 200, shuffle_seed = 1, progress_every = 0, progress = watch })
    m:predict(feed)
    collectgarbage()
  end
  run()
  for i = 2, #live do lu.assertEquals(live[i], live[1]) end
  local before = base.memory().live
  run()
  lu.assertEquals(base.memory().live, before)
  lu.assertTrue(#seen > 2000)
  lu.assertTrue(seen[#seen] - seen[1] < room(), ("%d to %d kB"):format(seen[1], seen[#seen]))
end

function TestNn:test_lists_of_items_as_history()
  local g = nn.graph()
  local item = g:embedding(g:ids("item", 13), { dim = 4, name = "v", init = 0.5 })
  local past = g:embedding(g:history("past", 13, 2), { dim = 4, name = "v" })
  g:logistic(g:linear(g:concat { item, g:pool(past, "mean") }, { units = 1 }))
  local m = g:build { batch = 16 }
  local feed = {
    item = tensor.from({ 1, 2, 3 }, "i32"), label = tensor.from({ 0, 1, 0 }, "u8"),
    past = { items = tensor.from({ 5, 6, 7, 8 }, "i32"), offsets = tensor.from({ 0, 3, 3, 4 }, "i64") },
  }
  local before = m:predict(feed)
  m:fit(feed)
  lu.assertNotEquals(m:predict(feed):hash(), before:hash())
  local p = m:parameters().v
  feed.past.items[1] = 9 -- beyond the latest two of row 1: not read
  local unchanged = m:predict(feed):hash()
  feed.past.items[1] = 5
  lu.assertEquals(m:predict(feed):hash(), unchanged)
  lu.assertEquals(p:shape(), { 13, 4 })
  feed.past.offsets = tensor.from({ 0, 3, 2, 4 }, "i64")
  lu.assertErrorMsgContains("row 1 has events [3, 2) of 4", m.fit, m, feed)
end

function TestNn:test_a_killed_fit_resumes_to_the_same_bytes()
  local feed, path = log(), os.tmpname()
  local options = { epochs = 2, shuffle_seed = 5, schedule = "cosine", clip = 1, progress_every = 0 }
  local whole, killed, resumed = model(), model(), model(9)
  whole:fit(feed, options)
  options.progress = function(info)
    if info.done < ROWS + 128 then return end
    killed:save(path)
    return false
  end
  killed:fit(feed, options)
  options.progress, options.skip = nil, resumed:load(path)
  lu.assertEquals(options.skip, ROWS + 128)
  resumed:fit(feed, options)
  lu.assertEquals(resumed:predict(feed):hash(), whole:predict(feed):hash())
  local warm = model(7)
  lu.assertEquals(warm:adopt(whole), 5)
  lu.assertEquals(warm:predict(feed):hash(), whole:predict(feed):hash())
  options.skip = nil -- the optimiser's state came along: both go on alike
  warm:fit(feed, options)
  whole:fit(feed, options)
  lu.assertEquals(warm:predict(feed):hash(), whole:predict(feed):hash())
  os.remove(path)
  lu.assertErrorMsgContains(path, warm.load, warm, path)
end

function TestNn:test_tasks_optimisers_and_a_transformer_block()
  local g = nn.graph()
  local past = g:history("past", 13, 4)
  local x = g:embedding(past, { dim = 8, name = "v" }) + g:position(past, { dim = 8 })
  local function project(y) return g:linear(y, { units = 8 }) end
  x = g:layer_norm(x + g:attend(project(x), project(x), project(x), 2))
  local h = g:dropout(g:pool(x, "mean"), 0.1)
  g:logistic(g:linear(h, { units = 1 }))
  g:squared_error(g:linear(h, { units = 1 }), g:dense("stay", 1), { share = 0.5 })
  local m = g:build { batch = 32, table_optimiser = "row_adagrad", dense_optimiser = "adagrad" }
  local feed = { past = { items = tensor.from({ 1, 2, 3, 4, 5, 6 }, "i32"),
    offsets = tensor.from({ 0, 2, 5, 6 }, "i64") }, label = tensor.from({ 1, 0, 1 }, "u8"),
    stay = tensor.from { 0.5, 2, 1 } }
  m:fit(feed, { epochs = 3, table_lr = 0.1, dense_lr = 0.01, warmup = 2, schedule = "linear" })
  local rows = tensor.from({ 2, 0 }, "i32")
  lu.assertNotEquals(m:predict(feed, rows, { head = 2 }):hash(), m:predict(feed, rows):hash())
  lu.assertErrorMsgContains("head 3 of 2", m.predict, m, feed, rows, { head = 3 })
  lu.assertErrorMsgContains("'row_adagrad'", g.build, g, { table_optimiser = "adagard" })
end

-- The recipe that times operations knows every one of them.
function TestNn:test_every_operation_is_timed()
  local here = debug.getinfo(1, "S").source:match "^@(.*)/"
  local file <close> = assert(io.open(here .. "/../../recipes/bench_ops.lua"))
  local text = file:read "a"
  for _, op in ipairs(nn.ops()) do
    lu.assertTrue(text:find("g:" .. op .. "%f[%W]") ~= nil or text:find('"' .. op .. '"', 1, true) ~= nil, op)
  end
end

local function with(changes)
  local feed = log()
  for name, value in pairs(changes) do feed[name] = value or nil end
  return feed
end

function TestNn:test_mistakes_are_named()
  local m, g = model()
  local cases = {
    { "'item' (ids) has no data", with { item = false } },
    { "needs the column 'label'", with { label = false } },
    { "has no input 'price2'; it has: user, item, price, text", with { price2 = log().price } },
    { "rows and another has", with { user = tensor.from({ 1, 2, 3 }, "i32") } },
    { "the id of row 0 is 12, outside [0, 11)", with { user = tensor.full("i32", 12, ROWS) } },
    { "width 2, but its data has 3 columns", with { price = tensor.new("f32", ROWS, 3) } },
    { "wanted a tensor, a history or a table", with { user = "x" } },
    { "declared as ids, but dense", with { user = tensor.new("f32", ROWS) } },
    { "{table = vectors, index = codes}", with { text = { table = log().price } } },
  }
  for _, case in ipairs(cases) do lu.assertErrorMsgContains(case[1], m.fit, m, case[2]) end
  lu.assertErrorMsgContains("did you mean 'epochs'", m.fit, m, log(), { epoch = 3 })
  lu.assertErrorMsgContains("rows", m.fit, m, log(), { rows = tensor.from({ 1.5 }) })
  lu.assertErrorMsgContains("element 0 is 400", m.predict, m, log(), tensor.from({ 400 }, "i32"))
  lu.assertErrorMsgContains("has been built", g.ids, g, "more", 3)
  local other = nn.graph()
  local x = other:dense("x", 3)
  lu.assertErrorMsgContains("did you mean 'units'", other.linear, other, x, { unit = 3 })
  lu.assertErrorMsgContains("'relu'", other.activation, other, x, "rlu")
  lu.assertErrorMsgContains("another graph", other.sum, other, { x, nn.graph():dense("y", 3) })
  lu.assertErrorMsgContains("no loss", other.build, other)
  lu.assertErrorMsgContains("needs option 'vocab'", other.ids, other, "user")
  lu.assertErrorMsgContains("wanted a node", other.concat, other, x, 3)
  lu.assertEquals(tostring(x), "lis.node 'x' [3]")
end

os.exit(lu.LuaUnit.run(), true)
