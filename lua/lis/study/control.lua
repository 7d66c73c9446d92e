--- Arms that should show nothing, or something known: what every other arm is held against.
local core = require "lis.core"
local arm = require "lis.study.arm"
local represent = require "lis.represent"

local control = {}

-- ln(1 + engagements of the item by users of the other folds), up to and including `last`: [folds * items, 1].
local function popularity(study, last)
  local log, folds = study.log, study.folds
  local fold = core.base.user_folds(log.users, folds, 1)
  local known, fold_of_row = log.label:land(log.time:le(last)), fold:take(log.user)
  local counts = {}
  for k = 0, folds - 1 do
    local items = log.item:take(known:land(fold_of_row:ne(k)):nonzero())
    counts[k + 1] = (items:bincount(log.items) + 1):log():to("f32"):reshape(log.items, 1)
  end
  return core.tensor.concat(counts, 1), fold
end

-- Popularity as a vector of width 1, cross-fitted like the leaked tables.
local function popularity_arm(study, window, last, leaked)
  return arm.new {
    source = "popularity:" .. window, leaked = leaked, made_of = { folds = study.folds, last = last },
    vectors = function()
      local values, fold = popularity(study, last)
      local vectors = represent.raw(represent.content("popularity", values), { width = 1 })
      vectors.items, vectors.part, vectors.latest = study.log.items, fold:take(study.log.user), last
      return vectors
    end,
  }
end

--- Controls of a study.
--
-- aa: the base at other seeds. noise: random vectors. popularity:future and :past: engagement counts up
-- to the end or the start of the test window. raw:NAME: content as it is. oracle: the simulated truth.
---@param study table
---@return lis.Arm[]
function control.arms(study)
  local width, world, split = { width = study.width }, study.log.world, study.split
  local arms = {
    arm.new { source = "aa", seed_shift = 1000 },
    arm.new { source = "noise", made_of = width,
      vectors = function() return represent.noise(study.log.items, width) end },
    popularity_arm(study, "future", split.test_to, true),
    popularity_arm(study, "past", split.test_from - 1, false),
  }
  local names = {}
  for name in pairs(study.encoders) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local encoder = study.encoders[name]
    arms[#arms + 1] = arm.new { source = "raw:" .. name, made_of = { width, encoder },
      vectors = function() return represent.raw(encoder, width) end }
  end
  if world then
    arms[#arms + 1] = arm.new { source = "oracle", leaked = true, made_of = { width, world.item_factors },
      vectors = function() return represent.oracle(world, width) end }
  end
  return arms
end

return control
