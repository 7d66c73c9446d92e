--- Warm starts: an arm goes on from its seed's base instead of beginning anew.
--
-- The base trains `epochs` passes. An arm takes over the base's parameters and optimiser state as they
-- were `last` passes before the end, and trains those passes with its channel, on the same rows in the
-- same order. What it shares with the base has then seen the same data, and one more arm costs `last` of
-- `epochs` passes. It is quieter (a useless channel moves less) but understates: the base's embeddings
-- have settled before the channel speaks. For ordering data sets cheaply, not for the bound itself.
local ranker = require "lis.ranker"

local warm = {}

---@class lis.Warm
---@field last integer passes that arms train
---@field models table<integer, lis.Model> by seed: the base before its last passes
local Warm = {}
Warm.__index = Warm

--- Warm starts for a study, or nil where it asks for none.
---@param study table ranker, log, warm_epochs: passes that an arm trains; 0: arms begin anew
---@return lis.Warm?
function warm.of(study)
  if study.warm_epochs == 0 then return nil end
  if study.warm_epochs >= study.ranker.settings.epochs then
    error(("lis.study: warm_epochs is %d of the ranker's %d epochs; it must be less, so that the base has trained "
      .. "before its arms begin"):format(study.warm_epochs, study.ranker.settings.epochs), 0)
  end
  return setmetatable({ study = study, last = study.warm_epochs, models = {} }, Warm)
end

--- Passes that come before an arm begins.
function Warm:before() return self.study.ranker.settings.epochs - self.last end

--- Keeps a copy of the base as it is now.
---@param seed integer
---@param model lis.Model
function Warm:keep(seed, model)
  local copy = ranker.build(self.study.ranker, self.study.log, {}, seed)
  copy:adopt(model)
  self.models[seed] = copy
end

--- Starts an arm's model from its seed's base; trains that base where this run has not.
---@param seed integer
---@param model lis.Model
---@param fit fun(model: lis.Model, feed: table, epoch: integer)
---@param former lis.Model? what that base itself goes on from: the window before
function Warm:start(seed, model, fit, former)
  if not self.models[seed] then
    local base, feed = ranker.build(self.study.ranker, self.study.log, {}, seed)
    if former then base:adopt(former) end
    for epoch = 1, self:before() do fit(base, feed, epoch) end
    self.models[seed] = base
  end
  model:adopt(self.models[seed])
end

return warm
