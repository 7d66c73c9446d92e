--- Stage 2, split: by global time, [history | train | test].
--
-- Rows that share a timestamp stay on one side, so that no test row is a training row's neighbour in
-- the same page or bulk upload. Rows before `train` still feed histories and preference data.
local core = require "lis.core"
local check = require "lis.util.check"

local split = {}

---@class lis.Split
---@field train lis.Tensor i32 row codes (0-based), ascending in time
---@field test lis.Tensor i32 row codes
---@field train_from integer time of the first train row
---@field test_from integer time of the first test row: what a base or AIS arm may know ends before it
---@field test_to integer time of the last test row
local Split = {}
Split.__index = Split

function Split:__tostring()
  return ("split: %d train rows, %d test rows from time %d"):format(#self.train, #self.test, self.test_from)
end

-- Rows are 1-based and inclusive here.
local function between(log, train_first, train_last, test_first, test_last)
  if train_first > train_last or test_first > test_last then
    error(("the split leaves %d train rows and %d test rows of %d: both need at least one; "
      .. "many rows share a timestamp, or the shares leave nothing"):format(
        math.max(0, train_last - train_first + 1), math.max(0, test_last - test_first + 1), log.rows), 0)
  end
  local every = core.tensor.arange(log.rows)
  return setmetatable({
    train = every:slice(1, train_first, train_last):copy(),
    test = every:slice(1, test_first, test_last):copy(),
    train_from = log.time[train_first],
    test_from = log.time[test_first],
    test_to = log.time[test_last],
  }, Split)
end

local by_time_options = {
  test = { default = 0.2, type = "number", min = 0, max = 1 },
  history = { default = 0, type = "number", min = 0, max = 1 },
}

--- The last `test` share of rows is the test set; the first `history` share is not trained on.
---@param log lis.Log
---@param options { test: number?, history: number? }?
---@return lis.Split
function split.by_time(log, options)
  options = check.options(options, by_time_options, "lis.split.by_time")
  local function boundary(share)
    local row = math.min(log.rows, math.floor(log.rows * share) + 1)
    return log:first_row_at(log.time[row])
  end
  local test_first = boundary(1 - options.test)
  return between(log, boundary(options.history), test_first - 1, test_first, log.rows)
end

local by_day_options = {
  train = { required = true, type = "table" },
  test = { required = true, type = "table" },
}

--- Whole days, counted from 0 at the first event: `{ train = { 2, 11 }, test = { 12, 13 } }`.
---@param log lis.Log
---@param options { train: integer[], test: integer[] }
---@return lis.Split
function split.by_day(log, options)
  options = check.options(options, by_day_options, "lis.split.by_day")
  local start = log.time[1]
  local function day_begins(day) return log:first_row_at(start + day * 86400) end
  if options.train[2] >= options.test[1] then
    error(("train days end at %d, test days begin at %d: the test must lie after the training"):format(
      options.train[2], options.test[1]), 0)
  end
  return between(log, day_begins(options.train[1]), day_begins(options.train[2] + 1) - 1,
    day_begins(options.test[1]), day_begins(options.test[2] + 1) - 1)
end

return split
