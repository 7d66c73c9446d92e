--- Runs the arms of a study: each at every seed, from the store where it is finished, else trained.
local arm_of = require "lis.study.arm"
local core = require "lis.core"
local leak = require "lis.leak"
local live = require "lis.study.live"
local progress = require "lis.util.progress"
local ranker = require "lis.ranker"
local residual = require "lis.study.residual"
local train = require "lis.study.train"

local run = {}

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

-- One arm at every seed. Its inputs are built for the first seed that needs them.
local function run_arm(study, arm, options, tick)
  local start, disk, blocks = core.base.clock(), options.disk, nil
  local is_base = arm.source == "base"
  local keep = options.keep_base and is_base
  local bases = (is_base or arm.vectors) and options.bases or nil -- the A/A twin is nobody's base
  arm.runs, arm.keys = {}, disk and {}
  for seed = 1, study.seeds do
    local at, warm = seed + arm.seed_shift, options.warm and options.warm[seed]
    local key = disk and disk:key(arm, at, warm and warm.key)
    local done = key and disk:load(key, keep and function() return ranker.build(study.ranker, study.log, {}, at) end)
    if done then
      for _ = 1, #done.curve do tick() end
    else
      local cpu = core.base.cpu()
      blocks = blocks or blocks_of(study, arm, options.clock)
      arm.inputs_cpu = (arm.inputs_cpu or 0) + core.base.cpu() - cpu
      done = train.run(study, blocks, { seed = at, test = options.test, clock = options.clock, tick = tick,
        keep = keep, warm = warm and warm.model, bases = bases, is_base = is_base })
      if key then disk:save(key, arm, at, done) end
    end
    arm.runs[seed], done.key = done, key
    if key then arm.keys[seed] = key end
  end
  arm.seconds = core.base.clock() - start
end

---@class lis.RunOptions
---@field test { rows: lis.Tensor, label: lis.Tensor, user: lis.Tensor }
---@field clock lis.Clock
---@field disk lis.Store? finished runs
---@field watch (fun(done: integer, total: integer, arm: string))? called after each epoch; may raise to stop
---@field bases lis.Residual? set here, from the study's option `arms`
---@field keep_base boolean? the base's trained models stay with its runs
---@field warm lis.Run[]? a run a seed, whose model every arm starts from

--- The test rows of a study, with their labels and users.
---@param study table
function run.test_of(study)
  local rows = study.split.test
  return { rows = rows, label = study.log.label:take(rows), user = study.log.user:take(rows) }
end

--- Gives every arm its runs.
---@param study table
---@param arms lis.Arm[]
---@param options lis.RunOptions
function run.arms(study, arms, options)
  options.bases = residual.of(study)
  local epochs, done = study.ranker.settings.epochs, 0
  local total = #arms * study.seeds * epochs
  local state = live.new(arms, study.seeds, epochs)
  local bar <close> = progress.start("arms", total):above(function(room) return state:lines(room) end)
  for index, arm in ipairs(arms) do
    local name = arm_of.name(arm)
    state:begin(index)
    run_arm(study, arm, options, function(share)
      if share and share < 1 then return bar:update(done + share, name) end
      if share then return end -- the epoch's own tick follows its test scores
      done = done + 1
      state:pass()
      bar:update(done, name)
      if options.watch then options.watch(done, total, name) end
    end)
  end
  bar:finish()
  local disk = options.disk
  if disk and disk.reused > 0 then
    print(("%d of %d runs taken from %s; fresh = true (--fresh) trains them again"):format(
      disk.reused, #arms * study.seeds, disk.folder))
  end
end

return run
