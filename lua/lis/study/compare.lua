--- Lines up saved studies: the gain of every arm and the LIS of every preference data set in each, and
--- how each differs from the first.
--
-- Studies that scored the same test rows are paired: the influences of both combine user by user and the
-- seeds pair off, so what they share cancels. Others are compared as strangers, and that is said aloud.
local core = require "lis.core"
local score = require "lis.score"
local store = require "lis.study.store"

---@class lis.compare
local compare = {}

-- ---------------------------------------------------------------------------------------------
-- One run

local function label_of(arm) return arm.preference and arm.preference .. ": " .. arm.source or arm.source end

---@class lis.ComparedRun
---@field folder string
---@field name string
---@field version string
---@field result table as results.json has it
---@field test string name of the test rows' folder: the same for the same rows
---@field arms table<string, lis.Metric[]> by name: the metric at each seed
---@field order string[] names of the arms as the study ran them

local function open(folder, metric)
  local result = store.read_result(folder)
  local test = store.read_test(folder, result.store.test)
  local run = { folder = folder, name = result.name, version = result.version, result = result,
    test = result.store.test, arms = {}, order = {} }
  for i, arm in ipairs(result.store.arms) do
    local name, results = label_of(arm), {}
    for seed, key in ipairs(arm.keys) do
      local logits = store.read_run(folder, key).logits
      results[seed] = score.metrics[metric](logits, test.label, test.user, result.data.users)
    end
    run.arms[name], run.order[i] = results, name
  end
  return run
end

local function gain(run, name)
  local results = run.arms[name]
  return results and name ~= "base" and score.difference(results, run.arms.base) or nil
end

-- The headline, by the representation that the study named (lis.study.headline).
local function net(run, preference)
  for _, row in ipairs(run.result.scores) do
    if row.preference == preference then
      local leaked = run.arms[preference .. ": " .. (row.lis_source or "crossfit")]
      return score.difference(leaked, run.arms[preference .. ": placebo"] or run.arms.base)
    end
  end
end

-- ---------------------------------------------------------------------------------------------
-- Two runs

---@class lis.Change
---@field delta number the later minus the first
---@field ci number[] 95 %
---@field p number two-sided, against 0
---@field paired boolean

local function paired(first, later) return first.test == later.test and #first.arms.base == #later.arms.base end

-- Welch's interval of a difference of independent contrasts.
local function of_strangers(a, b)
  local va, vb = a.se ^ 2, b.se ^ 2
  local delta, se = b.delta - a.delta, math.sqrt(va + vb)
  if se == 0 then return { delta = delta, ci = { delta, delta }, p = delta == 0 and 1 or 0, paired = false } end
  local dof = (va + vb) ^ 2 / (va ^ 2 / a.dof + vb ^ 2 / b.dof)
  local reach = core.metric.t_quantile(0.975, dof) * se
  return { delta = delta, ci = { delta - reach, delta + reach }, paired = false,
    p = 2 * (1 - core.metric.t_cdf(math.abs(delta) / se, dof)) }
end

local function change(a, b, is_paired)
  if not (a and b) then return nil end
  if not is_paired then return of_strangers(a, b) end
  local c = score.contrast { { 1, b }, { -1, a } }
  return { delta = c.delta, ci = { c.ci[1], c.ci[2] }, p = c.p, paired = true }
end

-- ---------------------------------------------------------------------------------------------
-- What differs besides

local function flatten(value, path, flat)
  if type(value) ~= "table" then
    flat[path] = tostring(value)
  else
    for key, part in pairs(value) do flatten(part, path == "" and tostring(key) or path .. "." .. key, flat) end
  end
  return flat
end

-- Where a run was written, and how, is no setting of the study.
local irrelevant = { ["options.out"] = true, ["options.fresh"] = true, ["options.quiet"] = true, threads = true,
  ["options.threads"] = true }

