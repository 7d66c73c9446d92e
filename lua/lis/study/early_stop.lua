--- Early stopping: the last train rows by time are held out of training and say when to stop.
--
-- Test rows have no say, or their metrics would be those of the best of several tries. Each arm at each seed
-- stops for itself; what it ends with are its parameters after the epoch that did best on the held-out rows.
local core = require "lis.core"

local early_stop = {}

-- Larger is better.
local judges = {
  auc = function(logits, label) return core.metric.auc(logits, label, { influence = false }).value end,
  logloss = function(logits, label) return -core.metric.logloss(logits, label, { input = "logit" }).value end,
}

---@class lis.EarlyStopping the held-out rows of a study
---@field train lis.Tensor i32 row codes that are left to train on
---@field held lis.Tensor i32 row codes, all later than `train`
---@field label lis.Tensor u8, of `held`
---@field options table metric, patience, and share or rows

-- The place in `train` (1-based) where the held-out rows begin: rows of one timestamp stay together.
local function boundary(log, train, options)
  local held = options.rows or math.floor(#train * options.share)
  local first = math.max(1, #train - held + 1)
  while first > 1 and first <= #train and log.time[train[first - 1] + 1] == log.time[train[first] + 1] do
    first = first - 1
  end
  return first
end

--- The held-out rows; nil where the ranker stops by its number of epochs alone.
---@param study table log, split, ranker
---@return lis.EarlyStopping?
function early_stop.of(study)
  local options, train = study.ranker.settings.early_stop, study.split.train
  if not options then return nil end
  local first = boundary(study.log, train, options)
  local held = first <= #train and train:slice(1, first, #train):copy()
  local label = held and study.log.label:take(held)
  if first == 1 or not held or label:count() == 0 or label:count() == #held then
    error(("lis.study: early_stop holds out %d of %d train rows; both parts need rows, and the held-out ones both "
      .. "labels: change its share or rows"):format(#train - first + 1, #train), 0)
  end
  return { train = train:slice(1, 1, first - 1):copy(), held = held, label = label, options = options }
end

---@class lis.Referee judges one model after each of its epochs
---@field stopping lis.EarlyStopping
---@field copy lis.Model as the model was after its best epoch, optimiser state included
---@field best number
---@field epoch integer the best so far; 0: none
local Referee = {}
Referee.__index = Referee

---@param stopping lis.EarlyStopping
---@param copy lis.Model of the same graph as the one that is judged
---@return lis.Referee
function early_stop.referee(stopping, copy)
  return setmetatable({ stopping = stopping, copy = copy, best = -math.huge, epoch = 0 }, Referee)
end

--- Looks at the model after an epoch.
---@param epoch integer
---@param model lis.Model
---@param feed lis.Feed
---@return boolean go_on
function Referee:look(epoch, model, feed)
  local stopping = self.stopping
  local value = judges[stopping.options.metric](model:predict(feed, stopping.held), stopping.label)
  if self.epoch > 0 and value <= self.best then return epoch - self.epoch < stopping.options.patience end
  self.best, self.epoch = value, epoch
  self.copy:adopt(model)
  return true
end

--- Makes the model what it was after its best epoch.
---@param model lis.Model
function Referee:restore(model)
  model:adopt(self.copy)
  self.copy:close()
end

return early_stop
