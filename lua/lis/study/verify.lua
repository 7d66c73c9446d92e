--- Derives a saved study's figures again, from the stored scores and labels alone, and compares.
local outcome = require "lis.study.outcome"
local score = require "lis.score"
local store = require "lis.study.store"

local verify = {}

-- Same machine code on the same bytes gives the same figures; another processor's sums may differ in the
-- last places.
local tolerance = 1e-9

local function finite(x) return type(x) ~= "number" or x - x == 0 end

local function same(a, b)
  if not finite(b) then return a == nil end -- JSON has no word for it
  if type(a) == "number" and type(b) == "number" then
    return a == b or math.abs(a - b) <= tolerance * math.max(1, math.abs(a), math.abs(b))
  end
  return a == b
end

-- Appends "path: stored X, derived Y" for every leaf of `derived` that `stored` does not repeat.
local function compare(stored, derived, path, differences)
  if type(derived) ~= "table" then
    if not same(stored, derived) then
      differences[#differences + 1] = ("%s: stored %s, derived %s"):format(path, stored, derived)
    end
    return
  end
  if type(stored) ~= "table" then stored = {} end
  if #stored > #derived then
    differences[#differences + 1] = ("%s: stored %d entries, derived %d"):format(path, #stored, #derived)
  end
  local keys = {}
  for key in pairs(derived) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    local step = type(key) == "number" and ("[%d]"):format(key) or "." .. key
    compare(stored[key], derived[key], path .. step, differences)
  end
end

-- Metrics that the recipe registered itself are known to it alone: their figures are left out, by name.
local function without_own_metrics(result)
  local known, left_out, seen = {}, {}, {}
  for _, name in ipairs(score.names()) do known[name] = true end
  local function kept(rows)
    local out = {}
    for _, row in ipairs(rows or {}) do
      if known[row.metric] then
        out[#out + 1] = row
      elseif not seen[row.metric] then
        seen[row.metric] = true
        left_out[#left_out + 1] = row.metric
      end
    end
    return out
  end
  result.arms = kept(result.arms)
  for _, row in ipairs(result.scores) do row.by_metric = kept(row.by_metric) end
  return left_out
end

--- What differs between results.json and the scores it came from; an empty list where nothing does.
---@param folder string with results.json, test/ and arms/
---@return string[] differences
---@return { arms: integer, rows: integer, left_out: string[] } looked_at left_out: the recipe's own metrics
function verify.folder(folder)
  local result = store.read_result(folder)
  local left_out = without_own_metrics(result)
  local test = store.read_test(folder, result.store.test)
  local arms = {}
  for i, row in ipairs(result.store.arms) do
    arms[i] = { preference = row.preference, source = row.source, runs = {} }
    for seed, key in ipairs(row.keys) do arms[i].runs[seed] = store.read_run(folder, key) end
  end
  local differences, users = {}, result.data.users
  local figures = outcome.figures(arms, test, users)
  local groups = store.read_groups(folder, result.store.test, result.cohorts)
  outcome.extend({ dose = result.settings.dose, horizon = result.settings.horizon, split = result.data },
    figures, groups, arms, test, users)
  compare(result, figures, "results", differences)
  return differences, { arms = #arms, rows = #test.label, left_out = left_out }
end

return verify
