-- One suite that every channel passes, through the ranker that it feeds.
local lu = require "luaunit"
local bench = require "lis.contract.bench"
local clauses = require "lis.contract.channel"
local core = require "lis.core"
local inject = require "lis.inject"
local represent = require "lis.represent"

TestContractChannel = {}

local l, s = bench.log()
local tiny = bench.ranker()
local arms = bench.arms(l, s)
local content = represent.content("content", l.world.content)

local cases = {
  { "dense", inject.dense, typo = "maxx" },
  { "dense at unit length", function() return inject.dense { normalise = "rows" } end },
  { "dense projected", function() return inject.dense { project = 3 } end },
  { "similarity", inject.similarity, typo = "teirs" },
  { "simtier", inject.simtier, typo = "tier" },
  { "id_fuse init", function() return inject.id_fuse { how = "init" } end },
  { "id_fuse sum", function() return inject.id_fuse { how = "sum" } end },
  { "id_fuse concat", inject.id_fuse, typo = "hw" },
  { "codes", function(o)
    o = o or {}
    o.codes = 6
    return inject.codes(o)
  end, typo = "level" },
  { "proxy", function(o)
    o = o or {}
    o.split, o.below = s, 40
    return inject.proxy(o)
  end, typo = "blow" },
  { "attention_bias", inject.attention_bias },
  { "custom", function()
    return inject.custom("first coordinate", function(own_log, vectors)
      return { { name = "x", kind = "item", width = vectors.width,
        feed = { table = vectors.values, index = vectors:index(own_log) } } }
    end)
  end },
}

local function each(clause, fn)
  for _, case in ipairs(cases) do
    TestContractChannel[("test_%s_%s"):format(clause, case[1]:gsub(" ", "_"))] = function() fn(case) end
  end
end

for _, clause in ipairs(clauses) do
  each(clause.name, function(case)
    if case[1] == "codes" and clause.name == "rows_read_their_own_part_alone" then return end -- one codebook serves all
    clause.check { make = case[2], log = l, split = s, arms = arms }
  end)
end

each("unknown_options_name_the_nearest", function(case)
  if case.typo then lu.assertErrorMsgContains("did you mean", case[2], { [case.typo] = 3 }) end
end)

TestChannels = {}

function TestChannels:test_fused_embeddings_start_at_the_vectors()
  local model <close> = tiny:build(l, inject.id_fuse({ how = "init" }).blocks(l, arms.crossfit), 1)
  lu.assertEquals(model:parameters().fused_item_table:copy():hash(), arms.crossfit.values:hash())
end

-- The bias begins at 0, learns, and is one number; a ranker without attention says so.
function TestChannels:test_attention_bias_moves_the_weights_of_din()
  local blocks = inject.attention_bias().blocks(l, arms.crossfit)
  local attentive = bench.ranker(blocks)
  local model <close>, columns = attentive:build(l, blocks, 1)
  local base <close>, base_columns = attentive:build(l, {}, 1)
  lu.assertEquals(model:predict(columns, s.test):hash(), base:predict(base_columns, s.test):hash())
  model:fit(columns, { rows = s.train, shuffle_seed = 1 })
  local weight = model:parameters()["attention_bias.weight"]
  lu.assertEquals(weight:shape(), { 1, 1 })
  lu.assertTrue(weight:get(1, 1) ~= 0)
  lu.assertErrorMsgContains("no attention that 'attention_bias' could bias", tiny.build, tiny, l, blocks, 1)
end

function TestChannels:test_simtier_is_a_histogram()
  local block = inject.simtier({ tiers = 5 }).blocks(l, arms.crossfit)[1]
  local sums, lengths = block.feed:sum(2), l:histories():lengths(50)
  for r = 1, l.rows, 13 do lu.assertAlmostEquals(sums[r], lengths[r] > 0 and 1 or 0, 1e-5) end
end

function TestChannels:test_proxies_are_the_nearest_warm_items()
  local vectors = represent.raw(content, { width = bench.WIDTH })
  local block = inject.proxy({ split = s, below = 40 }).blocks(l, vectors)[1]
  local count, unit = l.item:take(s.train):bincount(l.items), vectors.values:normalize_rows()
  local function cosine(a, b)
    local sum = 0
    for c = 1, bench.WIDTH do sum = sum + unit:get(a + 1, c) * unit:get(b + 1, c) end
    return sum
  end
  local cold_rows = 0
  for r = 1, l.rows do
    local item, proxy = l.item[r], block.feed[r]
    if count[item + 1] >= 40 then
      lu.assertEquals(proxy, item)
    else
      cold_rows = cold_rows + 1
      lu.assertTrue(count[proxy + 1] >= 40)
      if cold_rows % 50 == 1 then
        for j = 0, l.items - 1 do
          lu.assertTrue(count[j + 1] < 40 or cosine(item, j) <= cosine(item, proxy) + 1e-5)
        end
      end
    end
  end
  lu.assertTrue(cold_rows > 0)
end

function TestChannels:test_codes_are_shared_by_target_and_history()
  local blocks = inject.codes({ levels = 1, codes = 6 }).blocks(l, arms.crossfit)
  lu.assertEquals({ blocks[1].input, blocks[1].vocab, blocks[2].width }, { "ids", 6, 6 })
  local codes = core.sparse.residual_codes(arms.crossfit.values, { levels = 1, codes = 6 })
  local offset, histories = arms.crossfit:offset(l), l:histories()
  for r = 1, l.rows, 29 do
    lu.assertEquals(blocks[1].feed[r], codes:get(offset[r] + l.item[r] + 1, 1))
    local share, seen = { 0, 0, 0, 0, 0, 0 }, histories:row(r, 50)
    for _, item in ipairs(seen) do
      local code = codes:get(offset[r] + item + 1, 1) + 1
      share[code] = share[code] + 1 / #seen
    end
    for c = 1, 6 do lu.assertAlmostEquals(blocks[2].feed:get(r, c), share[c], 1e-5) end
  end
end

os.exit(lu.LuaUnit.run(), true)
