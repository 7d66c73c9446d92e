--- The simulated feed: a recommender whose click probabilities are known exactly.
--
-- It is the default input of the quickstart and the test bed of the protocol: the oracle's vectors and
-- the Bayes AUC are at hand, so an estimate can be held against the truth. See docs/world.md.
local core = require "lis.core"

local world = {}

--- Simulates a feed; every option of core.data.world, all with defaults (docs/world.md).
---@param options { users: integer?, items: integer?, days: integer?, seed: integer? }?
---@return table world columns sorted by time, and the truth: item_factors, content, probability, ...
function world.simulate(options)
  return core.data.world(options or {})
end

return world
