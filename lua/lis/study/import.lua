--- Score import: the statistics of a study from scores that another ranker wrote, without training.
--
-- One table holds the test rows: row id, user, label, and a column of scores for each arm and seed. Or the
-- scores of an arm lie in a file of their own (row id, score), joined on the row id. A column or file is named
--
--     base@1   base@2   co-click:crossfit@1   co-click:placebo@1   co-click:encoder:text@1   noise
--
-- PREFERENCE:SOURCE@SEED; without a preference a control or the base; without a seed, seed 1.
local check = require "lis.util.check"
local clock = require "lis.study.clock"
local core = require "lis.core"
local cost = require "lis.study.cost"
local distribution = require "lis.study.distribution"
local guard = require "lis.study.guard"
local outcome = require "lis.study.outcome"
local report = require "lis.report"
local score = require "lis.score"
local verdict = require "lis.verdict"

local import = {}

local where <const> = "lis.score_import"

local spec = {
  path = { required = true, type = "string" },
  files = { default = {}, type = "table" },
  row = { default = "row_id", type = "string" },
  user = { default = "user_id", type = "string" },
  label = { default = "label", type = "string" },
  score = { default = "score", type = "string" },
  delimiter = { type = "string" },
  input = { default = "logit", choices = { "logit", "probability" } },
  margin = { default = 0.005, type = "number", above = 0 },
  name = { default = "imported scores", type = "string" },
}

-- Sources that stand without a preference data set.
local controls = { base = true, aa = true, noise = true, oracle = true, popularity = true, raw = true }

--- "co-click:encoder:text@2" -> "co-click", "encoder:text", 2.
---@param name string
---@return string? preference
---@return string source
---@return integer seed
function import.parse(name)
  local arm, seed = name:match "^(.*)@(%d+)$"
  arm = arm or name
  local head, rest = arm:match "^([^:]+):(.+)$"
  if not head or controls[head] then return nil, arm, tonumber(seed) or 1 end
  return head, rest, tonumber(seed) or 1
end

local function open(path, options, types, required)
  return core.data.read_table(path, {
    delimiter = options.delimiter or (path:match "%.csv$" and "," or "\t"), types = types, require = required,
  })
end

local function as_logits(values, options)
  if options.input == "logit" then return values:to "f32" end
  local p = values:to("f64"):clamp(1e-7, 1 - 1e-7)
  return (p / (p * -1 + 1)):log():to "f32"
end

-- Place of each row id, 0-based; an id met twice is an error.
local function places_of(ids, dict, path)
  local place = {}
  for i = 1, #ids do
    local id = dict:decode(ids[i])
    if place[id] then check.fail(where, "%s: row id '%s' stands on two lines", path, id) end
    place[id] = i - 1
  end
  return place
end

-- Scores of a file of its own, in the order of the test rows.
local function joined(path, options, place, rows)
  local source = open(path, options, { [options.row] = "string", [options.score] = "f64" },
    { options.row, options.score })
  local ids, dict, line = source:column(options.row), source:dict(options.row), core.tensor.full("i32", -1, rows)
  for i = 1, #ids do
    local at = place[dict:decode(ids[i])]
    if at then line:set(at + 1, i - 1) end
  end
  local missing = line:lt(0):count()
  if missing > 0 then
    check.fail(where, "%s has no score for %d of %d test rows (first: line %d of the test rows)", path, missing, rows,
      line:lt(0):nonzero()[1] + 1)
  end
  return as_logits(source:column(options.score):take(line), options)
end

