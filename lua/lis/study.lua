--- study: composes the stages into one experiment and runs its arms paired over seeds.
--
-- Every arm trains the same ranker on the same rows in the same order with the same seeds; only what the
-- channel is fed differs. The base arm has no channel.
local core = require "lis.core"
local check = require "lis.util.check"
local progress = require "lis.util.progress"
local leak = require "lis.leak"
local arm_of = require "lis.study.arm"
local clock = require "lis.study.clock"
local outcome = require "lis.study.outcome"
local plan = require "lis.study.plan"
local report = require "lis.report"
local store = require "lis.study.store"
local train = require "lis.study.train"

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
  dose = { default = {}, type = "list", of = "number", min = 0, max = 1 },
  horizon = { default = {}, type = "list", of = "number", min = 0 },
  cohorts = { default = {}, type = "list" },
  store = { type = "string" },
  fresh = { default = false, type = "boolean" },
}

--- Plans a study; `study:run()` runs it.
--
-- log, split, ranker, channel: the stages' values. preferences: name -> constructor. encoders: name ->
-- content vectors. table, encoder: options of represent.table and represent.encoder. seeds, folds, width:
-- numbers. options: the recipe's own effective options, stored with the result.
-- dose: shares of the pairs, { 0, 0.25, 0.5, 1 }. horizon: hours of the test window that the leak sees,
-- { 6, 24 }. cohorts: "train_count", "item_age", "user_activity", "category", "covered", or { name =, groups =
-- function(study, source) -> list of { label =, rows = u8 over the log } }. store: a folder that
-- keeps finished arms; fresh: train them again all the same.
---@param options table
---@return lis.Study
function study.new(options)
  return setmetatable(check.options(options, spec, "lis.study"), Study)
end

-- Inputs of the channel for one arm; none for an arm without vectors.
local function blocks_of(self, arm, timer)
  if not arm.vectors then return {} end
  local vectors = timer:time("represent", arm.vectors)
  if not arm.leaked then
    leak.require_before(vectors, self.split.test_from, "arm '" .. arm_of.name(arm) .. "'")
  end
  return timer:time("inject", self.channel.blocks, self.log, vectors)
end

-- One arm at every seed: from the store where it is finished, else trained and stored. Its inputs are
-- built for the first seed that needs them.
local function run_arm(self, arm, disk, options)
  local start, blocks = core.base.clock(), nil
  arm.runs, arm.keys = {}, disk and {}
  for seed = 1, self.seeds do
    options.seed = seed + arm.seed_shift
    local key = disk and disk:key(arm, options.seed)
    local run = key and disk:load(key)
    if run then
      for _ = 1, #run.curve do options.tick() end
    else
      blocks = blocks or blocks_of(self, arm, options.clock)
      run = train.run(self, blocks, options)
      if key then disk:save(key, arm, options.seed, run) end
    end
    arm.runs[seed] = run
    if key then arm.keys[seed] = key end
  end
  arm.seconds = core.base.clock() - start
end

-- A tick that moves the bar and tells `watch`, which may raise to stop.
local function ticker(bar, watch, total)
  local done, name = 0, ""
  return function()
    done = done + 1
    bar:update(done, name)
    if watch then watch(done, total, name) end
  end, function(next_name) name = next_name end
end

--- Runs every arm at every seed and draws the conclusions. With option `store`, each finished arm and
--- seed is on disk at once, and a study that was cut off continues there.
---@param watch (fun(done: integer, total: integer, arm: string))? called after each epoch
---@return lis.Result
function Study:run(watch)
  local log, split, timer = self.log, self.split, clock.new()
  local test = { rows = split.test, label = log.label:take(split.test), user = log.user:take(split.test) }
  local disk = self.store and store.open(self.store, self, test, self.fresh)
  local arms, sources = plan.arms(self)
  local total = #arms * self.seeds * self.ranker.settings.epochs
  local bar = progress.start("arms", total)
  local tick, announce = ticker(bar, watch, total)
  for _, arm in ipairs(arms) do
    announce(arm_of.name(arm))
    run_arm(self, arm, disk, { test = test, clock = timer, tick = tick })
  end
  bar:finish()
  if disk and disk.reused > 0 then
    print(("%d of %d runs taken from %s; --fresh trains them again"):format(
      disk.reused, #arms * self.seeds, self.store))
  end
  return report.new(outcome.of(self, arms, sources, test, timer, disk))
end

return setmetatable(study, { __call = function(_, options) return study.new(options) end })
