local lu = require "luaunit"
local core = require "lis.core"
local folders = require "folders"
local inject = require "lis.inject"
local leak = require "lis.leak"
local log = require "lis.log"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local represent = require "lis.represent"
local split = require "lis.split"
local study = require "lis.study"
local verify = require "lis.study.verify"
local world = require "lis.world"

local l = log.from_world(world.simulate { users = 150, items = 100, days = 6, impressions = 8000, seed = 3 })
local s = split.by_day(l, { train = { 1, 4 }, test = { 5, 5 } })
local click = preference.coengagement {}
local leaked = leak.crossfit(click, l, s, { folds = 2 })

local function settings(overrides)
  local all = { log = l, split = s, ranker = ranker.deepfm { hidden = { 8 }, dim = 4, epochs = 1 },
    channel = inject.similarity {}, seeds = 2 }
  for key, value in pairs(overrides or {}) do all[key] = value end
  return all
end

local function table_of(artefact)
  return function() return represent.table(artefact, { width = 5 }) end
end

local function arms()
  return {
    { name = "clicks", leaked = true, vectors = table_of(leaked) },
    { name = "placebo", leaked = true, vectors = table_of(leak.placebo(leaked)) },
    { name = "again", seed_shift = 1000 },
  }
end

TestCustomStudy = {}

function TestCustomStudy:test_its_arms_are_those_of_a_study()
  local own = study.custom(settings(), arms()):run()
  local whole = study(settings { preferences = { click = click }, folds = 2, width = 5 }):run()
  local wanted = {}
  for _, row in ipairs(whole.arms) do
    if row.metric == "auc" then wanted[row.source] = row end
  end
  local found = {}
  for _, row in ipairs(own.arms) do
    if row.metric == "auc" then found[row.source] = row end
  end
  lu.assertEquals(found.base.seeds, wanted.base.seeds)
  lu.assertEquals(found.clicks.seeds, wanted.crossfit.seeds)
  lu.assertEquals(found.again.seeds, wanted.aa.seeds)
  local lis = own:contrast { { 1, "clicks" }, { -1, "placebo" } }
  lu.assertAlmostEquals(lis.delta, whole.scores[1].lis, 1e-12)
  lu.assertAlmostEquals(lis.ci[1], whole.scores[1].lis_ci[1], 1e-12)
  lu.assertAlmostEquals(own:contrast({ { 1, "clicks" }, { -1, "base" } }, "gauc").delta, (function()
    for _, row in ipairs(own.arms) do
      if row.metric == "gauc" and row.source == "clicks" then return row.delta end
    end
  end)(), 1e-12)
end

function TestCustomStudy:test_stored_taken_up_again_and_verified()
  local path, real, said = os.tmpname(), print, {}
  os.remove(path)
  local first = study.custom(settings { store = path }, arms()):run():save(path)
  lu.assertEquals(verify.folder(path), {})
  rawset(_G, "print", function(line) said[#said + 1] = line end)
  local ok, second = pcall(function() return study.custom(settings { store = path }, arms()):run():print() end)
  rawset(_G, "print", real)
  lu.assertTrue(ok, second)
  lu.assertStrContains(said[1], "8 of 8 runs taken")
  lu.assertStrContains(table.concat(said, "\n"), "CPU-seconds")
  lu.assertEquals(core.base.json_encode(second.arms), core.base.json_encode(first.arms))
  folders.remove(path)
end

function TestCustomStudy:test_an_arm_that_does_not_say_it_knows_is_refused()
  local bad = study.custom(settings(), { { name = "sly", vectors = table_of(leaked) } })
  lu.assertErrorMsgContains("arm 'sly' must know nothing from time", bad.run, bad)
  local past = leak.history(click, l, s, { folds = 2 })
  study.custom(settings(), { { name = "past", vectors = table_of(past) } }):run()
end

-- Where nothing can be known, only an arm that has seen the answers scores above 0.5.
function TestCustomStudy:test_coin_flips()
  local coins = log.coin_flips()
  local cut = split.by_day(coins, { train = { 0, 3 }, test = { 4, 5 } })
  local result = study.custom({ log = coins, split = cut, ranker = ranker.lr { batch = 256 },
    channel = inject.similarity {}, seeds = 2 }, {
    { name = "crossfit", leaked = true, vectors = table_of(leak.crossfit(click, coins, cut)) },
    { name = "naive", leaked = true, vectors = table_of(leak.naive(click, coins, cut)) },
  }):run()
  local auc = {}
  for _, row in ipairs(result.arms) do
    if row.metric == "auc" then auc[row.source] = row.value end
  end
  lu.assertAlmostEquals(auc.base, 0.5, 0.01)
  lu.assertAlmostEquals(auc.crossfit, 0.5, 0.01)
  lu.assertTrue(auc.naive > 0.7, auc.naive)
end

function TestCustomStudy:test_mistakes_are_told()
  lu.assertErrorMsgContains("two arms are called 'base'", study.custom, settings(), { { name = "base" } })
  lu.assertErrorMsgContains("at least one arm", study.custom, settings(), {})
  lu.assertErrorMsgContains("did you mean 'vectors'", study.custom, settings(), { { name = "x", vektors = 1 } })
  lu.assertErrorMsgContains("unknown option 'preferences'", study.custom, settings { preferences = {} }, arms())
  local result = study.custom(settings(), { { name = "again", seed_shift = 9 } }):run()
  lu.assertErrorMsgContains("did you mean 'again'", result.contrast, result, { { 1, "agian" } })
  lu.assertErrorMsgContains("did you mean 'gauc'", result.contrast, result, { { 1, "again" } }, "gaucc")
end

os.exit(lu.LuaUnit.run(), true)
