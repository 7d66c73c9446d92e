local lu = require "luaunit"
local core = require "lis.core"
local leak = require "lis.leak"
local preference = require "lis.preference"
local represent = require "lis.represent"
local split = require "lis.split"
local toy = require "toy"

TestLeak = {}

local function fixture()
  local log = toy.coin_flips(40, 12, 600, 7)
  return log, split.by_time(log, { test = 0.25 }), preference.coengagement { discount = "none" }
end

-- Pairs of one fold by the definition: distinct engaged items of every user outside the fold.
local function naive_pairs(log, fold, k, last)
  local engaged = {}
  for r = 1, log.rows do
    local user = log.user[r]
    if log.label[r] == 1 and log.time[r] <= last and (not fold or fold[user + 1] ~= k) then
      engaged[user] = engaged[user] or {}
      engaged[user][log.item[r]] = true
    end
  end
  local counts = {}
  for a = 1, log.items do
    counts[a] = {}
    for b = 1, log.items do counts[a][b] = 0 end
  end
  for _, items in pairs(engaged) do
    for a in pairs(items) do
      for b in pairs(items) do
        if a ~= b then counts[a + 1][b + 1] = counts[a + 1][b + 1] + 1 end
      end
    end
  end
  return counts
end

function TestLeak:test_crossfit_excludes_the_users_of_the_fold()
  local log, s, p = fixture()
  local a = leak.crossfit(p, log, s, { folds = 3 })
  local fold = core.base.user_folds(log.users, 3, 1)
  lu.assertEquals(#a.parts, 3)
  for k = 0, 2 do lu.assertEquals(toy.dense(a.parts[k + 1]), naive_pairs(log, fold, k, s.test_to)) end
  lu.assertEquals(toy.dense(a.pooled), naive_pairs(log, nil, nil, s.test_to))
end

function TestLeak:test_naive_shows_everything_to_everybody()
  local log, s, p = fixture()
  local a = leak.naive(p, log, s)
  lu.assertNil(a.part)
  lu.assertEquals(toy.dense(a.parts[1]), naive_pairs(log, nil, nil, s.test_to))
end

function TestLeak:test_counts_added_up_over_folds_are_those_counted_anew()
  local log, s = fixture()
  for _, discount in ipairs { "none", "log", "inverse" } do
    local adding = preference.coengagement { discount = discount }
    lu.assertTrue(adding.additive)
    local anew = setmetatable({ additive = false }, { __index = adding })
    local a, b = leak.crossfit(adding, log, s, { folds = 4 }), leak.crossfit(anew, log, s, { folds = 4 })
    for k = 1, 4 do toy.near(a.parts[k], b.parts[k]) end
    toy.near(a.pooled, b.pooled)
    lu.assertEquals(a.card.events, b.card.events)
    lu.assertEquals(a.card.pairs, b.card.pairs)
  end
end

function TestLeak:test_counts_that_drop_something_are_not_added_up()
  lu.assertFalse(preference.coengagement { top_k = 3 }.additive)
  lu.assertFalse(preference.coexposure { min_support = 2 }.additive)
  lu.assertFalse(preference.sessions { top_k = 3 }.additive)
  lu.assertFalse(preference.trigger { column = "anchor", min_support = 2 }.additive)
end

function TestLeak:test_only_pairs_add_up()
  local log, s = fixture()
  local wrong = preference.triples {}
  wrong.additive = true
  lu.assertErrorMsgContains("'user triples' says that its evidence adds up", leak.crossfit, wrong, log, s)
end

function TestLeak:test_the_pooled_evidence_of_a_crossfit_is_the_naive_one()
  local log, s, p = fixture()
  local naive, pooled = leak.naive(p, log, s), leak.pooled(leak.crossfit(p, log, s, { folds = 3 }))
  lu.assertNil(pooled.part)
  lu.assertEquals(toy.dense(pooled.parts[1]), toy.dense(naive.parts[1]))
  for _, name in ipairs { "source", "latest", "leaked", "items", "kind" } do
    lu.assertEquals(pooled[name], naive[name])
  end
  lu.assertEquals(pooled.card, naive.card)
end

function TestLeak:test_history_ends_before_the_test_window()
  local log, s, p = fixture()
  local a = leak.history(p, log, s, { folds = 3 })
  lu.assertTrue(a.latest < s.test_from)
  lu.assertEquals(toy.dense(a.pooled), naive_pairs(log, nil, nil, s.test_from - 1))
end

function TestLeak:test_taint_is_refused_by_name()
  local log, s, p = fixture()
  local leaked = represent.table(leak.crossfit(p, log, s), { width = 4 })
  local past = represent.table(leak.history(p, log, s), { width = 4 })
  lu.assertErrorMsgContains("co-engagement (crossfit)", leak.require_before, leaked, s.test_from, "arm 'x'")
  leak.require_before(past, s.test_from, "arm 'x'")
end

function TestLeak:test_placebo_relabels_both_sides_alike()
  local log, s, p = fixture()
  local real = leak.crossfit(p, log, s)
  local placebo = leak.placebo(real, 5)
  local permutation = core.base.permutation(log.items, 5, "placebo")
  for k = 1, #real.parts do
    local before, after = toy.dense(real.parts[k]), toy.dense(placebo.parts[k])
    for a = 1, log.items do
      for b = 1, log.items do
        lu.assertEquals(after[permutation[a] + 1][permutation[b] + 1], before[a][b])
      end
    end
  end
end

function TestLeak:test_the_card_counts()
  local log, s, p = fixture()
  local card = leak.naive(p, log, s).card
  lu.assertEquals(card.events, log.label:land(log.time:le(s.test_to)):count())
  lu.assertEquals(card.items_covered, 12)
  lu.assertEquals(card.test_rows_covered, 1)
end

function TestLeak:test_no_event_is_an_error()
  local log, s = fixture()
  local none = preference.custom("nothing", function() end, function(l) return core.tensor.new("u8", l.rows) end)
  lu.assertErrorMsgContains("no event up to time", leak.naive, none, log, s)
end

function TestLeak:test_a_session_never_scores_itself()
  local log = toy.log({
    { 0, 0, 0, 1 }, { 0, 1, 10, 1 }, { 1, 1, 20, 1 }, { 1, 2, 30, 1 }, { 0, 2, 5000, 1 }, { 0, 3, 5010, 1 },
    { 1, 3, 6000, 0 },
  }, 2, 4)
  local s = split.by_time(log, { test = 0.4 })
  local a = leak.build(preference.sessions { gap = 100, discount = "none" }, log, s,
    { unit = "session", session_gap = 100, folds = 2 })
  local session = core.sparse.sessions { user = log.user, users = 2, time = log.time, max_gap = 100 }
  local fold = core.base.user_folds(4, 2, 1):take(session)
  lu.assertEquals(toy.list(a.part), toy.list(fold))
  for r = 1, 6, 2 do -- the pair of each visit is missing from what that visit reads
    lu.assertEquals(toy.dense(a.parts[a.part[r] + 1])[log.item[r] + 1][log.item[r + 1] + 1], 0)
  end
end

function TestLeak:test_a_horizon_ends_h_hours_past_the_slice()
  local log, s, p = fixture() -- a row every half second: hours are written in seconds / 3600
  local a = leak.build(p, log, s, { window = 10 / 3600, step = 50 / 3600, naive = true })
  for part = 0, #a.parts - 1 do
    lu.assertEquals(toy.dense(a.parts[part + 1]),
      naive_pairs(log, nil, nil, math.min(s.train_from + (part + 1) * 50 - 1 + 10, log.time[log.rows])))
  end
  for r = 1, log.rows, 7 do
    lu.assertEquals(a.part[r], math.min((log.time[r] - s.train_from) // 50, #a.parts - 1))
  end
  lu.assertTrue(a.leaked)
end

function TestLeak:test_compare_counts_shared_pairs()
  local log, s = fixture()
  local a = leak.naive(preference.coengagement { discount = "none" }, log, s)
  local b = leak.thin(a, 0.5, 3)
  local own, with_half = leak.compare(a, a), leak.compare(a, b)
  lu.assertEquals(own.jaccard, 1)
  lu.assertAlmostEquals(own.rank_correlation, 1, 1e-9)
  lu.assertEquals(with_half.shared, b.card.pairs)
  lu.assertEquals(with_half.only_a, a.card.pairs - b.card.pairs)
  lu.assertEquals(with_half.only_b, 0)
end

function TestLeak:test_a_window_is_train_test_or_hours()
  local log, s, p = fixture()
  lu.assertErrorMsgContains("'train', 'test' or hours", leak.build, p, log, s, { window = "tomorrow" })
  lu.assertErrorMsgContains("'train', 'test' or hours", leak.build, p, log, s, { window = -1 })
  lu.assertErrorMsgContains("did you mean 'window'", leak.build, p, log, s, { windwo = 1 })
end

function TestLeak:test_leaked_vectors_are_not_exported_by_accident()
  local log, s, p = fixture()
  local path = os.tmpname()
  local leaked = represent.table(leak.crossfit(p, log, s), { width = 4 })
  lu.assertErrorMsgContains("i_know_this_is_leaked", leaked.export, leaked, path)
  leaked:export(path, { i_know_this_is_leaked = true })
  lu.assertEquals(core.data.read_npy(path .. ".npy"):hash(), leaked.values:hash())
  represent.table(leak.history(p, log, s), { width = 4 }):export(path)
  local head = core.base.json_decode(assert(io.open(path .. ".json")):read "a")
  lu.assertFalse(head.leaked)
  for _, extension in ipairs { "", ".npy", ".json" } do os.remove(path .. extension) end
end

function TestLeak:test_a_spoilt_folder_is_refused()
  local log, s, p = fixture()
  local a, path = leak.naive(p, log, s), os.tmpname()
  os.remove(path)
  lu.assertErrorMsgContains("no artefact there", leak.load, path)
  a:save(path)
  leak.placebo(a).parts[1]:save(path .. "/part-1.csr")
  lu.assertErrorMsgContains("not that of card.json", leak.load, path)
  os.execute(("rm -r '%s'"):format(path))
end

os.exit(lu.LuaUnit.run(), true)
