local lu = require "luaunit"
local core = require "lis.core"
local leak = require "lis.leak"
local preference = require "lis.preference"
local represent = require "lis.represent"
local split = require "lis.split"
local toy = require "toy"

TestRepresent = {}

-- Two communities of users and items: users 0..19 like items 0..5, users 20..39 items 6..11.
local function communities()
  local rows, t = {}, 0
  for round = 1, 6 do
    for user = 0, 39 do
      local home = user < 20 and 0 or 6
      t = t + 1
      rows[#rows + 1] = { user, home + (user + round) % 6, t, 1 }
      rows[#rows + 1] = { user, (6 - home) + (user * round) % 6, t, 0 }
    end
  end
  local log = toy.log(rows, 40, 12)
  return log, split.by_time(log, { test = 0.25 }), preference.coengagement {}
end

local function dot(values, a, b)
  local sum = 0
  for c = 1, values:size(2) do sum = sum + values:get(a, c) * values:get(b, c) end
  return sum
end

function TestRepresent:test_a_table_knows_the_communities()
  local log, s, p = communities()
  local v = represent.table(leak.naive(p, log, s), { width = 2 })
  local unit = v.values:normalize_rows()
  for a = 1, 12 do
    for b = 1, 12 do
      if a ~= b then
        local same = (a <= 6) == (b <= 6)
        lu.assertEquals(dot(unit, a, b) > 0.5, same, ("items %d %d"):format(a, b))
      end
    end
  end
end

-- A placebo's table is its evidence's, relabelled; fitted from its own graph it must come out the same, but for a
-- rotation, which inner products do not see.
function TestRepresent:test_the_table_of_a_placebo_is_the_relabelled_one()
  local log, s, p = communities()
  local placebo = leak.placebo(leak.naive(p, log, s), 3)
  local quick = represent.table(placebo, { width = 2 }).values
  local anew = represent.table(placebo:map(function(graph) return graph end, {}), { width = 2 }).values
  for a = 1, 12 do
    for b = 1, 12 do lu.assertAlmostEquals(dot(quick, a, b), dot(anew, a, b), 2e-3) end
  end
end

function TestRepresent:test_what_is_done_to_a_placebo_is_not_lost()
  local log, s, p = communities()
  local half = leak.thin(leak.placebo(leak.naive(p, log, s), 3), 0.5)
  local whole = represent.table(leak.placebo(leak.naive(p, log, s), 3), { width = 2 })
  lu.assertNil(half.relabelled)
  lu.assertNotEquals(represent.table(half, { width = 2 }).values:hash(), whole.values:hash())
end

function TestRepresent:test_a_table_is_fitted_once_for_each_set_of_options()
  local log, s, p = communities()
  local a = leak.crossfit(p, log, s, { folds = 3 })
  local first = represent.table(a, { width = 2 }).values
  lu.assertEquals(represent.table(a, { width = 2 }).values:hash(), first:hash())
  for name, value in pairs { shift = 1, smoothing = 0.5, weighting = "none" } do
    lu.assertNotEquals(represent.table(a, { width = 2, [name] = value }).values:hash(), first:hash(), name)
  end
  lu.assertEquals(represent.table(a, { width = 3 }).values:size(2), 3)
end

function TestRepresent:test_a_fit_of_ones_own_is_a_table_like_any_other()
  local log, s, p = communities()
  local a = leak.crossfit(p, log, s, { folds = 3 })
  local function svd(graph)
    local u, sigma = graph:ppmi({ shift = 0, smoothing = 1 }):svd { rank = 2, power = 6, seed = 1 }
    return u * sigma:to("f32"):sqrt()
  end
  local mine, wanted = represent.custom("svd", a, svd, { width = 2 }), represent.table(a, { width = 2 })
  lu.assertEquals(mine.values:shape(), wanted.values:shape())
  for line = 1, 36 do
    for c = 1, 2 do lu.assertAlmostEquals(mine.values:get(line, c), wanted.values:get(line, c), 1e-4) end
  end
  lu.assertEquals({ mine.latest, mine.leaked, mine.part:hash() }, { a.latest, true, a.part:hash() })
  lu.assertEquals(represent.custom("svd", a, svd, { width = 3 }).width, 3)
  lu.assertErrorMsgContains("[12 items, width], got [2, 2]", represent.custom, "x", a,
    function() return core.tensor.new("f32", 2, 2) end)
end

function TestRepresent:test_folds_share_a_frame()
  local log, s, p = communities()
  local a = leak.crossfit(p, log, s, { folds = 3 })
  local v = represent.table(a, { width = 2 })
  lu.assertEquals(v.values:shape(), { 36, 2 })
  local unit = v.values:normalize_rows()
  for item = 1, 12 do
    lu.assertTrue(dot(unit, item, 12 + item) > 0.8, "item " .. item)
    lu.assertTrue(dot(unit, item, 24 + item) > 0.8, "item " .. item)
  end
end

function TestRepresent:test_rows_read_their_own_fold()
  local log, s, p = communities()
  local v = represent.table(leak.crossfit(p, log, s, { folds = 3 }), { width = 2 })
  local index, offset = v:index(log), v:offset(log)
  for r = 1, log.rows, 17 do
    local fold = v.part[r]
    lu.assertEquals(index[r], fold * 12 + log.item[r])
    lu.assertEquals(offset[r], fold * 12)
  end
end

function TestRepresent:test_an_encoder_recovers_a_linear_view()
  local log, s, p = communities()
  local artefact = leak.history(p, log, s)
  local target = represent.table(leak.naive(p, log, s), { width = 2 })
  local mixed = core.tensor.matmul(target.values, core.tensor.from { { 1, 2, 0 }, { -1, 0.5, 3 } })
  local encoded = represent.encoder(represent.content("mixed", mixed), artefact, { width = 2, l2 = 0.01 })
  local unit = encoded.values:normalize_rows()
  lu.assertTrue(dot(unit, 1, 2) > 0.5)
  lu.assertTrue(dot(unit, 1, 8) < 0)
  lu.assertEquals(encoded.source, "encoder:mixed")
end

function TestRepresent:test_raw_noise_and_oracle_have_the_width()
  local content = represent.content("c", core.tensor.normal({ 12, 5 }, { seed = 3 }))
  lu.assertEquals(represent.raw(content, { width = 3 }).values:shape(), { 12, 3 })
  lu.assertEquals(represent.noise(12, { width = 3 }).values:shape(), { 12, 3 })
  local world = { items = 12, item_factors = core.tensor.normal({ 12, 2 }, { seed = 4 }) }
  lu.assertEquals(represent.oracle(world, { width = 3 }).values:shape(), { 12, 3 })
  lu.assertErrorMsgContains("more than width 1", represent.oracle, world, { width = 1 })
end

os.exit(lu.LuaUnit.run(), true)
