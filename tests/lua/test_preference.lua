-- What each constructor counts, by its definition, on logs small enough to count by hand.
local lu = require "luaunit"
local core = require "lis.core"
local leak = require "lis.leak"
local log = require "lis.log"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local split = require "lis.split"
local toy = require "toy"

TestPreference = {}

local function triples(csr)
  local out, row, column, value = {}, csr:triples()
  for k = 1, #row do out[k] = ("%d,%d=%g"):format(row[k], column[k], value[k]) end
  return table.concat(out, " ")
end

local function small()
  return toy.log({
    { 0, 0, 0, 1 }, { 0, 1, 0, 0 }, { 0, 2, 0, 0 }, { 1, 0, 5, 1 }, { 1, 2, 10, 1 }, { 0, 1, 100, 1 },
    { 0, 2, 110, 1 }, { 1, 3, 120, 0 },
  }, 2, 4)
end

local function evidence(made, l) return made.evidence(l, made.events(l)) end

function TestPreference:test_coengagement_and_coexposure()
  lu.assertEquals(triples(evidence(preference.coengagement { discount = "none" }, small())),
    "0,1=1 0,2=2 1,0=1 1,2=1 2,0=2 2,1=1")
  lu.assertEquals(triples(evidence(preference.coengagement { discount = "none", min_support = 2 }, small())),
    "0,2=2 2,0=2")
  lu.assertStrContains(triples(evidence(preference.coexposure { discount = "none" }, small())), "2,3=1")
end

-- User 0 comes with items 3 and 1 behind it; user 1's list counts only where one of its rows is kept.
function TestPreference:test_histories_from_before_the_log_count_on_request()
  local l = small()
  local ids = function(list) return core.tensor.from(list, "i32") end
  l.seeds = { row = ids { 0, 0, 0, 1, 1, 0, 0, -1 }, offset = core.tensor.from({ 0, 2, 3 }, "i64"), item = ids { 3, 1, 1 } }
  local made = preference.coengagement { discount = "none", before = true }
  local one = made.evidence(l, l.user:eq(0):land(l.label))
  lu.assertEquals(triples(one), "0,1=1 0,2=1 0,3=1 1,0=1 1,2=1 1,3=1 2,0=1 2,1=1 2,3=1 3,0=1 3,1=1 3,2=1")
  lu.assertStrContains(triples(evidence(made, l)), "0,1=2")
  lu.assertEquals(triples(evidence(preference.coengagement { discount = "none" }, l)),
    triples(evidence(preference.coengagement { discount = "none" }, small())))
end

function TestPreference:test_sessions_end_at_the_gap()
  local made = preference.sessions { gap = 50, discount = "none" }
  lu.assertEquals(triples(evidence(made, small())), "0,2=1 1,2=1 2,0=1 2,1=1")
end

function TestPreference:test_triggers_lead_to_targets()
  local l = small()
  lu.assertErrorMsgContains("item_fields", evidence, preference.trigger { column = "anchor" }, l)
  l.fields.anchor = core.tensor.from({ 3, 3, 3, 0, 3, -1, 1, 0 }, "i32")
  -- engaged rows: 0 after 3; 0 after 0 (itself); 2 after 3; 1 after nothing; 2 after 1
  lu.assertEquals(triples(evidence(preference.trigger { column = "anchor" }, l)),
    "0,3=1 1,2=1 2,1=1 2,3=1 3,0=1 3,2=1")
end

