--- Derives a saved study's figures again, from the stored scores and labels alone, and compares.
local outcome = require "lis.study.outcome"
local rolling = require "lis.study.rolling"
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

-- Metrics that the recipe registered itself are known to it alone: their rows are dropped, their names returned.
local function without_own_metrics(figures, left_out)
  local known = {}
  for _, name in ipairs(score.names()) do known[name] = true end
  local function kept(rows)
    local out = {}
    for _, row in ipairs(rows or {}) do
      if known[row.metric] then
        out[#out + 1] = row
      elseif not left_out[row.metric] then
        left_out[row.metric] = true
        left_out[#left_out + 1] = row.metric
      end
    end
    return out
  end
  figures.arms = kept(figures.arms)
  for _, row in ipairs(figures.scores) do row.by_metric = kept(row.by_metric) end
end

-- The arms and test rows that stored figures came from.
local function read(folder, stored)
  local arms = {}
  for i, row in ipairs(stored.arms) do
    arms[i] = { preference = row.preference, source = row.source, runs = {} }
    for seed, key in ipairs(row.keys) do arms[i].runs[seed] = store.read_run(folder, key) end
  end
  return arms, store.read_test(folder, stored.test)
end

---@class lis.Verified
---@field arms integer
---@field rows integer of the test window, or of all windows
---@field left_out string[] the recipe's own metrics

-- One study; the windows of a rolling one each by itself, then their trends.
local function verify_study(folder, result, seen, differences)
  without_own_metrics(result, seen.left_out)
  local arms, test = read(folder, result.store)
  local figures = outcome.figures(arms, test, result.data.users)
  local groups = store.read_groups(folder, result.store.test, result.cohorts)
  outcome.extend({ dose = result.settings.dose, horizon = result.settings.horizon, split = result.data },
    figures, groups, arms, test, result.data.users)
  compare(result, figures, "results", differences)
  seen.arms, seen.rows = #arms, #test.label
end

local function verify_windows(folder, result, seen, differences)
  local windows = {}
  for i, window in ipairs(result.windows) do
    without_own_metrics(window, seen.left_out)
    local arms, test = read(folder, window.store)
    local figures = outcome.figures(arms, test, result.data.users)
    compare(window, figures, ("results.windows[%d]"):format(i), differences)
    windows[i] = { test_from = window.test_from, test_to = window.test_to, scores = figures.scores }
    seen.arms, seen.rows = seen.arms + #arms, seen.rows + #test.label
  end
  compare(result.trends, rolling.trends(windows), "results.trends", differences)
end

--- What differs between results.json and the scores it came from; an empty list where nothing does.
---@param folder string with results.json, test/ and arms/
---@return string[] differences
---@return lis.Verified looked_at
function verify.folder(folder)
  local result = store.read_result(folder, true)
  local differences, seen = {}, { arms = 0, rows = 0, left_out = {} };
  (result.windows and verify_windows or verify_study)(folder, result, seen, differences)
  return differences, seen
end

return verify
