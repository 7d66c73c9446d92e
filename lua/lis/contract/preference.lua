--- What every preference constructor holds, through the leak that uses it.
local core = require "lis.core"
local bench = require "lis.contract.bench"
local evidence = require "lis.leak.evidence"
local fingerprint = require "lis.util.fingerprint"
local leak = require "lis.leak"
local log = require "lis.log"
local represent = require "lis.represent"

local ensure = bench.ensure

local function crossfit(case) return leak.crossfit(case.make(), case.log, case.split, { folds = bench.FOLDS }) end

local function fold_of_row(l) return core.base.user_folds(l.users, bench.FOLDS, 1):take(l.user) end

local function hash_of(kind, piece)
  if kind == "triples" then return piece.user:hash() .. piece.chosen:hash() .. piece.rejected:hash() end
  return piece:hash()
end

-- The same pairs, their weights alike but for the rounding of sums.
local function same_pairs(a, b)
  local row_a, column_a, of_a = a:triples()
  local row_b, column_b, of_b = b:triples()
  if row_a:hash() ~= row_b:hash() or column_a:hash() ~= column_b:hash() then return false end
  return #of_a == 0 or (of_a - of_b):abs():max() <= 1e-6 * of_b:max()
end

local function same_evidence(kind, a, b)
  if kind == "pairs" then return same_pairs(a, b) end
  return hash_of(kind, a) == hash_of(kind, b)
end

local clauses = {}

