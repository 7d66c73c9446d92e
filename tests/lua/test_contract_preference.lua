-- One suite that every preference constructor passes, through the leak that uses it.
local lu = require "luaunit"
local clauses = require "lis.contract.preference"
local core = require "lis.core"
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

-- Swing weighs a pair by what two users share: it does not add up, and a constructor that says so is caught.
function TestContractPreference:test_evidence_that_does_not_add_up_is_caught()
  local made = preference.swing {}
  made.additive = true
  local case = { make = function() return made end, log = l, split = s }
  for _, clause in ipairs(clauses) do
    if clause.name == "crossfit_excludes_the_own_users" then
      lu.assertErrorMsgContains("is not the other folds' evidence", clause.check, case)
    end
  end
end

-- A test a clause and constructor: TestContractPreference:test_<clause>_<constructor>.
local function each(clause, fn, only)
  for _, case in ipairs(cases) do
    if not only or only(case) then
      TestContractPreference[("test_%s_%s"):format(clause, case[1]:gsub(" ", "_"))] = function() fn(case) end
    end
  end
end

for _, clause in ipairs(clauses) do
  each(clause.name, function(case)
    clause.check { make = case[2], log = l, split = s }
  end, function(case) return not (case.static and clause.of == "events") end)
end

each("kind", function(case)
  local a = leak.crossfit(case[2](), l, s, { folds = 3 })
  lu.assertEquals(a.kind, case.kind or "pairs")
  lu.assertEquals(a.card.log, l.hash)
  for _, key in ipairs { "window", "scheme", "settings", "support", "hash" } do lu.assertNotNil(a.card[key], key) end
  for _, key in ipairs { "test_rows_covered", "histories_covered" } do
    lu.assertTrue(a.card[key] > 0 and a.card[key] <= 1 + 1e-6, key)
  end
  lu.assertStrContains(tostring(a), "covers")
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

each("unknown_options_name_the_nearest", function(case)
  lu.assertErrorMsgContains("did you mean", case[2], { [case.typo] = 3 })
end, function(case) return case.typo end)

os.exit(lu.LuaUnit.run(), true)
