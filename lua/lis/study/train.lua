--- Arms at their seeds, trained together: the ranker with the arm's inputs, and what it said of the test rows.
--
-- Runs go through their epochs side by side (core.nn.fit_all), so that threads share the runs and not each run's
-- small batches. What a run gives does not depend on the company it is trained in.
local core = require "lis.core"
local early_stop = require "lis.study.early_stop"
local ranker = require "lis.ranker"

local train = {}

---@class lis.Run one arm at one seed
---@field logits lis.Tensor f32 [test rows], after the last epoch, or the one that early stopping chose
---@field curve number[] test AUC after each epoch
---@field stopped_at integer? the epoch that early stopping chose
---@field seconds number wall, from its first epoch to its last, others' beside it included
---@field cpu number? seconds of all threads; nil where the run came from the store
---@field model lis.Model? as it stands after that epoch, where asked for

---@class lis.RunPlan
---@field blocks lis.Block[] the channel's; empty for the base
---@field seed integer
---@field is_base boolean? residual arms stand on what it said
---@field tower boolean? in a residual study: trained on top of its seed's base
---@field warm lis.Model? to start from: parameters and optimiser state, by name and shape
---@field keep boolean? give the trained model back, open

---@class lis.TrainOptions
---@field test { rows: lis.Tensor, label: lis.Tensor }
---@field clock lis.Clock
---@field bases lis.Residual? where arms learn what their seed's base leaves; bases fill it
---@field tick (fun(plan: lis.RunPlan))? called after each epoch of a run
---@field finished (fun(plan: lis.RunPlan, run: lis.Run))? called as soon as a run is complete
---@field progress (fun(share: number, runs: integer))? called within an epoch of so many runs

local MOST_AT_ONCE <const> = 4 -- runs a thread: enough to keep all busy to the end, few enough for the memory

---@class lis.Fit a run that is being trained
---@field plan lis.RunPlan
---@field model lis.Model
---@field feed lis.Feed
---@field run lis.Run
---@field referee lis.Referee?
---@field said lis.Tensor? what a base says of each row before it learns
local Fit = {}
Fit.__index = Fit

-- Builds models of one run: the whole ranker, or a tower on what its base said.
local function builder(study, plan, bases)
  if not (bases and plan.tower) then
    return function() return ranker.build(study.ranker, study.log, plan.blocks, plan.seed) end
  end
  local said = bases.columns[plan.seed]
  return function() return ranker.residual(study.ranker, study.log, plan.blocks, plan.seed, said) end
end

local function open(study, plan, options, stopping)
  local build = builder(study, plan, options.bases)
  local self = setmetatable({ plan = plan, run = { curve = {}, seconds = core.base.clock(), cpu = 0 } }, Fit)
  self.model, self.feed = build()
  if plan.warm then self.model:adopt(plan.warm) end
  self.referee = stopping and early_stop.referee(stopping, (build())) or nil
  self.said = plan.is_base and options.bases and options.bases:begin() or nil
  return self
end

-- What core.nn.fit_all is to do for one epoch.
function Fit:job(study, rows, epoch)
  local settings = study.ranker.settings
  return {
    model = self.model, feed = self.feed, rows = rows, shuffle_seed = self.plan.seed * 1000 + epoch,
    table_lr = settings.table_lr, dense_lr = settings.dense_lr, l2 = settings.l2,
    ahead = epoch == 1 and self.said or nil,
  }
end

-- Scores the test rows after an epoch; whether there is to be another.
function Fit:look(epoch, test)
  local cpu = core.base.cpu()
  local go_on = not self.referee or self.referee:look(epoch, self.model, self.feed)
  local logits, run = self.model:predict(self.feed, test.rows), self.run
  run.curve[#run.curve + 1] = core.metric.auc(logits, test.label, { influence = false }).value
  if not self.referee or self.referee.epoch == epoch then run.logits = logits end
  run.cpu = run.cpu + core.base.cpu() - cpu
  return go_on
end

function Fit:finish(options, stopping)
  local run, plan, bases = self.run, self.plan, options.bases
  if self.referee then
    self.referee:restore(self.model)
    run.stopped_at = self.referee.epoch
  end
  if self.said then
    local held = stopping and stopping.held
    if held then bases:finish(plan.seed, self.said, held, self.model:predict(self.feed, held)) end
    bases:finish(plan.seed, self.said, options.test.rows, run.logits)
  end
  run.seconds = core.base.clock() - run.seconds
  run.model = plan.keep and self.model or nil
  return run
end

-- Runs that are open, from epoch to epoch until the last has stopped.
local function run_epochs(study, fits, options, stopping)
  local active, rows = fits, stopping and stopping.train or study.split.train
  for epoch = 1, study.ranker.settings.epochs do
    local jobs = {}
    for i, fit in ipairs(active) do jobs[i] = fit:job(study, rows, epoch) end
    local results = options.clock:time("train", core.nn.fit_all, jobs, { progress = function(info)
      if options.progress then options.progress(info.done / info.rows, #jobs) end
    end })
    local left = {}
    for i, fit in ipairs(active) do
      fit.run.cpu = fit.run.cpu + results[i].cpu
      if options.clock:time("predict", fit.look, fit, epoch, options.test) then left[#left + 1] = fit end
      if options.tick then options.tick(fit.plan) end
    end
    active = left
    if #active == 0 then break end
  end
end

-- How many of the runs to open at once, the first being open and having taken so many bytes.
local function at_once(runs, bytes)
  local most = math.min(runs, MOST_AT_ONCE * core.base.threads())
  local fitting = 1 + core.base.memory().room // (2 * math.max(1, bytes))
  local groups = math.ceil(runs / math.max(1, math.min(most, fitting)))
  return math.ceil(runs / groups)
end

-- The bases that residual arms want and that this process has not trained: they came from the store.
local function train_missing_bases(study, plans, options)
  local missing, listed = {}, {}
  for _, plan in ipairs(plans) do
    if plan.tower and not options.bases.columns[plan.seed] and not listed[plan.seed] then
      missing[#missing + 1] = { blocks = {}, seed = plan.seed, is_base = true }
      listed[plan.seed] = true
    end
  end
  if #missing > 0 then
    train.all(study, missing, { test = options.test, clock = options.clock, bases = options.bases })
  end
end

local function close_models(fits)
  for _, fit in ipairs(fits) do
    if not fit.plan.keep then fit.model:close() end
  end
end

--- Trains runs of any arms and seeds.
---@param study table log, split, ranker
---@param plans lis.RunPlan[]
---@param options lis.TrainOptions
---@return lis.Run[] in the order of the plans
function train.all(study, plans, options)
  if options.bases then train_missing_bases(study, plans, options) end
  local stopping, runs, group = early_stop.of(study), {}, nil
  while #runs < #plans do
    local fits <close> = setmetatable({}, { __close = close_models })
    local before = core.base.memory().live
    fits[1] = open(study, plans[#runs + 1], options, stopping)
    group = group or at_once(#plans, core.base.memory().live - before)
    for i = 2, math.min(group, #plans - #runs) do fits[i] = open(study, plans[#runs + i], options, stopping) end
    run_epochs(study, fits, options, stopping)
    for _, fit in ipairs(fits) do
      local run = fit:finish(options, stopping)
      if options.finished then options.finished(fit.plan, run) end
      runs[#runs + 1] = run
    end
  end
  return runs
end

return train
