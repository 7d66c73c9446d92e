--- Derives a saved study's figures again, from the stored scores and labels alone, and compares.
local core = require "lis.core"
local outcome = require "lis.study.outcome"
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

local function read_result(folder)
  local path = folder .. "/results.json"
  local file <close>, why = io.open(path, "rb")
  if not file then error(("%s: wanted a folder that a study was saved in (%s)"):format(folder, why), 0) end
  local result = core.base.json_decode(file:read "a")
  if not (result.store and result.arms and result.scores) then
    error(("%s names no stored scores; give lis.study the option store = \"%s\""):format(path, folder), 0)
  end
  return result
end

--- What differs between results.json and the scores it came from; an empty list where nothing does.
---@param folder string with results.json, test/ and arms/
---@return string[] differences
---@return { arms: integer, rows: integer } looked_at
function verify.folder(folder)
  local result = read_result(folder)
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
  return differences, { arms = #arms, rows = #test.label }
end

return verify
