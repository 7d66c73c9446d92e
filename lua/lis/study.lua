--- study: composes the stages into one experiment and runs its arms paired over seeds.
--
-- Every arm trains the same ranker on the same rows in the same order with the same seeds; only what the
-- channel is fed differs. The base arm has no channel.
local core = require "lis.core"
local check = require "lis.util.check"
local progress = require "lis.util.progress"
local leak = require "lis.leak"
local outcome = require "lis.study.outcome"
local plan = require "lis.study.plan"
local ranker = require "lis.ranker"
local report = require "lis.report"
local score = require "lis.score"

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
  seeds = { default = 3, type = "integer", min = 2, max = 100 },
  folds = { default = 5, type = "integer", min = 2, max = 100 },
  width = { default = 8, type = "integer", min = 1 },
  name = { default = "study", type = "string" },
  options = { default = {}, type = "table" },
}

--- Plans a study; `study:run()` runs it.
--
-- log, split, ranker, channel: the stages' values. preferences: name -> constructor. encoders: name ->
-- content vectors. table, encoder: options of represent.table and represent.encoder. seeds, folds, width:
-- numbers. options: the recipe's own effective options, stored with the result.
---@param options table
---@return lis.Study
function study.new(options)
  return setmetatable(check.options(options, spec, "lis.study"), Study)
end

-- Runs fn and adds its wall seconds to one stage.
local function timed(seconds, stage, fn, ...)
  local start = core.base.clock()
  local result = table.pack(fn(...))
  seconds[stage] = (seconds[stage] or 0) + core.base.clock() - start
  return table.unpack(result, 1, result.n)
end

-- Inputs of the channel for one arm; none for an arm without vectors.
local function blocks_of(self, arm, seconds)
  if not arm.vectors then return {} end
  local vectors = timed(seconds, "represent", arm.vectors)
  if not arm.leaked then
    leak.require_before(vectors, self.split.test_from, "arm '" .. plan.name(arm) .. "'")
  end
  return timed(seconds, "inject", self.channel.blocks, self.log, vectors)
end

-- Trains one arm at one seed; returns the metrics of the test rows and the test AUC after each epoch.
local function train(self, test, blocks, seed, seconds, tick)
  local settings = self.ranker.settings
  local model <close>, feed = ranker.build(self.ranker, self.log, blocks, seed)
  local curve, scored = {}, nil
  for epoch = 1, settings.epochs do
    timed(seconds, "train", model.fit, model, feed, {
      rows = self.split.train, shuffle_seed = seed * 1000 + epoch,
      table_lr = settings.table_lr, dense_lr = settings.dense_lr, l2 = settings.l2,
    })
    local logits = timed(seconds, "predict", model.predict, model, feed, self.split.test)
    scored = timed(seconds, "score", score.rows, logits, test.label, test.user, self.log.users)
    curve[epoch] = scored.auc.value
    tick()
  end
  return scored, curve
end

local function run_arm(self, arm, test, seconds, tick)
  local start = core.base.clock()
  local blocks = blocks_of(self, arm, seconds)
  arm.results, arm.curves = {}, {}
  for seed = 1, self.seeds do
    arm.results[seed], arm.curves[seed] = train(self, test, blocks, seed + arm.seed_shift, seconds, tick)
  end
  arm.seconds = core.base.clock() - start
end

--- Runs every arm at every seed and draws the conclusions.
---@return lis.Result
function Study:run()
  local start, cpu = core.base.clock(), core.base.cpu()
  local seconds = {}
  local test = { label = self.log.label:take(self.split.test), user = self.log.user:take(self.split.test) }
  local arms, cards = plan.arms(self)
  local bar = progress.start("arms", #arms * self.seeds * self.ranker.settings.epochs)
  local done = 0
  for _, arm in ipairs(arms) do
    run_arm(self, arm, test, seconds, function()
      done = done + 1
      bar:update(done, plan.name(arm))
    end)
  end
  bar:finish()
  seconds.total, seconds.cpu = core.base.clock() - start, core.base.cpu() - cpu
  return report.new(outcome.of(self, arms, cards, test, seconds))
end

return setmetatable(study, { __call = function(_, options) return study.new(options) end })