-- Adds scores to the arm that a name stands for.
local function add(arms, name, logits)
  local preference, source, seed = import.parse(name)
  local key = (preference or "") .. "\0" .. source
  if not arms[key] then
    arms[key] = { preference = preference, source = source, runs = {}, name = name }
    arms[#arms + 1] = arms[key]
  end
  arms[key].runs[seed] = { logits = logits }
end

-- Arms with the base first; every arm has the base's seeds.
local function ordered(arms)
  local base = arms["\0base"]
  if not base then check.fail(where, "no scores named 'base' (or 'base@1', 'base@2', ...)") end
  local list, has_crossfit, wants = { base }, {}, {}
  for _, arm in ipairs(arms) do
    if arm ~= base then list[#list + 1] = arm end
    if #arm.runs == 0 or #arm.runs ~= #base.runs then
      check.fail(where, "arm '%s' has %d seeds and the base %d; seeds are numbered from 1 and shared", arm.name,
        #arm.runs, #base.runs)
    end
    if arm.preference then wants[arm.preference] = true end
    if arm.source == "crossfit" then has_crossfit[arm.preference] = true end
  end
  for key in pairs(wants) do
    if not has_crossfit[key] then check.fail(where, "preference '%s' has no scores '%s:crossfit'", key, key) end
  end
  if not next(wants) then check.fail(where, "no scores named PREFERENCE:crossfit; LIS needs one") end
  return list
end

local function read(options)
  local source = open(options.path, options,
    { [options.row] = "string", [options.user] = "string", [options.label] = "f64" },
    { options.row, options.user, options.label })
  local fixed, arms = { [options.row] = true, [options.user] = true, [options.label] = true }, {}
  for _, name in ipairs(source:names()) do
    local preference, kind = import.parse(name)
    if not fixed[name] and (preference or controls[kind:match "^[^:]+"]) then
      add(arms, name, as_logits(source:column(name), options))
    end
  end
  local rows, names = source:rows(), {}
  local place = places_of(source:column(options.row), source:dict(options.row), options.path)
  for name in pairs(options.files) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do add(arms, name, joined(options.files[name], options, place, rows)) end
  local test = { label = source:column(options.label):gt(0), user = source:column(options.user) }
  return ordered(arms), test, source:dict(options.user):size()
end

-- Marks the scores of preference data sets that have only the base to be held against.
local function mark_without_placebo(scores, arms)
  local has = {}
  for _, arm in ipairs(arms) do
    if arm.source == "placebo" then has[arm.preference] = true end
  end
  for _, row in ipairs(scores) do row.net_of = has[row.preference] and "placebo" or "base" end
end

local function curves_of(arms)
  local curves = {}
  for i, arm in ipairs(arms) do
    curves[i] = { preference = arm.preference, source = arm.source, auc = {} }
    for seed, result in ipairs(arm.results) do curves[i].auc[seed] = { result.auc.value } end
  end
  return curves
end

--- AUC, GAUC, log loss, LIS, AIS, attainment and verdict from files of scores; the report has the shape of a
--- study's. Without placebo scores LIS is against the base.
--
-- path: the test rows (row, user, label: names of its columns; .csv by comma, else tab) with scores beside
-- them; files: name -> file of row id and `score`; input: whether scores are logits or probabilities.
---@param options { path: string, files: table<string, string>?, row: string?, user: string?, label: string?,
---  score: string?, delimiter: string?, input: string?, margin: number?, name: string? }
---@return lis.Result
function import.run(options)
  options = check.options(options, spec, where)
  local timer = clock.new()
  local arms, test, users = timer:time("read", read, options)
  local result = timer:time("score", outcome.figures, arms, test, users)
  result.name, result.version, result.definitions = options.name, core.base.version, score.definitions()
  result.imported = true
  result.data = { name = options.path, hash = core.base.hash(test.label:hash() .. test.user:hash()),
    rows = #test.label, users = users, items = 0, positive_rate = test.label:count() / #test.label, train_rows = 0,
    test_rows = #test.label }
  result.settings = { ranker = { name = "a ranker of elsewhere" }, channel = { name = "its own" }, width = 0, folds = 0,
    seeds = #arms[1].runs, threads = core.base.threads(), input = options.input, margin = options.margin }
  result.curves, result.distributions = curves_of(arms), distribution.of(arms, test)
  result.machine = core.base.machine()
  mark_without_placebo(result.scores, arms)
  result.guards = guard.all(result)
  for _, row in ipairs(result.scores) do outcome.add_power(row, #test.label, #arms[1].runs, options.margin) end
  result.verdict, result.findings = verdict.of(result)
  for _, row in ipairs(result.scores) do
    if row.net_of == "base" then
      table.insert(result.verdict, ("No placebo scores of %s: its figures are against the base instead."):format(
        row.preference))
    end
  end
  result.timing_s, result.cost = { total = timer:total() }, cost.of(result.scores, timer)
  return report.new(result)
end

return setmetatable(import, { __call = function(_, options) return import.run(options) end })
