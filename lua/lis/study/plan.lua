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
---@field made_of any what the vectors are made of: with log and split it determines them
---@field seed_shift integer added to the study's seeds; 0 but for the A/A arm
---@field runs lis.Run[]? one a seed, once trained

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

local function arm(preference, source, leaked, vectors, made_of)
  return { preference = preference, source = source, leaked = leaked, vectors = vectors, made_of = made_of,
    seed_shift = 0 }
end

local function preference_arms(study, key, preference, cards)
  local log, split, folds = study.log, study.split, { folds = study.folds }
  local shape = merged(study.table, study.width)
  local crossfit = once(function() return leak.crossfit(preference, log, split, folds) end)
  local history = once(function() return leak.history(preference, log, split, folds) end)
  cards[key] = function() return crossfit().card end
  local made_of = { preference, folds, shape }
  local arms = {
    arm(key, "crossfit", true, function() return represent.table(crossfit(), shape) end, made_of),
    arm(key, "naive", true, function() return represent.table(leak.naive(preference, log, split), shape) end, made_of),
    arm(key, "history", false, function() return represent.table(history(), shape) end, made_of),
    arm(key, "placebo", true, function() return represent.table(leak.placebo(crossfit()), shape) end, made_of),
  }
  for _, name in ipairs(sorted_keys(study.encoders)) do
    local encoder, adapter = study.encoders[name], merged(study.encoder, study.width)
    arms[#arms + 1] = arm(key, "encoder:" .. name, false, function()
      return represent.encoder(encoder, history(), adapter)
    end, { preference, folds, adapter, encoder })
  end
  return arms
end

local function control_arms(study)
  local width, world = { width = study.width }, study.log.world
  local aa = arm(nil, "aa", false)
  aa.seed_shift = 1000
  local arms = {
    aa,
    arm(nil, "noise", false, function() return represent.noise(study.log.items, width) end, width),
  }
  for _, name in ipairs(sorted_keys(study.encoders)) do
    local encoder = study.encoders[name]
    arms[#arms + 1] = arm(nil, "raw:" .. name, false, function() return represent.raw(encoder, width) end,
      { width, encoder })
  end
  if world then
    arms[#arms + 1] = arm(nil, "oracle", true, function() return represent.oracle(world, width) end,
      { width, world.item_factors })
  end
  return arms
end

--- Every arm in the order in which it is trained: base, each preference data set, controls.
---@param study table the study's settings
---@return lis.Arm[] arms
---@return table<string, fun(): table> cards preference key -> its artefact's card
function plan.arms(study)
  local cards = {}
  local arms = { arm(nil, "base", false) }
  local function append(more) table.move(more, 1, #more, #arms + 1, arms) end
  for _, key in ipairs(sorted_keys(study.preferences)) do
    append(preference_arms(study, key, study.preferences[key], cards))
  end
  append(control_arms(study))
  return arms, cards
end

return plan
