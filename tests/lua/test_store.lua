local lu = require "luaunit"
local core = require "lis.core"
local fingerprint = require "lis.util.fingerprint"
local folders = require "folders"
local inject = require "lis.inject"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local score = require "lis.score"
local split = require "lis.split"
local study = require "lis.study"
local toy = require "toy"
local verify = require "lis.command.verify"

local function small(overrides)
  local log = toy.coin_flips(60, 40, 3000, 5)
  local options = {
    log = log, split = split.by_time(log, { test = 0.3 }), ranker = ranker.deepfm { hidden = { 8 }, dim = 4, epochs = 2 },
    channel = inject.similarity {}, preferences = { coin = preference.coengagement {} }, seeds = 2, folds = 2, width = 4,
  }
  for key, value in pairs(overrides or {}) do options[key] = value end
  return study(options)
end

-- results.json without what this run took.
local function figures(path)
  local decoded = core.base.json_decode(folders.read(path .. "/results.json"))
  lu.assertNotNil(decoded.timing_s)
  decoded.timing_s, decoded.cost = nil, nil
  return core.base.json_encode(decoded, { indent = 2 })
end

local function die_after(n)
  return function(done) if done == n then error("killed", 0) end end
end

TestStore = {}

function TestStore:setUp() self.path = folders.new() end

function TestStore:tearDown() folders.remove(self.path) end

function TestStore:test_cut_off_and_continued_is_byte_for_byte_the_same()
  local whole = self.path .. "/whole"
  folders.silent(function() small { store = whole }:run():save(whole) end)
  local wanted = figures(whole)
  local cut = self.path .. "/cut"
  for _, n in ipairs { 1, 7, 24 } do -- within the base, between arms, near the end
    lu.assertErrorMsgContains("killed", function() small { store = cut }:run(die_after(n)) end)
  end
  local said = folders.silent(function() small { store = cut }:run():save(cut) end)
  lu.assertStrContains(said, "runs taken from")
  lu.assertEquals(figures(cut), wanted)
end

-- On one thread six seeds of an arm are trained three by three.
function TestStore:test_seeds_that_are_finished_are_kept_while_others_of_their_arm_train()
  local before = core.base.threads()
  core.base.threads(1)
  lu.assertErrorMsgContains("killed", function() small { store = self.path, seeds = 6 }:run(die_after(8)) end)
  core.base.threads(before)
  local kept = 0
  for name in require("lfs").dir(self.path .. "/arms") do
    if not name:match "^%." then kept = kept + 1 end
  end
  lu.assertEquals(kept, 3)
end

function TestStore:test_the_second_run_trains_nothing()
  local first = small { store = self.path }:run()
  local second
  local said = folders.silent(function() second = small { store = self.path }:run() end)
  lu.assertStrContains(said, "18 of 18 runs")
  lu.assertNil(second.timing_s.train)
  lu.assertEquals(core.base.json_encode(second.arms), core.base.json_encode(first.arms))
  lu.assertEquals(second.timing_s.reused, 18)
end

function TestStore:test_epochs_that_early_stopping_chose_are_stored()
  local stopping = { ranker = ranker.deepfm { hidden = { 8 }, dim = 4, epochs = 4, early_stop = {} } }
  local whole, cut = self.path .. "/whole", self.path .. "/cut"
  stopping.store = whole
  folders.silent(function() small(stopping):run():save(whole) end)
  stopping.store = cut
  lu.assertErrorMsgContains("killed", function() small(stopping):run(die_after(9)) end)
  folders.silent(function() small(stopping):run():save(cut) end)
  lu.assertEquals(figures(cut), figures(whole))
  lu.assertStrContains(figures(cut), "stopped_at")
end

function TestStore:test_fresh_trains_again()
  small { store = self.path }:run()
  lu.assertEquals(small({ store = self.path, fresh = true }):run().timing_s.reused, 0)
end

function TestStore:test_a_changed_setting_is_another_key()
  small { store = self.path }:run()
  lu.assertEquals(small({ store = self.path, ranker = ranker.deepfm { hidden = { 8 }, dim = 5, epochs = 2 } })
    :run().timing_s.reused, 0)
  local reused
  folders.silent(function() reused = small({ store = self.path, width = 5 }):run().timing_s.reused end)
  lu.assertEquals(reused, 8, "base, A/A and popularity are of no width")
end

function TestStore:test_damaged_scores_are_not_believed()
  local result = small { store = self.path }:run()
  local key = result.store.arms[1].keys[1]
  local path = self.path .. "/arms/" .. key .. "/logits.npy"
  local logits = core.data.read_npy(path)
  logits:set(1, 9)
  core.data.write_npy(path, logits)
  local again
  folders.silent(function() again = small({ store = self.path }):run() end)
  lu.assertEquals(again.timing_s.reused, 17)
  lu.assertEquals(core.base.json_encode(again.arms), core.base.json_encode(result.arms))
