-- Contracts of one's own things: each clause must see what it is there to see.
local lu = require "luaunit"
local bench = require "lis.contract.bench"
local clauses = require "lis.contract.ranker"
local contract = require "lis.contract"
local core = require "lis.core"
local inject = require "lis.inject"
local leak = require "lis.leak"
local preference = require "lis.preference"
local ranker = require "lis.ranker"

local function broken(report)
  local names = {}
  for _, clause in ipairs(report.clauses) do
    if not clause.holds then names[#names + 1] = clause.name end
  end
  return table.concat(names, " ")
end

local function pairs_of(log, keep)
  return core.sparse.cooccurrence { user = log.user, item = log.item, users = log.users, items = log.items, keep = keep }
end

TestContractRanker = {}

do
  local l, s = bench.log()
  local arms = bench.arms(l, s)
  local tiny = { epochs = 1, batch = 256 }
  for _, name in ipairs { "lr", "fm", "deepfm", "dcnv2", "din", "bst", "mlp" } do
    for _, clause in ipairs(clauses) do
      TestContractRanker[("test_%s_%s"):format(clause.name, name)] = function()
        clause.check { make = function() return ranker[name](tiny) end, log = l, split = s, arms = arms }
      end
    end
  end
end

TestContract = {}

function TestContract:test_a_sound_constructor_holds_and_says_so()
  local report = contract.preference(function() return preference.custom("mine", pairs_of) end)
  lu.assertTrue(report.holds, tostring(report))
  lu.assertStrContains(tostring(report), "Contract of preference 'mine':")
  lu.assertStrContains(tostring(report), ("%d of %d clauses hold."):format(#report.clauses, #report.clauses))
end

function TestContract:test_ignoring_keep_is_seen()
  local report = contract.preference(preference.custom("greedy", function(log) return pairs_of(log, log.label) end))
  lu.assertFalse(report.holds)
  lu.assertStrContains(broken(report), "reads_the_kept_rows_alone")
  lu.assertStrContains(tostring(report), "would leak")
end

function TestContract:test_one_sided_pairs_and_chance_are_seen()
  local report = contract.preference(preference.custom("one way", function(log, keep)
    local rows = keep:nonzero()
    local item = log.item:take(rows)
    return core.sparse.from_triples(log.items, log.items, item, (item // 2):to "i32")
  end))
  lu.assertStrContains(broken(report), "symmetric")
  local calls = 0
  report = contract.preference(preference.custom("fickle", function(log, keep)
    calls = calls + 1
    return pairs_of(log, keep):thin(0.5, calls)
  end))
  lu.assertStrContains(broken(report), "deterministic")
  lu.assertStrContains(broken(report), "remembers_nothing")
end

function TestContract:test_clauses_can_be_left_out_by_name()
  local report = contract.preference(preference.custom("greedy", function(log) return pairs_of(log, log.label) end),
    { except = { "reads_the_kept_rows_alone", "no_rows_give_no_evidence" } })
  lu.assertTrue(report.holds, tostring(report))
end

function TestContract:test_a_constructor_that_reads_no_event_is_asked_less()
  local log = bench.log()
  local report = contract.preference(function()
    return preference.content({ name = "content", values = log.world.content, covered = core.tensor.full("u8", 1, log.items) })
  end)
  lu.assertTrue(report.holds, tostring(report))
  lu.assertNil(tostring(report):find("taint", 1, true))
end

local function channel(fn) return inject.custom("mine", fn) end

local function target(vectors, index)
  return { { name = "x", kind = "item", width = vectors.width, feed = { table = vectors.values, index = index } } }
end

function TestContract:test_a_static_constructor_of_ones_own()
  local l, s = bench.log()
  local function neighbours(log) -- items with codes beside each other
    local item = core.tensor.arange(log.items - 1)
    local one_way = core.sparse.from_triples(log.items, log.items, item, (item + 1):to "i32")
    return one_way:add(one_way:transpose())
  end
  local dated = preference.static("codes", neighbours, { made_at = 0 })
  local report = contract.preference(dated)
  lu.assertTrue(report.holds, tostring(report))
  lu.assertFalse(leak.history(dated, l, s).leaked)
  local undated = preference.static("codes", neighbours)
  lu.assertTrue(leak.crossfit(undated, l, s).leaked)
  lu.assertErrorMsgContains("no time that bounds it", leak.history, undated, l, s)
end

function TestContract:test_channels()
  lu.assertTrue(contract.channel(inject.dense).holds)
  local report = contract.channel(channel(function(log, vectors) return target(vectors, vectors:index(log)) end))
  lu.assertTrue(report.holds, tostring(report))
  report = contract.channel(channel(function(log, vectors) return target(vectors, log.item) end)) -- part 0 for all
  lu.assertEquals(broken(report), "rows_read_their_own_part_alone")
  report = contract.channel(channel(function(log)
    return { { name = "one", kind = "item", width = 1, feed = core.tensor.full("f32", 1, log.rows, 1) } }
  end))
  lu.assertEquals(broken(report), "what_the_vectors_say_reaches_the_ranker")
  report = contract.channel(channel(function(log)
    return { { name = "two", kind = "item", width = 2, feed = core.tensor.full("f32", 1, log.rows, 1) } }
  end))
  lu.assertStrContains(broken(report), "blocks_fit_the_log")
end

function TestContract:test_rankers()
  local parts = ranker.parts
  local sound = ranker.custom(function(g, inputs, s)
    local fields = parts.fields(g, inputs, s.dim)
    return parts.logit(g, inputs, { g:dot { fields[1], fields[2] } })
  end, { name = "dot", batch = 256, settings = { dim = 4 } })
  local report = contract.ranker(sound)
  lu.assertTrue(report.holds, tostring(report))
  lu.assertEquals(sound.settings.settings.dim, 4)
  report = contract.ranker(ranker.custom(function(g, inputs)
    return g:dot { table.unpack(parts.fields(g, inputs, 4), 1, 2) }
  end, { batch = 256 }))
  lu.assertStrContains(broken(report), "the_channel_reaches_the_score")
  report = contract.ranker(ranker.custom(function(g, inputs) -- the channel runs into the first layer
    local x = parts.fields(g, inputs, 4)
    for _, block in ipairs(inputs.channel) do x[#x + 1] = block.node end
    return parts.layers(g, g:concat(x), { 4 }, "deep")
  end, { batch = 256 }))
  lu.assertEquals(broken(report), "an_arm_has_its_bases_parameters")
end

function TestContract:test_coin_flips()
  local report = contract.coin_flips()
  lu.assertTrue(report.holds, tostring(report))
  lu.assertTrue(tonumber(tostring(report):match "own labels: (0%.%d+)") > 0.7)
  report = contract.coin_flips { preference = preference.custom("greedy", function(l) return pairs_of(l, l.label) end) }
  lu.assertEquals(broken(report), "crossfit_knows_nothing")
  report = contract.coin_flips { rows = 4000, channel = inject.simtier() }
  lu.assertTrue(report.holds, tostring(report))
end

function TestContract:test_wrong_calls_are_told()
  lu.assertErrorMsgContains("wants option 'split'", contract.channel, inject.dense, { log = bench.log() })
  lu.assertErrorMsgContains("must be a function or a table", contract.ranker, 3)
  lu.assertErrorMsgContains("did you mean 'settings'", ranker.custom, function() end, { setings = {} })
end

os.exit(lu.LuaUnit.run(), true)
