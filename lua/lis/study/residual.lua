--- Residual arms: an arm learns what its seed's base leaves unexplained, instead of beginning anew.
--
-- The base trains as ever. What it said of each train row when it met that row for the first time, before it
-- learnt from it, is kept (prequential scores, Dawid 1984): out of sample, as its scores of the test rows are. An
-- arm is then the channel's tower alone on top of that score:
--
--     logit(row) = base(row) + tower(channel(row), base(row)),   base(row) a constant
--
-- The tower trains on the rows, in the order and for the passes of the base; on test rows base(row) is the
-- finished base's. No embedding is trained again: an arm costs a fraction of a base fit, and a channel without
-- information leaves the base as it is. Scores of train rows by the finished base would not do: it has learnt
-- those labels by heart, and the tower would find nothing left. docs/study.md compares with arms trained anew.
local core = require "lis.core"

local residual = {}

---@class lis.Residual
---@field log lis.Log
---@field columns table<integer, lis.Tensor> by seed, finished: f32 [rows of the log]
local Residual = {}
Residual.__index = Residual

--- For a study with arms = "residual"; nil where its arms are trained anew.
---@param study table log, arms
---@return lis.Residual?
function residual.of(study)
  if study.arms ~= "residual" then return nil end
  return setmetatable({ log = study.log, columns = {} }, Residual)
end

--- A column for the base's first pass to fill (option `ahead` of fit).
---@return lis.Tensor
function Residual:begin() return core.tensor.new("f32", self.log.rows) end

--- Keeps the column of a seed, with the finished base's scores of rows that it was not trained on.
---@param seed integer
---@param column lis.Tensor
---@param rows lis.Tensor i32
---@param logits lis.Tensor of these rows
function Residual:finish(seed, column, rows, logits)
  column:scatter_add_(rows, logits - column:take(rows))
  self.columns[seed] = column
end

return residual