end

TestVerify = { setUp = TestStore.setUp, tearDown = TestStore.tearDown }

local function verified(path)
  local status
  local said = folders.silent(function() status = verify.run { path } end)
  return status, said
end

function TestVerify:test_a_sound_run()
  folders.silent(function()
    small { store = self.path, dose = { 0, 0.5 }, horizon = { 1 }, cohorts = { "train_count", "covered" } }
      :run():print():save(self.path)
  end)
  local status, said = verified(self.path)
  lu.assertEquals(status, 0, said)
  local report = folders.read(self.path .. "/report.md")
  for _, title in ipairs { "Dose response", "Horizon", "Cohorts" } do lu.assertStrContains(report, "## " .. title) end
  lu.assertStrContains(said, "12 arms on 901 test rows, every figure derived again")
end

function TestVerify:test_a_changed_score_or_figure_is_found()
  local result
  folders.silent(function() result = small { store = self.path }:run():save(self.path) end)
  local text = folders.read(self.path .. "/results.json")
  local changed = text:gsub('"lis": %-?[%d.e-]+', '"lis": 0.5')
  core.base.save(self.path .. "/results.json", changed)
  local status, said = verified(self.path)
  lu.assertEquals(status, 1)
  lu.assertStrContains(said, "results.scores[1].lis: stored 0.5, derived")
  core.base.save(self.path .. "/results.json", text)
  local path = self.path .. "/arms/" .. result.store.arms[2].keys[1] .. "/logits.npy"
  core.data.write_npy(path, core.data.read_npy(path) * -1)
  status, said = verified(self.path)
  lu.assertEquals(status, 1)
  lu.assertStrContains(said, "results.arms[2].seeds[1]")
end

function TestVerify:test_metrics_of_the_recipe_alone_are_left_out_by_name()
  score.register("share", score.ratio(function(s, l) return l:land(s:gt(0)), l end, "engaged rows above 0"))
  local said_by_study = folders.silent(function() small({ store = self.path }):run():print():save(self.path) end)
  lu.assertStrContains(said_by_study, "share change")
  lu.assertStrContains(said_by_study, "LIS by metric")
  local stored = core.base.json_decode(folders.read(self.path .. "/results.json"))
  lu.assertEquals(stored.scores[1].by_metric[3].metric, "share")
  local by_arm = {}
  for _, row in ipairs(stored.arms) do
    if row.metric == "share" then by_arm[(row.preference or "") .. row.source] = row.value end
  end
  lu.assertAlmostEquals(stored.scores[1].by_metric[3].lis, by_arm.coincrossfit - by_arm.coinplacebo, 1e-12)
  lu.assertNotStrContains(select(2, verified(self.path)), "only the recipe")
  score.metrics.share = nil
  local status, said = verified(self.path)
  lu.assertEquals(status, 0, said)
  lu.assertStrContains(said, "Not looked at, as only the recipe knows them: share")
end

function TestVerify:test_a_folder_without_scores_is_told()
  lu.assertErrorMsgContains("wanted a folder", verify.run, { self.path })
  folders.silent(function() small {}:run():save(self.path) end)
  lu.assertErrorMsgContains("store = ", verify.run, { self.path })
end

TestFingerprint = {}

function TestFingerprint:test_content_not_place()
  lu.assertEquals(fingerprint { a = 1, b = { "x", 2.5 } }, fingerprint { b = { "x", 2.5 }, a = 1 })
  lu.assertNotEquals(fingerprint { 1 }, fingerprint { 1.0 })
  lu.assertNotEquals(fingerprint { "ab", "c" }, fingerprint { "a", "bc" })
  lu.assertEquals(fingerprint(core.tensor.full("f32", 2, 3)), fingerprint(core.tensor.full("f32", 2, 3)))
  lu.assertNotEquals(fingerprint(core.tensor.full("f32", 2, 3)), fingerprint(core.tensor.full("f32", 1, 3)))
end

function TestFingerprint:test_functions_are_code_and_what_they_close_over()
  local function maker(k) return function(x) return x * k end end
  lu.assertEquals(fingerprint(maker(2)), fingerprint(maker(2)))
  lu.assertNotEquals(fingerprint(maker(2)), fingerprint(maker(3)))
  lu.assertNotEquals(fingerprint(function() return 1 end), fingerprint(function() return 2 end))
end

function TestFingerprint:test_cycles_end()
  local a = { n = 1 }
  a.self = a
  lu.assertEquals(#fingerprint(a), 16)
end

os.exit(lu.LuaUnit.run(), true)
