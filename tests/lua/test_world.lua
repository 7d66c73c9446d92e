local lu = require "luaunit"
local core = require "lis.core"

TestWorld = {}

local small = { users = 100, items = 80, days = 4, impressions = 4000 }

local function with(options)
  local all = {}
  for name, value in pairs(small) do all[name] = value end
  for name, value in pairs(options) do all[name] = value end
  return all
end

function TestWorld:test_columns_have_their_shapes_and_types()
  local w = core.data.world(small)
  local rows = { user = "i32", item = "i32", time = "i64", day = "i32", label = "u8",
    probability = "f32", time_spent = "f32", value = "f32" }
  for name, dtype in pairs(rows) do
    lu.assertEquals(w[name]:dtype(), dtype, name)
    lu.assertEquals(w[name]:shape(), { w.rows }, name)
  end
  lu.assertEquals(w.item_factors:shape(), { 80, 5 })
  lu.assertEquals(w.user_factors:shape(), { 100, 4 })
  lu.assertEquals(w.content:shape(), { 80, 32 })
  lu.assertEquals(w.item_category:shape(), { 80 })
  lu.assertEquals(w.item_arrival:dtype(), "i64")
  lu.assertEquals(w.item_bid:shape(), { 80 })
  lu.assertEquals({ w.users, w.items, w.days }, { 100, 80, 4 })
end

function TestWorld:test_bayes_auc_is_that_of_the_probability()
  local w = core.data.world(small)
  lu.assertEquals(w.bayes_auc, core.metric.auc(w.probability, w.label).value)
  lu.assertTrue(w.bayes_auc > 0.75 and w.bayes_auc < 0.95)
end

function TestWorld:test_bayes_auc_is_nan_where_nobody_clicks()
  local w = core.data.world(with { bias = -30 })
  lu.assertEquals(w.label:count(), 0)
  lu.assertTrue(w.bayes_auc ~= w.bayes_auc)
end

function TestWorld:test_effective_options_are_stored()
  local w = core.data.world(small)
  lu.assertEquals(w.options.users, 100)
  lu.assertEquals(w.options.page, 5)
  lu.assertEquals(w.options.content_share, 0.7)
  local again = core.data.world(w.options)
  lu.assertEquals(again.item:hash(), w.item:hash())
  lu.assertEquals(again.label:hash(), w.label:hash())
end

function TestWorld:test_seeds_reproduce_and_differ()
  local first = core.data.world(with { seed = 3 })
  lu.assertEquals(core.data.world(with { seed = 3 }).item:hash(), first.item:hash())
  lu.assertNotEquals(core.data.world(with { seed = 4 }).item:hash(), first.item:hash())
end

function TestWorld:test_the_default_is_the_quickstart_world()
  local w = core.data.world()
  lu.assertAlmostEquals(w.rows, 420000, 20000)
  lu.assertEquals({ w.users, w.items, w.days }, { 2000, 1500, 14 })
end

function TestWorld:test_bad_options_are_named()
  lu.assertErrorMsgContains("did you mean 'users'?", core.data.world, { user = 5 })
  lu.assertErrorMsgContains("days is 0, wanted a number from 1 to 366", core.data.world, { days = 0 })
  lu.assertErrorMsgContains("option 'items': wanted an integer", core.data.world, { items = 1.5 })
  lu.assertErrorMsgContains("option 'drift': wanted a number, got string", core.data.world, { drift = "a" })
  lu.assertErrorMsgContains("drift is 2, wanted a number from 0 to 1", core.data.world, { drift = 2 })
end

os.exit(lu.LuaUnit.run(), true)
