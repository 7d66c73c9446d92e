--- study: composes the stages into one experiment and runs its arms paired over seeds.
--
-- Every arm trains the same ranker on the same rows in the same order with the same seeds; only what the
-- channel is fed differs. The base arm has no channel.
local check = require "lis.util.check"
local clock = require "lis.study.clock"
local cost = require "lis.study.cost"
local custom = require "lis.study.custom"
local outcome = require "lis.study.outcome"
local plan = require "lis.study.plan"
local report = require "lis.report"
local rolling = require "lis.study.rolling"
local run = require "lis.study.run"
local store = require "lis.study.store"

local study = {}

---@class lis.Study
local Study = {}
Study.__index = Study

local spec = {
  log = { required = true, type = "table" },
  split = { required = true, type = "table" },
  ranker = { required = true, type = "table" },
  channel = { required = true, type = "table" },
  preferences = { required = true, type = "table" },
  encoders = { default = {}, type = "table" },
  table = { default = {}, type = "table" },
  encoder = { default = {}, type = "table" },
  shrunk = { default = {}, type = "table" },
  seeds = { default = 3, type = "integer", min = 2, max = 100 },
  folds = { default = 5, type = "integer", min = 2, max = 100 },
  width = { default = 8, type = "integer", min = 1 },
  arms = { default = "cold", choices = { "cold", "residual" } },
  margin = { default = 0.005, type = "number", above = 0 },
  alignment = { default = {}, type = "table" },
  name = { default = "study", type = "string" },
  options = { default = {}, type = "table" },
  dose = { default = {}, type = "list", of = "number", min = 0, max = 1 },
  horizon = { default = {}, type = "list", of = "number", min = 0 },
  horizon_step = { default = 24, type = "number", above = 0 },
  cohorts = { default = {}, type = "list" },
  store = { type = "string" },
  fresh = { default = false, type = "boolean" },
}

--- Plans a study; `study:run()` runs it.
--
-- log, split, ranker, channel: the stages' values. preferences: name -> constructor. encoders: name ->
-- content vectors. table, encoder, shrunk: options of represent.table, .encoder and .shrunk. seeds, folds, width:
-- numbers. margin: the smallest gain worth an alignment. arms: "cold", each trains the whole ranker anew;
-- "residual", each learns what its seed's base left, for a fifth of the training (lis.study.residual). options: the
-- recipe's own effective options, stored with the result.
-- alignment: what the cost of an MLLM is estimated from, parameters, tokens_per_pair, ... (lis.study.cost).
-- dose: shares of the pairs, { 0, 0.25, 0.5, 1 }. horizon: hours of the test window that the leak sees,
-- { 6, 24 }, past the end of a row's own slice of horizon_step hours. cohorts: "train_count", "item_age",
-- "user_activity", "category", "covered", "support", or { name =, groups = function(study, source) -> list of
-- { label =, rows = u8 over the log } }. store: a folder that keeps finished arms; fresh: train them again all the
-- same.
---@param options table
---@return lis.Study
function study.new(options)
  local self = setmetatable(check.options(options, spec, "lis.study"), Study)
  self.alignment = cost.alignment(self.alignment)
  return self
end

--- Runs every arm at every seed and draws the conclusions. With option `store`, each finished arm and
--- seed is on disk at once, and a study that was cut off continues there.
---@param watch (fun(done: integer, total: integer, arm: string))? called after each epoch
---@return lis.Result
function Study:run(watch)
  local timer, test = clock.new(), run.test_of(self)
  local disk = self.store and store.open(self.store, self, test, self.fresh)
  local arms, sources = plan.arms(self)
  run.arms(self, arms, { test = test, clock = timer, disk = disk, watch = watch })
  return report.new(outcome.of(self, arms, sources, test, timer, disk))
end

--- Runs the study and writes its report into a folder: report.html and what lies beside it.
---@param folder string (made if missing)
---@return lis.Result
function Study:report(folder) return self:run():report(folder) end

--- A study of your own shape: the arms that you name, beside the base; see lis.study.custom.
---@param settings table
---@param arms { name: string, vectors: (fun(): lis.Vectors)?, leaked: boolean?, seed_shift: integer? }[]
---@return lis.CustomStudy
function study.custom(settings, arms) return custom.new(settings, arms, spec) end

--- Repeats a study over consecutive windows; see lis.study.rolling.
---@param options table
---@return lis.Rolling
function study.rolling(options) return rolling.new(options, spec) end

return setmetatable(study, { __call = function(_, options) return study.new(options) end })
