-- One suite that every preference constructor passes, through the leak that uses it.
local lu = require "luaunit"
local core = require "lis.core"
local fingerprint = require "lis.util.fingerprint"
local leak = require "lis.leak"
local log = require "lis.log"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local represent = require "lis.represent"
local split = require "lis.split"
local world = require "lis.world"

TestContractPreference = {}

local USERS <const>, ITEMS <const> = 60, 40

local feed = world.simulate { users = USERS, items = ITEMS, days = 4, impressions = 2400, seed = 3 }
local function small_log()
  local columns = { name = "small", users = USERS, items = ITEMS, user = feed.user, item = feed.item,
    time = feed.time, label = feed.label, fields = {} }
  columns.fields.trigger = ((feed.item + feed.user):to("i32")):clamp(0, ITEMS - 1) -- any rule will do
  local l = log.from_columns(columns)
  return l, split.by_day(l, { train = { 0, 2 }, test = { 3, 3 } })
end
local l, s = small_log()

local pairs_file = os.tmpname()
do
  local lines = { "item_id\tother_id\tscore" }
  for i = 0, 19 do lines[#lines + 1] = ("%d\t%d\t%g"):format(i, i + 20, 1 + i / 10) end
  lines[#lines + 1] = "7\t999\t1"
  core.base.save(pairs_file, table.concat(lines, "\n") .. "\n")
end

local content = represent.content("content", feed.content)
local tiny = ranker.deepfm { dim = 4, hidden = { 4 }, epochs = 1 }

-- name, constructor, its module name (for misspelt options), and whether it reads no event
local cases = {
  { "coengagement", function(o) return preference.coengagement(o) end, typo = "max_gaps" },
  { "coexposure", function(o) return preference.coexposure(o) end, typo = "discont" },
  { "sessions", function(o) return preference.sessions(o) end, typo = "gapp" },
  { "swing", function(o) return preference.swing(o) end, typo = "alhpa" },
  { "itemcf cosine", function(o) return preference.itemcf(o) end, typo = "similarty" },
  { "itemcf jaccard", function() return preference.itemcf { similarity = "jaccard" } end },
  { "itemcf tfidf", function() return preference.itemcf { similarity = "tfidf" } end },
  { "itemcf bm25", function() return preference.itemcf { similarity = "bm25", k1 = 2 } end },
  { "trigger", function(o)
    o = o or {}
    o.column = "trigger"
    return preference.trigger(o)
  end, typo = "topk" },
  { "triples", function(o) return preference.triples(o) end, typo = "max_reject", kind = "triples" },
  { "embeddings", function(o)
    o = o or {}
    o.ranker = tiny
    return preference.embeddings(o)
  end, typo = "sed", kind = "vectors" },
  { "external", function(o)
    o = o or {}
    o.weight = "score"
    return preference.external(pairs_file, o)
  end, typo = "wieght", static = true },
  { "content", function(o) return preference.content(content, o) end, typo = "kk", static = true },
  { "custom", function()
    return preference.custom("mine", function(own_log, keep)
      return core.sparse.cooccurrence { user = own_log.user, item = own_log.item, users = own_log.users,
        items = own_log.items, keep = keep }
    end)
  end },
}

-- A case a constructor: TestContractPreference:test_<clause>_<constructor>.
local function each(clause, fn, only)
  for _, case in ipairs(cases) do
    if not only or only(case) then
      TestContractPreference[("test_%s_%s"):format(clause, case[1]:gsub(" ", "_"))] = function() fn(case) end
    end
  end
end

local function reads_events(case) return not case.static end

each("card", function(case)
  local a = leak.crossfit(case[2](), l, s, { folds = 3 })
  lu.assertEquals(a.kind, case.kind or "pairs")
  lu.assertEquals(a.items, ITEMS)
  lu.assertEquals(a.card.log, l.hash)
  for _, key in ipairs { "window", "scheme", "settings", "support", "hash" } do lu.assertNotNil(a.card[key], key) end
  lu.assertTrue(a.card.pairs > 0)
  lu.assertTrue(a.card.items_covered > 0 and a.card.items_covered <= ITEMS)
  for _, key in ipairs { "test_rows_covered", "histories_covered" } do
    lu.assertTrue(a.card[key] > 0 and a.card[key] <= 1 + 1e-6, key)
  end
  lu.assertTrue(a.card.support.least <= a.card.support.median and a.card.support.median <= a.card.support.most)
  lu.assertStrContains(tostring(a), "covers")
  core.base.json_encode(a.card) -- a card is data
end)

each("deterministic", function(case)
  local a, b = leak.crossfit(case[2](), l, s, { folds = 3 }), leak.crossfit(case[2](), l, s, { folds = 3 })
  lu.assertEquals(a.card.hash, b.card.hash)
  local va, vb = represent.table(a, { width = 4 }), represent.table(b, { width = 4 })
  lu.assertEquals(va.values:hash(), vb.values:hash())
end)

-- Stored arms are found again by the fingerprint of their constructor.
each("remembers_nothing", function(case)
  local made = case[2]()
  local before = fingerprint(made)
  leak.naive(made, l, s)
  lu.assertEquals(fingerprint(made), before)
  lu.assertEquals(fingerprint(case[2]()), before)
end)

-- Part k is what the constructor says of the rows of the other folds' users, and of nothing else.
each("crossfit_excludes_the_own_users", function(case)
  local made = case[2]()
  local folds = core.base.user_folds(USERS, 3, 1)
  local a = leak.crossfit(made, l, s, { folds = 3 })
  for k = 0, 2 do
    local others = folds:take(l.user):ne(k)
    local alone = made.evidence(l, made.events(l):land(l.time:le(s.test_to)):land(others))
    if a.kind == "triples" then
      lu.assertEquals(a.parts[k + 1].chosen:hash(), alone.chosen:hash())
      for r = 1, #alone.user do lu.assertNotEquals(folds[alone.user[r] + 1], k) end
    else
      lu.assertEquals(a.parts[k + 1]:hash(), alone:hash())
    end
  end
end, reads_events)

each("rows_read_the_part_of_their_fold", function(case)
  local a = leak.crossfit(case[2](), l, s, { folds = 3 })
  lu.assertEquals(#a.parts, 3)
  lu.assertEquals(a.part:hash(), core.base.user_folds(USERS, 3, 1):take(l.user):hash())
end, reads_events)

each("taint", function(case)
  local leaked, past = leak.crossfit(case[2](), l, s), leak.history(case[2](), l, s)
  lu.assertTrue(leaked.leaked)
  lu.assertTrue(leaked.latest >= s.test_from and leaked.latest <= s.test_to)
  lu.assertFalse(past.leaked)
  lu.assertTrue(past.latest < s.test_from)
  lu.assertErrorMsgContains(leaked.preference, leak.require_before, leaked, s.test_from, "arm 'x'")
  leak.require_before(past, s.test_from, "arm 'x'")
end, reads_events)

each("placebo_exchanges_labels_jointly", function(case)
  local a = leak.crossfit(case[2](), l, s, { folds = 3 })
  local b = leak.placebo(a, 9)
  lu.assertNotEquals(b.card.hash, a.card.hash)
  lu.assertEquals(b.card.pairs, a.card.pairs)
  lu.assertEquals(b.latest, a.latest)
  local permutation = core.base.permutation(ITEMS, 9, "placebo")
  for p = 1, #a.parts do
    local before, after = a:support(p), b:support(p)
    for i = 1, ITEMS do lu.assertAlmostEquals(after[permutation[i] + 1], before[i], 1e-4 * (1 + before[i])) end
  end
end)

each("doses_are_nested_and_deterministic", function(case)
  local a = leak.crossfit(case[2](), l, s, { folds = 3 })
  local quarter, half = leak.thin(a, 0.25, 4), leak.thin(a, 0.5, 4)
  lu.assertTrue(quarter.card.pairs < half.card.pairs and half.card.pairs < a.card.pairs)
  lu.assertEquals(leak.thin(a, 0.5, 4).card.hash, half.card.hash)
  lu.assertEquals(leak.thin(half, 0.25, 4).card.hash, quarter.card.hash)
  lu.assertEquals(leak.thin(a, 0, 4).card.pairs, 0)
  lu.assertEquals(leak.thin(a, 1, 4).card.hash, a.card.hash)
  lu.assertEquals(half.card.dose, 0.5)
end)

local function folder()
  local path = os.tmpname()
  os.remove(path)
  return path
end

each("saved_and_loaded", function(case)
  local a, path = leak.crossfit(case[2](), l, s, { folds = 3 }), folder()
  lu.assertTrue(rawequal(a:save(path), a))
  local b = leak.load(path)
  lu.assertEquals({ b.source, b.preference, b.kind, b.items, b.latest, b.leaked },
    { a.source, a.preference, a.kind, a.items, a.latest, a.leaked })
  lu.assertEquals(represent.table(b, { width = 4 }).values:hash(), represent.table(a, { width = 4 }).values:hash())
  os.execute(("rm -r '%s'"):format(path))
end)

each("an_empty_window_is_named", function(case)
  local early = setmetatable({ test_to = l.time[1] - 1 }, { __index = s })
  lu.assertErrorMsgContains("no event up to time", leak.crossfit, case[2](), l, early)
end, reads_events)

each("unknown_options_name_the_nearest", function(case)
  lu.assertErrorMsgContains("did you mean", case[2], { [case.typo] = 3 })
end, function(case) return case.typo end)

each("naive_and_sessions_and_horizons", function(case)
  local naive = leak.build(case[2](), l, s, { naive = true })
  lu.assertNil(naive.part)
  local session = leak.build(case[2](), l, s, { unit = "session", session_gap = 3600, folds = 3 })
  local horizon = leak.build(case[2](), l, s, { window = 6, step = 48, naive = true })
  if case.static then
    lu.assertEquals(#horizon.parts, 1)
    return
  end
  lu.assertEquals(#session.parts, 3)
  lu.assertEquals(#horizon.parts, 2)
  lu.assertEquals(horizon.source, "naive 6")
  lu.assertEquals(horizon.part:min(), 0)
  lu.assertEquals(horizon.part:max(), 1)
end)

os.exit(lu.LuaUnit.run(), true)
