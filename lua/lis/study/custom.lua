--- A study of one's own shape: any arms beside the base, paired over rows and seeds, and any difference of them.
--
--     local result = lis.study.custom({ log = log, split = split, ranker = ranker, channel = channel }, {
--       { name = "clicks", leaked = true, vectors = function() return lis.represent.table(clicks) end },
--       { name = "placebo", leaked = true, vectors = function() return lis.represent.table(shuffled) end },
--     }):run()
--     local lis = result:contrast { { 1, "clicks" }, { -1, "placebo" } }
local arm = require "lis.study.arm"
local check = require "lis.util.check"
local clock = require "lis.study.clock"
local core = require "lis.core"
local cost = require "lis.study.cost"
local nearest = require "lis.util.nearest"
local outcome = require "lis.study.outcome"
local report = require "lis.report"
local run = require "lis.study.run"
local score = require "lis.score"
local store = require "lis.study.store"
local text = require "lis.util.text"

local custom = {}

local where <const> = "lis.study.custom"

---@class lis.CustomStudy
local Custom = {}
Custom.__index = Custom

-- Options of lis.study that speak of the log and the training; the rest speak of preference data.
local shared = {
  "log", "split", "ranker", "channel", "seeds", "arms", "name", "options", "store", "fresh",
}

local arm_spec = {
  name = { required = true, type = "string" },
  vectors = { type = "function" },
  leaked = { default = false, type = "boolean" },
  made_of = { type = "any" },
  seed_shift = { default = 0, type = "integer", min = 0 },
}

-- The arms with the base in front, each under a name of its own.
local function arms_of(given)
  check.argument(given, { type = "list", of = "table" }, where, "the list of arms")
  if #given == 0 then check.fail(where, "wants at least one arm beside the base") end
  local arms, seen = { arm.new { source = "base" } }, { base = true }
  for i, one in ipairs(given) do
    local own = check.options(one, arm_spec, ("%s: arm %d"):format(where, i))
    if seen[own.name] then check.fail(where, "two arms are called '%s'", own.name) end
    seen[own.name] = true
    -- Without `made_of`, a stored run is known by the code of `vectors` and what it closes over.
    arms[i + 1] = arm.new { source = own.name, leaked = own.leaked, vectors = own.vectors,
      made_of = own.made_of or own.vectors, seed_shift = own.seed_shift }
  end
  return arms
end

--- Plans one: options of lis.study (log, split, ranker, channel, seeds, arms, name, options, store, fresh) and a list
--- of arms. An arm's `vectors` makes what the channel is fed (none: the base again, at other seeds where `seed_shift`
--- says so). One that may know the test window says `leaked = true`; any other is refused vectors that do. made_of:
--- what the vectors are made of, where the code of `vectors` does not tell (store).
---@param settings table
---@param arms { name: string, vectors: (fun(): lis.Vectors)?, leaked: boolean?, seed_shift: integer?, made_of: any }[]
---@param study_spec table<string, lis.spec>
---@return lis.CustomStudy
function custom.new(settings, arms, study_spec)
  local spec = {}
  for _, name in ipairs(shared) do spec[name] = study_spec[name] end
  local self = check.options(settings, spec, where)
  self.planned, self.preferences, self.dose, self.horizon = arms_of(arms), {}, {}, {}
  return setmetatable(self, Custom)
end

---@class lis.CustomResult
---@field arms lis.ArmRow[]
---@field measured table<string, lis.Metric[][]> by arm and metric: a result a seed
local Result = {}
Result.__index = Result

--- Trains every arm at every seed, or takes it from the store, and measures it.
---@param watch (fun(done: integer, total: integer, arm: string))? called after each epoch
---@return lis.CustomResult
function Custom:run(watch)
  local timer, test, measured = clock.new(), run.test_of(self), {}
  local disk = self.store and store.open(self.store, self, test, self.fresh)
  run.arms(self, self.planned, { test = test, clock = timer, disk = disk, watch = watch })
  local result = timer:time("score", outcome.figures, self.planned, test, self.log.users)
  outcome.describe(result, self, self.planned, test, disk)
  result.schema = report.schema
  for _, one in ipairs(self.planned) do
    measured[one.source] = {}
    for seed, metrics in ipairs(one.results) do
      for metric, value in pairs(metrics) do
        measured[one.source][metric] = measured[one.source][metric] or {}
        measured[one.source][metric][seed] = value
      end
    end
  end
  result.timing_s, result.cost = { total = timer:total() }, cost.of({}, timer)
  return setmetatable(result, { __index = function(_, key)
    if key == "measured" then return measured end -- not for results.json
    return Result[key]
  end })
end

--- Any linear combination of arms, paired over rows and seeds, with its interval:
---
---     result:contrast{ { 1, "both" }, { -0.5, "clicks" }, { -0.5, "carts" } }
---@param terms { [1]: number, [2]: string }[] coefficient, arm
---@param metric string? default "auc"
---@return lis.Contrast
function Result:contrast(terms, metric)
  local combined = {}
  metric = metric or "auc"
  for i, term in ipairs(terms) do
    local results = self.measured[term[2]]
    if not results then
      check.fail("result:contrast", "no arm '%s'%s", tostring(term[2]),
        nearest.hint(tostring(term[2]), nearest.keys(self.measured)))
    end
    if not results[metric] then
      check.fail("result:contrast", "no metric '%s'%s", metric, nearest.hint(metric, nearest.keys(results)))
    end
    combined[i] = { term[1], results[metric] }
  end
  return score.contrast(combined)
end

local function lines_of(self, draw)
  local arms = report.arm_table(self)
  return draw(arms.rows, arms.columns) .. "\n\n" .. text.wrap(self.cost.line, 100)
end

--- Prints the arms with their gains over the base, and the cost. Returns the result.
function Result:print()
  print("\n" .. lines_of(self, text.table))
  return self
end

--- Writes the whole report into a folder, as a study's result does. Returns the result.
---@param folder string (made if missing)
function Result:report(folder)
  report.files(self, folder)
  return self
end

--- Writes results.json and report.md into a folder (made if missing). Returns the result.
---@param folder string
function Result:save(folder)
  core.base.make_folder(folder)
  core.base.save(folder .. "/results.json", core.base.json_encode(self, { indent = 2 }) .. "\n")
  core.base.save(folder .. "/report.md", ("# %s\n\n%s\n"):format(self.name, lines_of(self, text.markdown)))
  return self
end

return custom
