--- The arms of a study: what each is fed, and what each may know.
--
-- Pair graphs are counted once and shared by the arms of one preference data set.
local arm = require "lis.study.arm"
local control = require "lis.study.control"
local dose = require "lis.study.dose"
local horizon = require "lis.study.horizon"
local leak = require "lis.leak"
local represent = require "lis.represent"

local plan = {}

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

---@class lis.Source one preference data set and its pair graphs, each made when first asked for
---@field key string
---@field preference lis.Preference
---@field crossfit fun(): lis.Artefact
---@field history fun(): lis.Artefact
---@field shape table options of the table
---@field folds table options of the folds

local function source_of(study, key)
  local preference, folds = study.preferences[key], { folds = study.folds }
  local split = study.collected or study.split -- a rolling study may collect its evidence once
  return {
    key = key, preference = preference, folds = folds, shape = merged(study.table, study.width),
    crossfit = once(function() return leak.crossfit(preference, study.log, split, folds) end),
    history = once(function() return leak.history(preference, study.log, split, folds) end),
  }
end

local function table_arm(source, name, leaked, artefact)
  return arm.new {
    preference = source.key, source = name, leaked = leaked,
    made_of = { source.preference, source.folds, source.shape },
    vectors = function() return represent.table(artefact(), source.shape) end,
  }
end

-- The leaked table shrunk to the content of one encoder: beside the table the other candidate for LIS.
local function shrunk_arm(study, source, name)
  local encoder, options = study.encoders[name], merged(study.shrunk, study.width)
  return arm.new {
    preference = source.key, source = "shrunk:" .. name, leaked = true,
    made_of = { source.preference, source.folds, options, encoder },
    vectors = function() return represent.shrunk(encoder, source.crossfit(), options) end,
  }
end

local function encoder_arm(study, source, name)
  local encoder, adapter = study.encoders[name], merged(study.encoder, study.width)
  return arm.new {
    preference = source.key, source = "encoder:" .. name,
    made_of = { source.preference, source.folds, adapter, encoder },
    vectors = function() return represent.encoder(encoder, source.history(), adapter) end,
  }
end

local function preference_arms(study, source)
  local arms = {
    table_arm(source, "crossfit", true, source.crossfit),
    table_arm(source, "naive", true, function() return leak.pooled(source.crossfit()) end),
    table_arm(source, "history", false, source.history),
    table_arm(source, "placebo", true, function() return leak.placebo(source.crossfit()) end),
  }
  for _, name in ipairs(sorted_keys(study.encoders)) do
    arms[#arms + 1] = shrunk_arm(study, source, name)
    arms[#arms + 1] = encoder_arm(study, source, name)
  end
  return arms
end

-- What a window of a rolling study runs: LIS and AIS net of the placebo, nothing else.
local in_windows = { crossfit = true, placebo = true }

--- The arms of one window of a rolling study: base, leaked table, placebo, encoders.
---@param study table
---@return lis.Arm[]
---@return table<string, lis.Source> sources preference key -> its pair graphs
function plan.window_arms(study)
  local arms, sources = { arm.new { source = "base" } }, {}
  for _, key in ipairs(sorted_keys(study.preferences)) do
    sources[key] = source_of(study, key)
    for _, one in ipairs(preference_arms(study, sources[key])) do
      if in_windows[one.source] or one.source:match "^encoder:" then arms[#arms + 1] = one end
    end
  end
  return arms, sources
end

--- Every arm in the order in which it is trained: base, each preference data set, controls.
---@param study table the study's settings
---@return lis.Arm[] arms
---@return table<string, lis.Source> sources preference key -> its pair graphs
function plan.arms(study)
  local arms, sources = { arm.new { source = "base" } }, {}
  local function append(more) table.move(more, 1, #more, #arms + 1, arms) end
  for _, key in ipairs(sorted_keys(study.preferences)) do
    sources[key] = source_of(study, key)
    append(preference_arms(study, sources[key]))
    append(dose.arms(study, sources[key]))
    append(horizon.arms(study, sources[key]))
  end
  append(control.arms(study))
  return arms, sources
end

return plan
