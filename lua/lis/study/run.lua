--- Runs the arms of a study: each at every seed, from the store where it is finished, else trained.
--
-- Arms are trained in waves: an arm's seeds side by side, and where those are fewer than the threads, several arms'.
local arm_of = require "lis.study.arm"
local core = require "lis.core"
local leak = require "lis.leak"
local live = require "lis.study.live"
local progress = require "lis.util.progress"
local ranker = require "lis.ranker"
local residual = require "lis.study.residual"
local train = require "lis.study.train"

local run = {}

---@class lis.RunOptions
---@field test { rows: lis.Tensor, label: lis.Tensor, user: lis.Tensor }
---@field clock lis.Clock
---@field disk lis.Store? finished runs
---@field watch (fun(done: integer, total: integer, arm: string))? called after each epoch; may raise to stop
---@field keep_base boolean? the base's trained models stay with its runs
---@field warm lis.Run[]? a run a seed, whose model every arm starts from

--- The test rows of a study, with their labels and users.
---@param study table
function run.test_of(study)
  local rows = study.split.test
  return { rows = rows, label = study.log.label:take(rows), user = study.log.user:take(rows) }
end

-- Inputs of the channel for one arm; none for an arm without vectors.
local function blocks_of(study, arm, timer)
  if not arm.vectors then return {} end
  local vectors = timer:time("represent", arm.vectors)
  local function check(thing)
    if not arm.leaked then
      leak.require_before(thing, study.split.test_from, "arm '" .. arm_of.name(arm) .. "'")
    end
  end
  check(vectors)
  local blocks = timer:time("inject", study.channel.blocks, study.log, vectors)
  for _, block in ipairs(blocks) do check(block) end -- a channel may know more than its vectors
  return blocks
end

-- Bytes of the numbers that blocks hold, one a row and column.
local function bytes_of(blocks)
  local bytes = 0
  for _, block in ipairs(blocks) do
    if core.tensor.is(block.feed) then bytes = bytes + 4 * #block.feed * (block.width or 1) end
  end
  return bytes
end

---@class lis.Wave runs that are trained together
---@field plans lis.RunPlan[] with arm, place among its seeds, and key of the store
---@field bytes number of their inputs
---@field first integer? places of its arms in the list
---@field last integer?

---@class lis.StudyRunner
---@field study table
---@field arms lis.Arm[]
---@field options lis.RunOptions
---@field bases lis.Residual?
---@field state lis.Live
---@field bar lis.progress.bar
---@field done integer epochs of all runs
---@field total integer
---@field wave lis.Wave
local Runner = {}
Runner.__index = Runner

local function empty_wave() return { plans = {}, bytes = 0 } end

-- One epoch of a run more is done.
function Runner:count(name)
  self.done = self.done + 1
  self.bar:update(self.done, name)
  if self.options.watch then self.options.watch(self.done, self.total, name) end
end

-- "co-engagement crossfit", "co-engagement crossfit and 4 more"
local function wave_name(self)
  local wave, name = self.wave, arm_of.name(self.arms[self.wave.first])
  return wave.last > wave.first and ("%s and %d more"):format(name, wave.last - wave.first) or name
end

-- Trains the wave and gives its arms their runs.
function Runner:flush()
  local wave, options, begun = self.wave, self.options, core.base.clock()
  if #wave.plans == 0 then return end
  self.state:begin(wave.first, wave.last, #wave.plans)
  local runs = train.all(self.study, wave.plans, {
    test = options.test, clock = options.clock, bases = self.bases,
    tick = function(plan)
      self.state:pass()
      self:count(arm_of.name(plan.arm))
    end,
    finished = function(plan, one)
      if plan.key then options.disk:save(plan.key, plan.arm, plan.seed, one) end
    end,
    progress = function(share, count) self.bar:update(self.done + share * count, wave_name(self)) end,
  })
  local seconds, cpu = core.base.clock() - begun, 1e-9
  for _, one in ipairs(runs) do cpu = cpu + one.cpu end
  for i, plan in ipairs(wave.plans) do
    local arm = plan.arm
    arm.runs[plan.place], runs[i].key = runs[i], plan.key
    arm.seconds = arm.seconds + seconds * runs[i].cpu / cpu
  end
  self.wave = empty_wave()
end

-- Runs of an arm that the store has; plans of those that it has not.
function Runner:look_up(arm)
  local study, options = self.study, self.options
  local disk, is_base, plans = options.disk, arm.source == "base", {}
  local keep = options.keep_base and is_base
  arm.runs, arm.keys, arm.seconds = {}, disk and {}, 0
  for place = 1, study.seeds do
    local seed, warm = place + arm.seed_shift, options.warm and options.warm[place]
    local key = disk and disk:key(arm, seed, warm and warm.key)
    local found = key and disk:load(key, keep and function() return ranker.build(study.ranker, study.log, {}, seed) end)
    if key then arm.keys[place] = key end
    if found then
      arm.runs[place], found.key = found, key
      for _ = 1, #found.curve do self:count(arm_of.name(arm)) end
    else
      plans[#plans + 1] = { arm = arm, place = place, seed = seed, key = key, keep = keep, is_base = is_base,
        tower = arm.vectors ~= nil, warm = warm and warm.model }
    end
  end
  return plans
end

-- Puts an arm's runs into the wave, with inputs made for all of them.
function Runner:join(index, arm, plans)
  local wave, cpu, begun = self.wave, core.base.cpu(), core.base.clock()
  self.state:begin(wave.first or index, index, #wave.plans + #plans)
  local blocks = blocks_of(self.study, arm, self.options.clock)
  arm.inputs_cpu, arm.seconds = core.base.cpu() - cpu, core.base.clock() - begun
  for _, plan in ipairs(plans) do
    plan.blocks = blocks
    wave.plans[#wave.plans + 1] = plan
  end
  wave.first, wave.last, wave.bytes = wave.first or index, index, wave.bytes + bytes_of(blocks)
end

-- Full: the threads have enough to do, or the inputs take an eighth of the memory that is left.
local function is_full(wave)
  return #wave.plans >= core.base.threads() or wave.bytes > core.base.memory().room / 8
end

--- Gives every arm its runs.
---@param study table
---@param arms lis.Arm[] the base first
---@param options lis.RunOptions
function run.arms(study, arms, options)
  local epochs = study.ranker.settings.epochs
  local total, state = #arms * study.seeds * epochs, live.new(arms, epochs)
  local bar <close> = progress.start("arms", total):above(function(room) return state:lines(room) end)
  local self = setmetatable({ study = study, arms = arms, options = options, bases = residual.of(study),
    state = state, bar = bar, done = 0, total = total, wave = empty_wave() }, Runner)
  for index, arm in ipairs(arms) do
    local plans = self:look_up(arm)
    if #plans > 0 then self:join(index, arm, plans) end
    if is_full(self.wave) or (self.bases and index == 1) then self:flush() end -- arms stand on their bases
  end
  self:flush()
  bar:finish()
  local disk = options.disk
  if disk and disk.reused > 0 then
    print(("%d of %d runs taken from %s; fresh = true (--fresh) trains them again"):format(
      disk.reused, #arms * study.seeds, disk.folder))
  end
end

return run