-- `of = "events"`: asked of constructors that read the log alone.
local function clause(name, says, check, of)
  clauses[#clauses + 1] = { name = name, says = says, check = check, of = of }
end

clause("card", "evidence of a known shape, over the log's items, that counts something", function(case)
  local a = crossfit(case)
  ensure(a.items == case.log.items, "it speaks of %d items, the log has %d", a.items, case.log.items)
  ensure(a.card.pairs > 0, "it found nothing in %d events", a.card.events)
  ensure(a.card.items_covered > 0 and a.card.items_covered <= a.items, "it covers %d items", a.card.items_covered)
  ensure(a.card.support.least <= a.card.support.most, "support from %g to %g", a.card.support.least,
    a.card.support.most)
  core.base.json_encode(a.card) -- settings that are no data raise here
end)

clause("symmetric", "pairs count both ways", function(case)
  local a = crossfit(case)
  if a.kind ~= "pairs" then return end
  for p, piece in ipairs(a.parts) do ensure(piece:is_symmetric(), "the pairs of part %d are not symmetric", p) end
end)

clause("deterministic", "the same log gives the same evidence, and the same vectors", function(case)
  local a, b = crossfit(case), crossfit(case)
  ensure(a.card.hash == b.card.hash, "two runs gave evidence %s and %s", a.card.hash, b.card.hash)
  local va, vb = represent.table(a, { width = bench.WIDTH }), represent.table(b, { width = bench.WIDTH })
  ensure(va.values:hash() == vb.values:hash(), "two runs gave different vectors")
end)

-- Stored arms are found again by the fingerprint of their constructor.
clause("remembers_nothing", "using it leaves it as it was", function(case)
  local made = case.make()
  local before = fingerprint(made)
  leak.naive(made, case.log, case.split)
  ensure(fingerprint(made) == before, "it is not what it was before: keep what it counts in locals of `evidence`")
end)

-- The log with other items and labels in the rows where `hidden` is 1.
local function altered(l, hidden)
  local hide, item, label = hidden:to "i32", l.item, l.label:to "i32"
  local fields = {}
  for name, column in pairs(l.fields) do fields[name] = column end
  local other = log.from_columns {
    name = l.name, users = l.users, items = l.items, user = l.user, time = l.time, fields = fields,
    item = (item + hide * (l.items // 2) - ((item + hide * (l.items // 2)):ge(l.items):to "i32") * l.items):to "i32",
    label = (label + hide - label * hide * 2):to "u8",
  }
  other.world = l.world
  return other
end

clause("reads_the_kept_rows_alone", "rows of the own fold and of later times do not move the evidence",
  function(case)
    local made, l = case.make(), case.log
    local allowed = l.time:lt(case.split.test_from):land(fold_of_row(l):ne(0))
    local function counted(from) return (made.evidence(from, made.events(from):land(allowed))) end
    local before, after = counted(l), counted(altered(l, allowed:lnot()))
    local kind = crossfit(case).kind
    ensure(hash_of(kind, before) == hash_of(kind, after),
      "changing rows that `keep` leaves out changed the evidence: it reads more than the kept rows, and would leak")
  end, "events")

clause("crossfit_excludes_the_own_users", "a row's part is made of the other folds' events, and of nothing else",
  function(case)
    local a, made, l = crossfit(case), case.make(), case.log
    local fold = fold_of_row(l)
    ensure(#a.parts == bench.FOLDS and a.part:hash() == fold:hash(), "rows do not read the part of their user's fold")
    for k = 0, bench.FOLDS - 1 do
      local keep = made.events(l):land(l.time:le(case.split.test_to)):land(fold:ne(k))
      local alone = (made.evidence(l, keep))
      ensure(same_evidence(a.kind, a.parts[k + 1], alone), "part %d is not the other folds' evidence", k)
    end
    local whole = (made.evidence(l, made.events(l):land(l.time:le(case.split.test_to))))
    ensure(same_evidence(a.kind, a.pooled, whole), "the pooled evidence is not that of all folds")
  end, "events")

clause("taint", "leaked evidence says so, and is refused by an arm that may not know it; the past is not",
  function(case)
    local s = case.split
    local leaked, past = crossfit(case), leak.history(case.make(), case.log, s)
    ensure(leaked.leaked and leaked.latest >= s.test_from and leaked.latest <= s.test_to, "the leak is not marked")
    ensure(not past.leaked and past.latest < s.test_from, "the past knows the test window")
    local accepted, why = pcall(leak.require_before, leaked, s.test_from, "arm 'x'")
    ensure(not accepted and why:find(leaked.preference, 1, true), "leaked evidence was not refused by name")
    leak.require_before(past, s.test_from, "arm 'x'")
  end, "events")

clause("placebo_exchanges_labels_jointly", "the placebo has the same pairs under other labels", function(case)
  local a = crossfit(case)
  local b = leak.placebo(a, 9)
  ensure(b.card.hash ~= a.card.hash, "the placebo is the evidence itself")
  ensure(b.card.pairs == a.card.pairs and b.latest == a.latest, "the placebo has %d pairs of %d", b.card.pairs,
    a.card.pairs)
  local permutation = core.base.permutation(a.items, 9, "placebo")
  for p = 1, #a.parts do
    local before, after = a:support(p), b:support(p):take(permutation)
    for i = 1, a.items do
      ensure(math.abs(after[i] - before[i]) <= 1e-4 * (1 + before[i]), "part %d lost the support of item %d", p, i - 1)
    end
  end
end)

clause("doses_are_nested_and_deterministic", "half of it is in it, a quarter in the half", function(case)
  local a = crossfit(case)
  local quarter, half = leak.thin(a, 0.25, 4), leak.thin(a, 0.5, 4)
  ensure(quarter.card.pairs < half.card.pairs and half.card.pairs < a.card.pairs, "doses hold %d, %d and %d",
    quarter.card.pairs, half.card.pairs, a.card.pairs)
  ensure(leak.thin(a, 0.5, 4).card.hash == half.card.hash, "two doses of one seed differ")
  ensure(leak.thin(half, 0.25, 4).card.hash == quarter.card.hash, "a quarter is not part of the half")
  ensure(leak.thin(a, 0, 4).card.pairs == 0, "a dose of 0 holds pairs")
  ensure(leak.thin(a, 1, 4).card.hash == a.card.hash, "a dose of 1 is not the whole")
end)

clause("an_empty_window_is_named", "no event up to the window's end is an error that says so", function(case)
  local early = setmetatable({ test_to = case.log.time[1] - 1 }, { __index = case.split })
  local accepted, why = pcall(leak.crossfit, case.make(), case.log, early)
  ensure(not accepted and why:find("no event up to time", 1, true), "a window without events was not refused by name")
end, "events")

clause("no_rows_give_no_evidence", "a fold that nothing happened in is empty, not an error", function(case)
  local made, l = case.make(), case.log
  local nothing = (made.evidence(l, core.tensor.new("u8", l.rows)))
  local kind = evidence.kinds[evidence.kind_of(nothing, made.name)]
  ensure(kind.items(nothing) == l.items and kind.count(nothing) == 0, "it found %d in no rows", kind.count(nothing))
end, "events")

clause("sessions_and_horizons", "it can be cut by session and by time as well", function(case)
  local made, l, s = case.make(), case.log, case.split
  local session = leak.build(made, l, s, { unit = "session", session_gap = 3600, folds = bench.FOLDS })
  local horizon = leak.build(made, l, s, { window = 6, step = 48, naive = true })
  ensure(leak.naive(made, l, s).part == nil, "the naive leak has parts")
  if made.static then return ensure(#horizon.parts == 1, "it reads no event, yet time cuts it") end
  ensure(#session.parts == bench.FOLDS, "%d parts by session", #session.parts)
  ensure(#horizon.parts == 2 and horizon.part:max() == 1, "%d parts by time", #horizon.parts)
end)

return clauses