local function settings_that_differ(runs)
  local flats, names, rows = {}, {}, {}
  for i, run in ipairs(runs) do
    flats[i] = flatten(run.result.settings, "", {})
    for name in pairs(flats[i]) do names[name] = true end
  end
  for name in pairs(names) do
    local row, differs = { setting = name }, false
    for i in ipairs(runs) do
      row[i] = flats[i][name]
      differs = differs or row[i] ~= row[1]
    end
    if differs and not irrelevant[name] then rows[#rows + 1] = row end
  end
  table.sort(rows, function(a, b) return a.setting < b.setting end)
  return rows
end

local function warnings_of(runs)
  local warnings, first = {}, runs[1]
  local function warn(...) warnings[#warnings + 1] = string.format(...) end
  for i = 2, #runs do
    local run = runs[i]
    if run.result.data.hash ~= first.result.data.hash then
      warn("DIFFERENT DATA: %s was run on %s (hash %s), %s on %s (hash %s); their gains are of different logs",
        run.folder, run.result.data.name, run.result.data.hash, first.folder, first.result.data.name,
        first.result.data.hash)
    elseif run.test ~= first.test then
      warn("DIFFERENT TEST ROWS: %s and %s split the same log in two ways; differences are not paired", run.folder,
        first.folder)
    elseif not paired(first, run) then
      warn("%s has %d seeds and %s %d; differences are not paired", run.folder, #run.arms.base, first.folder,
        #first.arms.base)
    end
    if run.version ~= first.version then
      warn("%s was run by lisrun %s, %s by %s", run.folder, run.version, first.folder, first.version)
    end
  end
  return warnings
end

-- ---------------------------------------------------------------------------------------------

-- Names in the order of the runs that first have them.
local function union(runs, names_of)
  local seen, names = {}, {}
  for _, run in ipairs(runs) do
    for _, name in ipairs(names_of(run)) do
      if not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  return names
end

-- A row a name: what each run has of it, and how each differs from the first run.
local function line_up(runs, names, contrast_of)
  local rows = {}
  for _, name in ipairs(names) do
    local row, contrasts = { name = name, delta = {}, ci = {}, change = {} }, {}
    for i, run in ipairs(runs) do
      local c = contrast_of(run, name)
      contrasts[i] = c
      if c then row.delta[i], row.ci[i] = c.delta, { c.ci[1], c.ci[2] } end
      if i > 1 then row.change[i] = change(contrasts[1], c, paired(runs[1], run)) end
    end
    if next(row.delta) then rows[#rows + 1] = row end
  end
  return rows
end

local function preferences_of(run)
  local names = {}
  for i, row in ipairs(run.result.scores) do names[i] = row.preference end
  return names
end

---@class lis.ComparedRow
---@field name string of an arm, or of a preference data set
---@field delta table<integer, number> by run: gain over the base, or LIS; nil where the run lacks it
---@field ci table<integer, number[]>
---@field change table<integer, lis.Change> by run, from the second on

---@class lis.Comparison
---@field metric string
---@field runs lis.ComparedRun[]
---@field base number[] the base's value in each run
---@field warnings string[]
---@field settings table[] those that differ: { setting =, [run] = value as text }
---@field arms lis.ComparedRow[]
---@field scores lis.ComparedRow[]

--- Lines up the saved studies in some folders. Errors name the folder that holds none, or no scores.
---@param folders string[] at least two; the first is what the others are compared with
---@param metric string? default "auc"
---@return lis.Comparison
function compare.folders(folders, metric)
  metric = metric or "auc"
  local runs, base = {}, {}
  for i, folder in ipairs(folders) do
    runs[i] = open(folder, metric)
    base[i] = score.arm(runs[i].arms.base).value
  end
  return {
    metric = metric, runs = runs, base = base, warnings = warnings_of(runs), settings = settings_that_differ(runs),
    arms = line_up(runs, union(runs, function(run) return run.order end), gain),
    scores = line_up(runs, union(runs, preferences_of), net),
  }
end

return compare
