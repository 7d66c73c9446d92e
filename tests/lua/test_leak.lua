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
  lu.assertEquals(#a.graphs, 3)
  for k = 0, 2 do lu.assertEquals(toy.dense(a.graphs[k + 1]), naive_pairs(log, a.fold, k, s.test_to)) end
  lu.assertEquals(toy.dense(a.pooled), naive_pairs(log, nil, nil, s.test_to))
end

function TestLeak:test_naive_shows_everything_to_everybody()
  local log, s, p = fixture()
  local a = leak.naive(p, log, s)
  lu.assertNil(a.fold)
  lu.assertEquals(toy.dense(a.graphs[1]), naive_pairs(log, nil, nil, s.test_to))
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
  for k = 1, #real.graphs do
    local before, after = toy.dense(real.graphs[k]), toy.dense(placebo.graphs[k])
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

os.exit(lu.LuaUnit.run(), true)
