--- Encoders: frozen content vectors mapped onto what the evidence says, so that every item with content has
--- a vector, also those that no evidence covers.
local core = require "lis.core"
local check = require "lis.util.check"
local contents = require "lis.represent.content"
local tables = require "lis.represent.table"
local vectors = require "lis.represent.vectors"

local encoder = {}

local function check_items(content, artefact)
  if #content.values ~= artefact.items then
    error(("content '%s' has %d items, the artefact '%s' %d: both must be in the order of one log"):format(
      content.name, #content.values, artefact.preference, artefact.items), 0)
  end
end

-- Ridge of the table's vectors on content, weighted by the root of support; f32 [items, width].
local function predict(x, content, table_values, support, artefact, l2)
  local usable = support:gt(0):land(content.covered):nonzero()
  if #usable == 0 then
    error(("encoder '%s' has vectors for none of the items that '%s' covers; nothing to align on"):format(
      content.name, artefact.preference), 0)
  end
  local weights = core.tensor.ridge(x:take(usable), table_values:take(usable), {
    l2 = l2, weight = support:take(usable):sqrt():to "f32",
  })
  return core.tensor.matmul(x, weights)
end

local ridge_options = tables.with { l2 = { default = 1, type = "number", min = 0 } }

--- An encoder aligned on preference data: ridge regression from its frozen vectors to the table's, in closed
--- form, part by part (the cheapest stand-in for fine-tuning an MLLM: a linear adapter).
--
--     W = argmin sum_i sqrt(n_i) |x_i W - z_i|^2 + l2 |W|^2,   r_i = x_i W
---@param content lis.Content
---@param artefact lis.Artefact what the encoder may see: not leaked, for AIS
---@param options { width: integer?, l2: number?, shift: number?, smoothing: number?, seed: integer? }?
---@return lis.Vectors
function encoder.encoder(content, artefact, options)
  options = check.options(options, ridge_options, "lis.represent.encoder")
  check_items(content, artefact)
  local list, pooled = tables.of(artefact, options)
  local x, predicted = contents.standardise(content), {}
  for p in ipairs(artefact.parts) do
    predicted[p] = predict(x, content, list[p], artefact:support(p), artefact, options.l2)
  end
  return vectors.of(artefact, {
    name = content.name .. " aligned on " .. artefact.preference, source = "encoder:" .. content.name,
    values = core.tensor.concat(predicted, 1) * vectors.unit_scale(pooled),
  })
end

local shrunk_options = tables.with { l2 = ridge_options.l2, k = { default = 30, type = "number", min = 0 } }

--- The table shrunk to the content by evidence (docs/preference-data.md): where pairs are few, the content
--- speaks; where they are many, the table.
--
--     v_i = (n_i z_i + k r_i) / (n_i + k)
--
-- z the table, r the ridge prediction of it from content (of the same artefact), n_i the item's support.
---@param content lis.Content
---@param artefact lis.Artefact leaked, for LIS
---@param options { width: integer?, k: number?, l2: number?, shift: number?, smoothing: number?, seed: integer? }?
---@return lis.Vectors
function encoder.shrunk(content, artefact, options)
  options = check.options(options, shrunk_options, "lis.represent.shrunk")
  check_items(content, artefact)
  local list, pooled = tables.of(artefact, options)
  local x, shrunk = contents.standardise(content), {}
  for p in ipairs(artefact.parts) do
    local support = artefact:support(p)
    local predicted = predict(x, content, list[p], support, artefact, options.l2)
    local trust = (support / (support + math.max(options.k, 1e-12))):to("f32"):reshape(artefact.items, 1)
    shrunk[p] = predicted + (list[p] - predicted) * trust
  end
  return vectors.of(artefact, {
    name = ("%s (%s) shrunk to %s"):format(artefact.preference, artefact.source, content.name),
    source = artefact.source .. " shrunk:" .. content.name,
    values = core.tensor.concat(shrunk, 1) * vectors.unit_scale(pooled),
  })
end

return encoder
