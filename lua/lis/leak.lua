--- Stage 4, leak: the only door between events and a pair graph.
--
-- Every artefact made here carries the time of the latest event it depends on (its taint). Whoever
-- consumes one names the cutoff it is bound to, and `leak.require_before` refuses the rest.
local core = require "lis.core"
local check = require "lis.util.check"

local leak = {}

---@class lis.Artefact
---@field source string "crossfit", "naive", "history" or "placebo"
---@field preference string
---@field graphs lis.Csr[] one a fold; a row of fold k reads graphs[k + 1]
---@field pooled lis.Csr all folds together: the frame that fold tables are rotated onto
---@field fold lis.Tensor? i32 [users]; nil where every row reads the same graph
---@field latest integer time of the latest event it depends on
---@field card table window, counts, coverage

local function card_of(preference, log, split, keep, pooled)
  local degree = pooled:row_sums()
  local covered = degree:gt(0)
  local test_items = log.item:take(split.test)
  return {
    preference = preference.name, settings = preference.settings,
    events = keep:count(), users = #log.user:take(keep:nonzero()):unique(),
    pairs = pooled:nnz() // 2, items_covered = covered:count(),
    test_rows_covered = covered:take(test_items):count() / #split.test,
    hash = pooled:hash(),
  }
end

-- Events of the constructor up to and including `last`, as a mask.
local function window(preference, log, last)
  local keep = preference.events(log):land(log.time:le(last))
  if keep:count() == 0 then
    error(("preference '%s': no event up to time %d; nothing to build pairs from"):format(
      preference.name, last), 0)
  end
  return keep
end

local function latest_time(log, keep)
  local rows = keep:nonzero()
  return log.time[rows[#rows] + 1]
end

local function artefact(source, preference, log, split, keep, fold, folds)
  local pooled = preference.pairs(log, keep)
  local graphs = {}
  if fold then
    local fold_of_row = fold:take(log.user)
    for k = 0, folds - 1 do
      graphs[k + 1] = preference.pairs(log, keep:land(fold_of_row:ne(k)))
    end
  else
    graphs[1] = pooled
  end
  return {
    source = source, preference = preference.name, graphs = graphs, pooled = pooled, fold = fold,
    latest = latest_time(log, keep), card = card_of(preference, log, split, keep, pooled),
  }
end

local fold_options = {
  folds = { default = 5, type = "integer", min = 2, max = 100 },
  seed = { default = 1, type = "integer" },
}

--- Leaks train and test window, cross-fitted by user: rows of a user in fold k see the pairs of every
--- other fold, so nobody's own click scores itself. The default estimate of LIS.
---@param preference lis.Preference
---@param log lis.Log
---@param split lis.Split
---@param options { folds: integer?, seed: integer? }?
---@return lis.Artefact
function leak.crossfit(preference, log, split, options)
  options = check.options(options, fold_options, "lis.leak.crossfit")
  return artefact("crossfit", preference, log, split, window(preference, log, split.test_to),
    core.base.user_folds(log.users, options.folds, options.seed), options.folds)
end

--- Leaks everybody's events to everybody: a loose bound that includes self-leakage. Reported beside
--- the cross-fit figure, never instead of it.
---@param preference lis.Preference
---@param log lis.Log
---@param split lis.Split
---@return lis.Artefact
function leak.naive(preference, log, split)
  return artefact("naive", preference, log, split, window(preference, log, split.test_to))
end

--- Leaks nothing: events strictly before the test window, cross-fitted like the leaked table so that
--- train rows and test rows are built the same way. What memory alone gives, and what an encoder is
--- aligned on.
---@param preference lis.Preference
---@param log lis.Log
---@param split lis.Split
---@param options { folds: integer?, seed: integer? }?
---@return lis.Artefact
function leak.history(preference, log, split, options)
  options = check.options(options, fold_options, "lis.leak.history")
  return artefact("history", preference, log, split, window(preference, log, split.test_from - 1),
    core.base.user_folds(log.users, options.folds, options.seed), options.folds)
end

--- The placebo: item labels permuted jointly in every fold, `P C P'`. Same graph, same degrees, same
--- spectrum, no meaning.
---@param source lis.Artefact
---@param seed integer?
---@return lis.Artefact
function leak.placebo(source, seed)
  local permutation = core.base.permutation(source.pooled:rows(), seed or 1, "placebo")
  local graphs = {}
  for k, graph in ipairs(source.graphs) do graphs[k] = graph:permute(permutation) end
  return {
    source = "placebo", preference = source.preference, fold = source.fold, latest = source.latest,
    graphs = graphs, card = source.card,
    pooled = source.fold and source.pooled:permute(permutation) or graphs[1],
  }
end

--- Refuses an artefact that knows more than its consumer may.
---@param thing { latest: integer?, name: string?, source: string? } anything that carries a taint
---@param cutoff integer the consumer's rule: every event it depends on lies strictly before
---@param consumer string
function leak.require_before(thing, cutoff, consumer)
  if thing.latest and thing.latest >= cutoff then
    error(("%s must know nothing from time %d on, but '%s' depends on an event at %d; build it with "
      .. "lis.leak.history, or declare the arm as leaked"):format(
        consumer, cutoff, thing.name or thing.source or "an artefact", thing.latest), 0)
  end
end

return leak