function TestPreference:test_triples_are_pages()
  local e = evidence(preference.triples {}, small())
  lu.assertEquals({ toy.list(e.user), toy.list(e.chosen), toy.list(e.rejected) }, { { 0, 0 }, { 0, 0 }, { 1, 2 } })
  lu.assertEquals(#evidence(preference.triples { max_rejected = 1 }, small()).chosen, 1)
  local lone = toy.log({ { 0, 0, 1, 1 }, { 0, 1, 2, 0 } }, 1, 2)
  lu.assertErrorMsgContains("a page is the rows of one user at one time", evidence, preference.triples {}, lone)
end

function TestPreference:test_embeddings_are_a_trained_table()
  local l = small()
  local deepfm = ranker.deepfm { dim = 3, hidden = { 4 }, epochs = 1 }
  local made = preference.embeddings { ranker = deepfm }
  local all = evidence(made, l)
  lu.assertEquals(all:shape(), { 4, 3 })
  local model <close>, feed = deepfm:build(l, {}, 1)
  model:fit(feed, { rows = core.tensor.arange(l.rows, "i32"), epochs = 1, shuffle_seed = 1, table_lr = 0.05,
    dense_lr = 1e-3, l2 = 0 })
  lu.assertEquals(all:hash(), model:parameters().item:copy():hash())
  local few = made.evidence(l, l.time:le(0)) -- item 3 is not shown yet
  lu.assertEquals((few * few):sum(2):gt(0):totable(), { 1, 1, 1, 0 })
  lu.assertErrorMsgContains("no parameter 'itm'; did you mean 'item'", evidence,
    preference.embeddings { ranker = deepfm, table = "itm" }, l)
  lu.assertErrorMsgContains("name the item table", evidence,
    preference.embeddings { ranker = deepfm, table = "user" }, l)
end

local function with_file(text, fn)
  local path = os.tmpname()
  core.base.save(path, text)
  local ok, message = pcall(fn, path)
  os.remove(path)
  if not ok then error(message, 0) end
end

function TestPreference:test_external_pairs_are_matched_by_id()
  with_file("item_id\tother_id\tscore\n0\t1\t2\n1\t0\t1\n2\t9\t1\n3\t3\t1\n", function(path)
    local made = preference.external(path, { weight = "score" })
    lu.assertEquals(triples(made.evidence(small())), "0,1=3 1,0=3")
    local l = small()
    local s = split.by_time(l, { test = 0.4 })
    local a = leak.crossfit(made, l, s)
    lu.assertStrContains(tostring(a), "2 of 4 lines of the file matched")
    lu.assertTrue(a.leaked)
    lu.assertErrorMsgContains("made_at", leak.history, made, l, s)
    lu.assertFalse(leak.history(preference.external(path, { made_at = 5 }), l, s).leaked)
  end)
  with_file("item_id\tother_id\tscore\n8\t9\t2\n", function(path)
    lu.assertErrorMsgContains("none of its 1 pairs", preference.external(path).evidence, small())
  end)
  with_file("item_id\tother_id\tscore\n1\t2\t-2\n", function(path)
    lu.assertErrorMsgContains("from 0 up", preference.external(path, { weight = "score" }).evidence, small())
  end)
end

function TestPreference:test_content_neighbours()
  local values = core.tensor.from { { 1, 0 }, { 1, 0.1 }, { 0, 1 }, { 0.1, 1 } }
  local made = preference.content({ name = "c", values = values }, { k = 1 })
  local row, column = made.evidence(small()):triples()
  lu.assertEquals({ toy.list(row), toy.list(column) }, { { 0, 1, 2, 3 }, { 1, 0, 3, 2 } })
  lu.assertErrorMsgContains("4 vectors, log 'toy' has 2 items", made.evidence,
    toy.log({ { 0, 0, 1, 1 }, { 0, 1, 2, 0 } }, 1, 2))
end

function TestPreference:test_a_constructor_of_your_own_says_what_it_made()
  local l = small()
  local s = split.by_time(l, { test = 0.4 })
  lu.assertErrorMsgContains("preference 'odd' returned a number", leak.naive,
    preference.custom("odd", function() return 3 end), l, s)
  lu.assertErrorMsgContains("speaks of 9 items", leak.naive,
    preference.custom("wide", function() return core.tensor.new("f32", 9, 2) end), l, s)
end

function TestPreference:test_a_log_reads_further_columns_of_items()
  with_file("user_id\titem_id\ttimestamp\tlabel\tanchor\nu\ta\t1\t1\tb\nu\tb\t2\t0\t\nu\tb\t3\t1\tzz\n", function(path)
    local l = log.read(path, { item_fields = { "anchor" } })
    lu.assertEquals(toy.list(l.fields.anchor), { l.item_ids:encode "b", -1, -1 })
    lu.assertNotEquals(l.hash, log.read(path).hash)
  end)
end

os.exit(lu.LuaUnit.run(), true)
