-- One suite that every representation passes, and what each is by its definition.
local lu = require "luaunit"
local core = require "lis.core"
local leak = require "lis.leak"
local log = require "lis.log"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local represent = require "lis.represent"
local split = require "lis.split"
local world = require "lis.world"

TestContractRepresent = {}

local feed = world.simulate { users = 80, items = 40, days = 4, impressions = 3000, seed = 3 }
local l = log.from_world(feed)
local s = split.by_day(l, { train = { 0, 2 }, test = { 3, 3 } })
local WIDTH <const> = 4
local content = represent.content("content", feed.content)

local clicks, pages = preference.coengagement { discount = "none" }, preference.triples {}
local trained = preference.embeddings { ranker = ranker.deepfm { dim = 6, hidden = { 4 }, epochs = 1 } }

-- name, maker of an artefact, and which constructor it is fitted to
local quick = { epochs = 1, samples = 600, batch = 128 }
local function options(more, given)
  local all = { width = WIDTH }
  for _, from in ipairs { more or {}, given or {} } do
    for name, value in pairs(from) do all[name] = value end
  end
  return all
end

local cases = {
  { "table", function(a, o) return represent.table(a, options(nil, o)) end, clicks, typo = "sift" },
  { "table unweighted", function(a) return represent.table(a, options { weighting = "none" }) end, clicks },
  { "table of triples", function(a) return represent.table(a, options()) end, pages },
  { "table of embeddings", function(a) return represent.table(a, options()) end, trained },
  { "table of short embeddings", function(a) return represent.table(a, { width = 9 }) end, trained, width = 9 },
  { "bpr", function(a, o) return represent.bpr(a, options({ epochs = 1, samples = 2000 }, o)) end, clicks,
    typo = "epoch" },
  { "bpr of triples", function(a) return represent.bpr(a, options { epochs = 1 }) end, pages },
  { "infonce", function(a, o) return represent.infonce(a, options(quick, o)) end, clicks, typo = "temprature" },
  { "infonce hard", function(a) return represent.infonce(a, options(quick, { hard = 2 })) end, clicks },
  { "shrunk", function(a, o) return represent.shrunk(content, a, options(nil, o)) end, clicks, typo = "kk" },
  { "encoder", function(a, o) return represent.encoder(content, a, options(nil, o)) end, clicks, typo = "l3" },
  { "encoder on triples", function(a) return represent.encoder(content, a, options()) end, pages },
  { "adapter", function(a, o) return represent.adapter(content, a, options(quick, o)) end, clicks, typo = "hiden" },
}

local crossfit, history = {}, {}
for _, case in ipairs(cases) do
  crossfit[case] = leak.crossfit(case[3], l, s, { folds = 3 })
  history[case] = leak.history(case[3], l, s, { folds = 3 })
end

local function each(clause, fn)
  for _, case in ipairs(cases) do
    TestContractRepresent[("test_%s_%s"):format(clause, case[1]:gsub(" ", "_"))] = function() fn(case) end
  end
end

each("one_finite_vector_an_item_and_part", function(case)
  local v = case[2](crossfit[case])
  lu.assertEquals(v.values:shape(), { 3 * l.items, case.width or WIDTH })
  lu.assertEquals({ v.width, v.items }, { case.width or WIDTH, l.items })
  lu.assertTrue(v.values:abs():max() < 1e4)
  lu.assertTrue(v.values:abs():max() > 0)
  lu.assertEquals(v:index(l)[5], crossfit[case].part[5] * l.items + l.item[5])
end)

each("deterministic", function(case)
  lu.assertEquals(case[2](crossfit[case]).values:hash(), case[2](crossfit[case]).values:hash())
end)

each("taint_is_that_of_the_artefact", function(case)
  local leaked, past = case[2](crossfit[case]), case[2](history[case])
  lu.assertEquals({ leaked.latest, leaked.leaked }, { crossfit[case].latest, true })
  lu.assertEquals({ past.latest, past.leaked }, { history[case].latest, false })
  lu.assertErrorMsgContains(leaked.name, leak.require_before, leaked, s.test_from, "arm 'x'")
  lu.assertErrorMsgContains("i_know_this_is_leaked", leaked.export, leaked, "nowhere")
end)

-- The part of fold k is fitted to the evidence of the others: it stays where fold k's own part is changed.
each("a_part_depends_on_its_own_evidence", function(case)
  local a, whole = crossfit[case], case[2](crossfit[case])
  local swapped = setmetatable({ parts = { a.parts[2], a.parts[2], a.parts[3] } }, { __index = a })
  local other = case[2](swapped)
  local function part(v, p) return v.values:slice(1, p * l.items + 1, (p + 1) * l.items):copy():hash() end
  lu.assertEquals(part(other, 1), part(whole, 1))
  lu.assertEquals(part(other, 2), part(whole, 2))
  lu.assertNotEquals(part(other, 0), part(whole, 0))
end)

each("unknown_options_name_the_nearest", function(case)
  if case.typo then lu.assertErrorMsgContains("did you mean", case[2], crossfit[case], { [case.typo] = 1 }) end
end)

TestRepresentations = {}

