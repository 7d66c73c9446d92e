--- Pairs drawn from a weighted graph, for tables that are trained by steps.
local core = require "lis.core"

local sample = {}

--- `n` pairs of a graph, each in proportion to its weight, by systematic sampling: draw k takes the pair at
--- (k + 1/2) / n of the weights laid end to end. No chance but the order, which the trainer shuffles.
---@param graph lis.Csr
---@param n integer
---@return lis.Tensor from i32 [n]
---@return lis.Tensor to i32 [n]
function sample.pairs(graph, n)
  local row, column, value = graph:triples()
  local total = value:sum()
  local picked, at, reached = {}, 1, value[1]
  for k = 1, n do
    local position = (k - 0.5) / n * total
    while reached < position and at < #value do
      at = at + 1
      reached = reached + value[at]
    end
    picked[k] = at - 1
  end
  local codes = core.tensor.from(picked, "i32")
  return row:take(codes), column:take(codes)
end

--- `n` item codes, each item as often as any other (off by one), in an order keyed by seed and purpose.
---@return lis.Tensor i32 [n]
function sample.items(n, items, seed, purpose)
  local place = core.base.permutation(n, seed, purpose):to "f64"
  return (place * (items / n)):clamp(0, items - 1):to "i32"
end

return sample
