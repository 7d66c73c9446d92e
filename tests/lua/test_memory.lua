-- What a large result will take is said before it is made.
local lu = require "luaunit"
local core = require "lis.core"
local memory = require "lis.util.memory"
local preference = require "lis.preference"
local toy = require "toy"

local read_memory, write = core.base.memory, print

-- Lines printed by fn while `room` bytes are left.
local function said(room, fn)
  local lines = {}
  core.base.memory = function() return { room = room } end -- luacheck: ignore 122
  print = function(line) lines[#lines + 1] = line end -- luacheck: ignore 121
  local ok, problem = pcall(fn)
  core.base.memory, print = read_memory, write -- luacheck: ignore 121 122
  lu.assertTrue(ok, problem)
  return lines
end

TestMemory = {}

function TestMemory:test_what_the_core_holds()
  local before = core.base.memory()
  local held = core.tensor.new("f32", 1000, 100)
  local now = core.base.memory()
  lu.assertEquals(now.live - before.live >= 400000, true)
  lu.assertTrue(now.peak >= now.live and now.room > 0)
  lu.assertTrue(now.limit == nil or now.limit > 0)
  held:close()
  lu.assertTrue(core.base.memory().live < now.live)
end

function TestMemory:test_sizes()
  lu.assertEquals({ memory.size(3.1 * 2^30), memory.size(2^20), memory.size(1000 * 2^20) }, { "3.1 GiB", "1.0 MiB", "1000 MiB" })
end

function TestMemory:test_large_results_alone_and_each_once()
  local function announce(bytes, entries, unit)
    return said(64 * 2^30, function() memory.announce("graph", { bytes = bytes, entries = entries }, unit) end)
  end
  lu.assertEquals(announce(2^30, 5), {})
  lu.assertEquals(announce(3.1 * 2^30, 41e6), { "graph: needs up to 3.1 GiB for 41 M pairs" })
  lu.assertEquals(announce(3.2 * 2^30, 42e6), {})
  lu.assertEquals(announce(8 * 2^30, 1234567, "numbers"), { "graph: needs up to 8.0 GiB for 1.2 M numbers" })
  lu.assertEquals(said(2^20, function() memory.announce("small", { bytes = 2^19, entries = 12000 }) end),
    { "small: needs up to 0.5 MiB for 12,000 pairs" })
end

function TestMemory:test_preferences_say_it()
  local l = toy.coin_flips(50, 40, 3000, 1)
  local keep = core.tensor.full("u8", 1, l.rows)
  local function evidence(one) return function() one.evidence(l, keep) end end
  for _, one in ipairs { preference.coengagement {}, preference.coexposure { max_per_user = 50 }, preference.swing {},
    preference.itemcf { similarity = "jaccard" }, preference.sessions { gap = 1e9 } } do
    lu.assertEquals(said(2^40, evidence(one)), {})
    local lines = said(2^14, evidence(one))
    lu.assertEquals(#lines, 1, one.name)
    lu.assertStrMatches(lines[1], (one.name:gsub("%-", "%%-")) .. ": needs up to [%d.]+ MiB for [%d,]+ pairs")
    lu.assertEquals(said(2^14, evidence(one)), {})
  end
end

function TestMemory:test_plans()
  local l = toy.coin_flips(50, 40, 3000, 1)
  local events = { user = l.user, item = l.item, users = 50, items = 40 }
  local graph = core.sparse.cooccurrence(events)
  local bound = core.sparse.pairs_bound(events)
  lu.assertTrue(bound.entries >= graph:nnz() and bound.entries <= 40 * 39 and bound.bytes >= 8 * graph:nnz())
  events.top_k = 3
  lu.assertEquals(core.sparse.pairs_bound(events).entries, 120)
  local svd = graph:svd_plan { rank = 8 }
  lu.assertEquals(svd.entries, 8 * 80)
  lu.assertTrue(svd.bytes > 4 * 8 * 80)
  lu.assertEquals(core.sparse.knn_plan(core.tensor.new("f32", 40, 4), { k = 50 }).entries, 1600)
  lu.assertErrorMsgContains("option 'item' is missing", core.sparse.pairs_bound, { user = l.user, users = 50, items = 40 })
end

os.exit(lu.LuaUnit.run(), true)