-- Two groups of items, pairs only within a group: vectors of a group are alike.
local function groups()
  local row, column = {}, {}
  for a = 0, 11 do
    for b = 0, 11 do
      if a ~= b and a // 6 == b // 6 then row[#row + 1], column[#column + 1] = a, b end
    end
  end
  local graph = core.sparse.from_triples(12, 12, core.tensor.from(row, "i32"), core.tensor.from(column, "i32"))
  return { kind = "pairs", parts = { graph }, pooled = graph, items = 12, preference = "groups", source = "naive",
    leaked = false, support = function() return graph:row_sums() end }
end

local function gap(values)
  local unit, within, between = values:normalize_rows(), 0, 0
  for a = 1, 12 do
    for b = 1, 12 do
      local sum = 0
      for c = 1, unit:size(2) do sum = sum + unit:get(a, c) * unit:get(b, c) end
      if a ~= b and (a <= 6) == (b <= 6) then within = within + sum / 60 end
      if (a <= 6) ~= (b <= 6) then between = between + sum / 72 end
    end
  end
  return within - between
end

local function random_content(covered)
  local values = core.tensor.normal({ 12, 5 }, { seed = 2 })
  for i = 1, 12 do values:set(i, 1, i <= 6 and 2 or -2) end
  for i = covered + 1, 12 do
    for c = 1, 5 do values:set(i, c, 0) end
  end
  return represent.content("random", values)
end

function TestRepresentations:test_every_loss_finds_the_groups()
  local a, steps = groups(), { width = 4, epochs = 20, samples = 500, batch = 50 }
  lu.assertTrue(gap(represent.table(a, { width = 2 }).values) > 0.5, "table")
  lu.assertTrue(gap(represent.bpr(a, { width = 4, epochs = 60, samples = 500, rate = 0.1 }).values) > 0.5, "bpr")
  lu.assertTrue(gap(represent.infonce(a, steps).values) > 0.5, "infonce")
  lu.assertTrue(gap(represent.adapter(random_content(12), a, steps).values) > 0.5, "adapter")
  steps.hard = 2
  lu.assertTrue(gap(represent.infonce(a, steps).values) > 0.5, "infonce, hard negatives")
end

function TestRepresentations:test_items_without_content_have_no_adapted_vector()
  local v = represent.adapter(random_content(9), groups(), { width = 3, epochs = 1, samples = 100, batch = 50 })
  local length = (v.values * v.values):sum(2):gt(0):totable()
  lu.assertEquals(length, { 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0 })
  lu.assertErrorMsgContains("for none of its 12 items", represent.adapter, random_content(0), groups(), { width = 3 })
  lu.assertErrorMsgContains("nothing to align on", represent.adapter, random_content(1), groups(), { width = 3 })
end

function TestRepresentations:test_shrinking_runs_from_table_to_content()
  local a, c = groups(), random_content(12)
  local table_values, encoded = represent.table(a, { width = 3 }), represent.encoder(c, a, { width = 3 })
  local unshrunk = represent.shrunk(c, a, { width = 3, k = 0 })
  lu.assertTrue((unshrunk.values - table_values.values):abs():max() < 1e-5)
  local k, n = 5, a.support():totable()
  local half = represent.shrunk(c, a, { width = 3, k = k })
  for i = 1, 12 do
    for d = 1, 3 do
      local wanted = (n[i] * table_values.values:get(i, d) + k * encoded.values:get(i, d)) / (n[i] + k)
      lu.assertAlmostEquals(half.values:get(i, d), wanted, 1e-4)
    end
  end
end

function TestRepresentations:test_fused_contents_stand_side_by_side()
  local a, b = random_content(12), represent.content("b", core.tensor.normal({ 12, 2 }, { seed = 9, scale = 100 }))
  local fused = represent.fuse({ a, b }, { weights = { 1, 2 } })
  lu.assertEquals(fused.values:shape(), { 12, 7 })
  lu.assertEquals(fused.name, "random + b")
  lu.assertAlmostEquals((fused.values:slice(2, 1, 5):copy():pow(2)):sum() / 60, 1, 1e-4)
  lu.assertAlmostEquals((fused.values:slice(2, 6, 7):copy():pow(2)):sum() / 24, 4, 1e-3)
  lu.assertErrorMsgContains("1 weights for 2 contents", represent.fuse, { a, b }, { weights = { 1 } })
end

function TestRepresentations:test_codes_say_what_the_vectors_say()
  local v = represent.table(groups(), { width = 2 })
  local codes, centroids, left = v:codes { levels = 2, codes = 2 }
  lu.assertEquals({ codes:shape(), centroids:shape(), #left }, { { 12, 2 }, { 4, 2 }, 2 })
  for i = 1, 12 do lu.assertEquals(codes:get(i, 1) == codes:get(1, 1), i <= 6) end
  lu.assertErrorMsgContains("did you mean 'levels'", v.codes, v, { level = 2 })
end

function TestRepresentations:test_losses_refuse_evidence_of_another_kind()
  local a = leak.naive(pages, l, s)
  lu.assertErrorMsgContains("holds triples, InfoNCE wants pairs", represent.infonce, a)
  lu.assertErrorMsgContains("trained already", represent.bpr, leak.naive(trained, l, s))
end

os.exit(lu.LuaUnit.run(), true)
