--- Stage 6, inject: how vectors reach the ranker.
--
-- A channel is a plain table: `name`, `settings`, and `blocks(log, vectors)`, a list of inputs for the
-- ranker (lua/lis/inject/block.lua): numbers, ids with an embedding of their own, or ids in place of the
-- target's. LIS and AIS go through the same channel at the same width, so that only what the vectors say
-- differs, and every arm has the same parameters. docs/channels.md has a paragraph for each.
local check = require "lis.util.check"
local block = require "lis.inject.block"
local dense = require "lis.inject.dense"
local ids = require "lis.inject.ids"

---@class lis.inject
local inject = {
  dense = dense.dense, similarity = dense.similarity, simtier = dense.simtier,
  attention_bias = dense.attention_bias,
  id_fuse = ids.id_fuse, codes = ids.codes, proxy = ids.proxy,
}

--- A channel of your own: `fn(log, vectors)` gives the list of blocks.
---@param name string
---@param fn fun(log: lis.Log, vectors: lis.Vectors): lis.Block[]
---@return lis.Channel
function inject.custom(name, fn)
  check.argument(name, { type = "string" }, "lis.inject.custom", "the name")
  check.argument(fn, { type = "function" }, "lis.inject.custom", "the channel")
  return block.channel(name, { custom = true }, fn)
end

return inject
