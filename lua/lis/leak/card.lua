--- The card of an artefact: what it was made of, and whom it can help.
local core = require "lis.core"
local evidence = require "lis.leak.evidence"

local card = {}

-- Least, median and most support of the items that have any.
local function spread(support)
  local known = support:take(support:gt(0):nonzero())
  if #known == 0 then return { least = 0, median = 0, most = 0 } end
  local order = known:argsort()
  return { least = known[order[1] + 1], median = known[order[(#known + 1) // 2] + 1], most = known[order[#known] + 1] }
end

-- Mean share of covered items in the histories of test rows that have one.
local function histories_covered(log, split, covered)
  local histories = log:histories()
  local share = core.data.history_mean(histories, covered:to("f32"):reshape(#covered, 1), { max = 50 }):take(split.test)
  local present = histories:lengths(1):take(split.test):gt(0):count()
  return present > 0 and share:sum() / present or 0
end

---@param made table preference, kind, pooled, keep (nil where static), window, scheme, notes
---@return table
function card.of(made, log, split)
  local kind = evidence.kinds[made.kind]
  local support = kind.support(made.pooled)
  local covered = support:gt(0)
  local rows = made.keep and made.keep:nonzero()
  local test_covered = covered:take(log.item:take(split.test)):count()
  return {
    preference = made.preference.name, settings = made.preference.settings, kind = made.kind,
    window = made.window, scheme = made.scheme, notes = made.notes, log = log.hash,
    events = rows and #rows or 0, users = rows and #log.user:take(rows):unique() or 0,
    first = rows and log.time[rows[1] + 1] or nil, last = rows and log.time[rows[#rows] + 1] or nil,
    pairs = kind.count(made.pooled), support = spread(support), items_covered = covered:count(),
    test_rows_covered = test_covered / #split.test,
    histories_covered = histories_covered(log, split, covered), hash = kind.hash(made.pooled),
  }
end

return card
