--- Stage 6, inject: how vectors reach the ranker.
--
-- A channel is a plain table: `name`, `settings`, and `blocks(log, vectors)`, a list of inputs for the
-- ranker: { name, kind, width, feed }. `kind` says what a block describes: the target "item", the "user"
-- (a summary of the history), or the "pair" of both. LIS and AIS go through the same channel at the same
-- width, so that only what the vectors say differs.
local core = require "lis.core"
local check = require "lis.util.check"

local inject = {}

---@class lis.Block
---@field name string input name in the ranker's graph
---@field kind "item"|"user"|"pair"
---@field width integer
---@field feed lis.Tensor|table [rows, width], or { table =, index = } gathered row by row

---@class lis.Channel
---@field name string
---@field settings table
---@field blocks fun(log: lis.Log, vectors: lis.Vectors): lis.Block[]

local function target_block(log, vectors)
  return { name = "target_vector", kind = "item", width = vectors.width,
    feed = { table = vectors.values, index = vectors:index(log) } }
end

local function history_block(log, vectors, max)
  return { name = "history_vector", kind = "user", width = vectors.width,
    feed = core.data.history_mean(log:histories(), vectors.values, { offset = vectors:offset(log), max = max }) }
end

-- Cosines of target and history items: mean, max, last, mean of the top 3, and the share of history
-- items in each of `tiers` equal bins of [-1, 1] (the SimTier histogram).
local function similarity_block(log, vectors, max, tiers)
  local statistics = core.data.similarity(log:histories(), log.item, vectors.values:normalize_rows(), {
    offset = vectors:offset(log), max = max, tiers = tiers,
  })
  return { name = "similarity", kind = "pair", width = statistics:size(2), feed = statistics }
end

local history_option = { default = 50, type = "integer", min = 1 }

--- The target's vector and the mean of the history's vectors, as dense inputs.
---@param options { max: integer? }? max: history items looked at, the latest
---@return lis.Channel
function inject.dense(options)
  options = check.options(options, { max = history_option }, "lis.inject.dense")
  return {
    name = "dense", settings = options,
    blocks = function(log, vectors)
      return { target_block(log, vectors), history_block(log, vectors, options.max) }
    end,
  }
end

local similarity_options = {
  max = history_option,
  tiers = { default = 4, type = "integer", min = 0 },
  dense = { default = true, type = "boolean" },
}

--- Target-to-history similarity statistics and tiers, with the dense blocks beside them unless
--- `dense = false`.
---@param options { max: integer?, tiers: integer?, dense: boolean? }?
---@return lis.Channel
function inject.similarity(options)
  options = check.options(options, similarity_options, "lis.inject.similarity")
  return {
    name = options.dense and "dense + similarity" or "similarity", settings = options,
    blocks = function(log, vectors)
      local similarity = similarity_block(log, vectors, options.max, options.tiers)
      if not options.dense then return { similarity } end
      return { target_block(log, vectors), history_block(log, vectors, options.max), similarity }
    end,
  }
end

--- A channel of your own: `fn(log, vectors)` gives the list of blocks.
---@param name string
---@param fn fun(log: lis.Log, vectors: lis.Vectors): lis.Block[]
---@return lis.Channel
function inject.custom(name, fn)
  return { name = name, settings = { custom = true }, blocks = fn }
end

return inject
