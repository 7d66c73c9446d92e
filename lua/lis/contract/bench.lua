--- The small feed that contracts are tried on, and what a clause says where it is broken.
local core = require "lis.core"
local leak = require "lis.leak"
local log = require "lis.log"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local represent = require "lis.represent"
local split = require "lis.split"
local world = require "lis.world"

local bench = { FOLDS = 3, WIDTH = 4 }

---@class lis.Clause
---@field name string
---@field says string what holds, in words
---@field check fun(case: lis.ContractCase) raises where it is broken

---@class lis.ContractCase
---@field make fun(): any the thing under contract, new each time
---@field log lis.Log
---@field split lis.Split
---@field arms table<string, lis.Vectors>? for channels and rankers: what the arms of a study put through

--- Raises the reason unless `holds`.
---@param holds any
---@param format string
function bench.ensure(holds, format, ...)
  if not holds then error(format:format(...), 0) end
end

--- 60 users, 40 items, about 2,400 rows over 4 days, the last one for testing; log.world has the truth, and
--- content.
---@return lis.Log
---@return lis.Split
function bench.log()
  local feed = world.simulate { users = 60, items = 40, days = 4, impressions = 2400, seed = 3 }
  local l = log.from_world(feed)
  return l, split.by_day(l, { train = { 0, 2 }, test = { 3, 3 } })
end

--- A ranker that trains in an instant: one with attention where a block biases it.
---@param blocks lis.Block[]?
---@return lis.Ranker
function bench.ranker(blocks)
  local settings = { dim = 4, hidden = { 4 }, epochs = 1, batch = 256 }
  for _, block in ipairs(blocks or {}) do
    if block.kind == "bias" then return ranker.din(settings) end
  end
  return ranker.deepfm(settings)
end

--- Vectors of each arm of a study, by its name.
---@param l lis.Log
---@param s lis.Split
---@return table<string, lis.Vectors>
function bench.arms(l, s)
  local crossfit = leak.crossfit(preference.coengagement {}, l, s, { folds = bench.FOLDS })
  local history = leak.history(preference.coengagement {}, l, s, { folds = bench.FOLDS })
  local width = { width = bench.WIDTH }
  local content = l.world and l.world.content
    or core.tensor.normal({ l.items, 8 }, { seed = 1, purpose = "contract content" })
  return {
    crossfit = represent.table(crossfit, width), history = represent.table(history, width),
    placebo = represent.table(leak.placebo(crossfit), width),
    encoder = represent.encoder(represent.content("content", content), history, width),
  }
end

--- Parameters of a ranker with the given blocks: how many numbers.
---@param of lis.Ranker
---@param l lis.Log
---@param blocks lis.Block[]
---@return integer
function bench.parameters(of, l, blocks)
  local model <close>, count = of:build(l, blocks, 1), 0
  for _, parameter in pairs(model:parameters()) do count = count + #parameter * parameter:size(2) end
  return count
end

--- Logits of the test rows after one pass over the train rows.
---@param of lis.Ranker
---@param l lis.Log
---@param s lis.Split
---@param blocks lis.Block[]
---@return lis.Tensor
function bench.logits(of, l, s, blocks)
  local model <close>, columns = of:build(l, blocks, 1)
  model:fit(columns, { rows = s.train, shuffle_seed = 1, table_lr = of.settings.table_lr,
    dense_lr = of.settings.dense_lr, l2 = of.settings.l2 })
  return model:predict(columns, s.test)
end

return bench
