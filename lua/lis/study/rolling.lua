--- Rolling study: LIS and AIS over consecutive windows, as a served ranker would meet them.
--
-- Each window has its own split; the ranker goes on from the base of the window before, at the same seed:
-- parameters and optimiser state, as a served ranker that never restarts. Every arm of a window starts from
-- the same base, so that only what the channel is fed differs. The preference data is collected anew in each
-- window, or once, in the first, to see how it ages (`frozen`).
local check = require "lis.util.check"
local clock = require "lis.study.clock"
local cost = require "lis.study.cost"
local core = require "lis.core"
local outcome = require "lis.study.outcome"
local plan = require "lis.study.plan"
local report = require "lis.report"
local run = require "lis.study.run"
local split = require "lis.split"
local store = require "lis.study.store"
local trend = require "lis.util.trend"

local rolling = {}

---@class lis.Rolling
local Rolling = {}
Rolling.__index = Rolling

local own = {
  train = { default = 3, type = "integer", min = 1 },
  test = { default = 1, type = "integer", min = 1 },
  step = { type = "integer", min = 1 },
  first = { default = 0, type = "integer", min = 0 },
  warm = { default = true, type = "boolean" },
  frozen = { default = false, type = "boolean" },
}

local not_here = { split = true, dose = true, horizon = true, horizon_step = true, cohorts = true }

--- Plans a rolling study: options of lis.study but `split`, and train, test, step (default: test): days;
-- first: day that the first window's training begins; warm: start from the window before; frozen: the preference
-- data is collected up to the end of the first test window and serves all windows, older in each.
---@param options table
---@param study_spec table<string, lis.spec>
---@return lis.Rolling
function rolling.new(options, study_spec)
  local spec = {}
  for name, option in pairs(own) do spec[name] = option end
  for name, option in pairs(study_spec) do
    if not not_here[name] then spec[name] = option end
  end
  local self = check.options(options, spec, "lis.study.rolling")
  self.step, self.alignment = self.step or self.test, cost.alignment(self.alignment)
  return setmetatable(self, Rolling)
end

--- The splits: as many windows as fit into the log's whole days.
---@return lis.Split[]
function Rolling:splits()
  local splits, begin = {}, self.first
  local days = math.floor(self.log:days()) + 1
  while begin + self.train + self.test <= days do
    splits[#splits + 1] = split.by_day(self.log, {
      train = { begin, begin + self.train - 1 },
      test = { begin + self.train, begin + self.train + self.test - 1 },
    })
    begin = begin + self.step
  end
  if #splits < 2 then
    check.fail("lis.study.rolling", "a log of %d days holds %d windows of %d + %d days; wants at least 2",
      days, #splits, self.train, self.test)
  end
  return splits
end

local function run_window(self, window_split, collected, warm, timer, watch)
  local study = setmetatable({ split = window_split, collected = collected }, { __index = self })
  local test, arms, sources = run.test_of(study), plan.window_arms(study)
  local disk = self.store and store.open(self.store, study, test, self.fresh)
  run.arms(study, arms, { test = test, clock = timer, disk = disk, watch = watch, keep_base = self.warm, warm = warm })
  local figures = timer:time("score", outcome.figures, arms, test, self.log.users)
  for _, row in ipairs(figures.scores) do row.card = timer:time("represent", sources[row.preference].crossfit).card end
  return {
    train_from = window_split.train_from, test_from = window_split.test_from, test_to = window_split.test_to,
    train_rows = #window_split.train, test_rows = #window_split.test, base = figures.arms[1].value,
    arms = figures.arms, scores = figures.scores, store = outcome.store_of(arms, disk),
  }, arms[1].runs
end

local function score_in(window, key)
  for _, score in ipairs(window.scores) do
    if score.preference == key then return score end
  end
end

-- LIS of a window's score, or an encoder's AIS, and its standard error.
local function figure_of(row, encoder)
  if encoder then return row.ais[encoder], row.ais_se[encoder] end
  return row.lis, math.sqrt(row.lis_row_se ^ 2 + row.lis_seed_se ^ 2)
end

-- Trend and half-life of LIS, or of an encoder's AIS, in days since the first test window.
local function trend_of(windows, key, encoder)
  local days, values, errors = {}, {}, {}
  for i, window in ipairs(windows) do
    days[i] = ((window.test_from + window.test_to) / 2 - (windows[1].test_from + windows[1].test_to) / 2) / 86400
    values[i], errors[i] = figure_of(score_in(window, key), encoder)
    errors[i] = math.max(1e-9, errors[i])
  end
  local row = { preference = key, score = encoder and "AIS " .. encoder or "LIS", days = days, values = values,
    errors = errors }
  local line, why = trend.line(days, values, errors)
  row.slope, row.ci, row.p, row.refused = line and line.slope, line and line.ci, line and line.p, why
  local half, reason = trend.half_life(days, values, errors)
  row.half_life_days, row.half_life_refused = half, reason
  return row
end

--- Trends of LIS and of each encoder's AIS, by preference data set.
---@param windows { test_from: integer, test_to: integer, scores: table[] }[]
---@return table[]
function rolling.trends(windows)
  local trends = {}
  for _, score in ipairs(windows[1].scores) do
    trends[#trends + 1] = trend_of(windows, score.preference)
    for encoder in pairs(score.ais) do trends[#trends + 1] = trend_of(windows, score.preference, encoder) end
  end
  table.sort(trends, function(a, b)
    if a.preference ~= b.preference then return a.preference < b.preference end
    return b.score ~= "LIS" and (a.score == "LIS" or a.score < b.score)
  end)
  return trends
end

--- Runs every window in order.
---@param watch (fun(done: integer, total: integer, arm: string))? called after each epoch of a window
---@return lis.Result result windows, trends, settings
function Rolling:run(watch)
  local timer, windows, splits, warm = clock.new(), {}, self:splits(), nil
  for i, window_split in ipairs(splits) do
    local runs
    windows[i], runs = run_window(self, window_split, self.frozen and splits[1] or nil, warm, timer, watch)
    warm = self.warm and runs or nil
  end
  local result = { name = self.name, version = core.base.version, windows = windows, trends = rolling.trends(windows),
    data = outcome.log_data(self.log), settings = outcome.settings(self), machine = core.base.machine() }
  result.timing_s, result.cost = { total = timer:total() }, cost.of(windows[#windows].scores, timer, self.alignment)
  return report.new(result)
end

return rolling
