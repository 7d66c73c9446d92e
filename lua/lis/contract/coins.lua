--- Coin flips: a protocol tried where nothing can be known.
local check = require "lis.util.check"
local inject = require "lis.inject"
local leak = require "lis.leak"
local log = require "lis.log"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local represent = require "lis.represent"
local score = require "lis.score"
local split = require "lis.split"
local study = require "lis.study"

local coins = {}

local spec = {
  preference = { type = "table" },
  channel = { type = "table" },
  ranker = { type = "table" },
  rows = { default = 40000, type = "integer", min = 1000 },
  seeds = { default = 2, type = "integer", min = 2 },
}

local BAND <const> = 4 -- standard errors around 0.5 (our choice): three arms of a sound protocol all lie inside

local function table_of(artefact)
  return function() return represent.table(artefact) end
end

-- The AUC of base, crossfit and naive arm, each with its interval.
local function measured(options)
  local l = log.coin_flips { rows = options.rows, users = options.rows // 10, items = options.rows // 20 }
  local s = split.by_day(l, { train = { 0, 3 }, test = { 4, 5 } })
  local evidence = options.preference or preference.coengagement {}
  local result = study.custom({
    log = l, split = s, ranker = options.ranker or ranker.lr { batch = 256 },
    channel = options.channel or inject.similarity {}, seeds = options.seeds,
  }, {
    { name = "crossfit", leaked = true, vectors = table_of(leak.crossfit(evidence, l, s)) },
    { name = "naive", leaked = true, vectors = table_of(leak.naive(evidence, l, s)) },
  }):run()
  local function of(arm) return score.arm(result.measured[arm].auc) end
  return of "base", of "crossfit", of "naive"
end

local function clause_of(name, arm, auc, meaning)
  local off = math.abs(auc.value - 0.5)
  local says = ("AUC of the %s is %.3f"):format(arm, auc.value)
  return { name = name, holds = off <= BAND * auc.row_se, says = says,
    why = ("%s, %.1f standard errors from 0.5: %s"):format(says, off / auc.row_se, meaning) }
end

--- Clauses that a protocol keeps on a log of coin flips.
---@param options { preference: lis.Preference?, channel: lis.Channel?, ranker: lis.Ranker?, rows: integer?,
---  seeds: integer? }?
---@return table[] clauses
function coins.clauses(options)
  options = check.options(options, spec, "lis.contract.coin_flips")
  local base, crossfit, naive = measured(options)
  local clauses = {
    clause_of("base_knows_nothing", "base", base, "the ranker has seen labels of the test rows"),
    clause_of("crossfit_knows_nothing", "crossfit arm", crossfit,
      "evidence of the other users cannot know a coin; it holds the row's own label"),
  }
  clauses[2].says = ("%s (the naive arm, which sees its own labels: %.3f)"):format(clauses[2].says, naive.value)
  return clauses
end

return coins
