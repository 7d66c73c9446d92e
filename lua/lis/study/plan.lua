--- The arms of a study: what each is fed, and what each may know.
--
-- An arm holds the *maker* of its vectors, so that a table lives only while its arm is trained. Pair
-- graphs are counted once and shared by the arms of one preference data set.
local leak = require "lis.leak"
local represent = require "lis.represent"

local plan = {}

---@class lis.Arm
---@field preference string? key of the preference data set; nil for the base and the controls
---@field source string
---@field leaked boolean declared to know the test window
---@field vectors (fun(): lis.Vectors)? nil: no channel
---@field seed_shift integer added to the study's seeds; 0 but for the A/A arm

--- The arm as one string: "co-engagement crossfit", "base".
---@param arm lis.Arm
function plan.name(arm)
  return (arm.preference and arm.preference .. " " or "") .. arm.source
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function merged(options, width)
  local all = { width = width }
  for name, value in pairs(options) do all[name] = value end
  return all
end

local function once(make)
  local made
  return function()
    made = made or make()
    return made
  end
end

local function arm(preference, source, leaked, vectors, seed_shift)
  return { preference = preference, source = source, leaked = leaked, vectors = vectors,
    seed_shift = seed_shift or 0 }
end

local function preference_arms(study, key, preference, cards)
  local log, split, folds = study.log, study.split, { folds = study.folds }
  local shape = merged(study.table, study.width)
  local crossfit = once(function()
    local artefact = leak.crossfit(preference, log, split, folds)
    cards[key] = artefact.card
    return artefact
  end)
  local history = once(function() return leak.history(preference, log, split, folds) end)
  local arms = {
    arm(key, "crossfit", true, function() return represent.table(crossfit(), shape) end),
    arm(key, "naive", true, function() return represent.table(leak.naive(preference, log, split), shape) end),
    arm(key, "history", false, function() return represent.table(history(), shape) end),
    arm(key, "placebo", true, function() return represent.table(leak.placebo(crossfit()), shape) end),
  }
  for _, name in ipairs(sorted_keys(study.encoders)) do
    arms[#arms + 1] = arm(key, "encoder:" .. name, false, function()
      return represent.encoder(study.encoders[name], history(), merged(study.encoder, study.width))
    end)
  end
  return arms
end

local function control_arms(study)
  local width = { width = study.width }
  local arms = {
    arm(nil, "aa", false, nil, 1000),
    arm(nil, "noise", false, function() return represent.noise(study.log.items, width) end),
  }
  for _, name in ipairs(sorted_keys(study.encoders)) do
    arms[#arms + 1] = arm(nil, "raw:" .. name, false, function()
      return represent.raw(study.encoders[name], width)
    end)
  end
  if study.log.world then
    arms[#arms + 1] = arm(nil, "oracle", true, function() return represent.oracle(study.log.world, width) end)
  end
  return arms
end

--- Every arm in the order in which it is trained: base, each preference data set, controls.
---@param study table the study's settings
---@return lis.Arm[] arms, table cards filled as artefacts are made: preference key -> card
function plan.arms(study)
  local cards = {}
  local arms = { arm(nil, "base", false) }
  for _, key in ipairs(sorted_keys(study.preferences)) do
    table.move(preference_arms(study, key, study.preferences[key], cards), 1, 4 + #sorted_keys(study.encoders),
      #arms + 1, arms)
  end
  local controls = control_arms(study)
  return table.move(controls, 1, #controls, #arms + 1, arms), cards
end

return plan
