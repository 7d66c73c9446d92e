--- Channels of numbers: vectors as they are, and how the target resembles the history.
local core = require "lis.core"
local check = require "lis.util.check"
local memory = require "lis.util.memory"
local block = require "lis.inject.block"

local dense = {}

local history_option = { default = 50, type = "integer", min = 1 }

-- The table that target and history are looked up in: rows at unit length, columns projected, or as it is.
local function prepared(vectors, options)
  local values = vectors.values
  if options.project then
    local normal = core.tensor.normal({ vectors.width, options.project }, { seed = options.seed, purpose = "project" })
    values = core.tensor.matmul(values, normal) * (1 / math.sqrt(options.project))
  end
  return options.normalise == "rows" and values:normalize_rows() or values
end

-- Some numbers a row are most of what a channel takes on a long log.
local function announce(what, log, width)
  local numbers = log.rows * width
  memory.announce(what, { entries = numbers, bytes = 4 * numbers }, "numbers")
end

local function target_block(log, vectors, values)
  return { name = "target_vector", kind = "item", width = values:size(2),
    feed = { table = values, index = vectors:index(log) } }
end

local function history_block(log, vectors, values, max)
  announce("means of histories", log, values:size(2))
  return { name = "history_vector", kind = "user", width = values:size(2),
    feed = core.data.history_mean(log:histories(), values, { offset = vectors:offset(log), max = max }) }
end

local dense_options = {
  max = history_option,
  normalise = { default = "none", choices = { "none", "rows" } },
  project = { type = "integer", min = 1 },
  seed = { default = 1, type = "integer" },
}

--- The target's vector v_i and the mean of the history's vectors, as dense inputs.
--
--     v -> v R / sqrt(d)  (project = d: R normal, Johnson & Lindenstrauss 1984),  v -> v / |v|  (normalise = "rows")
--
-- `max`: history items looked at, the latest.
---@param options { max: integer?, normalise: string?, project: integer?, seed: integer? }?
---@return lis.Channel
function dense.dense(options)
  options = check.options(options, dense_options, "lis.inject.dense")
  return block.channel("dense", options, function(log, vectors)
    local values = prepared(vectors, options)
    return { target_block(log, vectors, values), history_block(log, vectors, values, options.max) }
  end)
end

local HEAD <const> = 4 -- statistics in front of the tiers

-- Cosines of target and history items: mean, max, last, mean of the top 3, and the share of history
-- items in each of `tiers` equal bins of [-1, 1] (the SimTier histogram).
local function similarity_block(log, vectors, max, tiers)
  announce("similarities", log, HEAD + tiers)
  local statistics = core.data.similarity(log:histories(), log.item, vectors.values:normalize_rows(), {
    offset = vectors:offset(log), max = max, tiers = tiers,
  })
  return { name = "similarity", kind = "pair", width = statistics:size(2), feed = statistics }
end

local similarity_options = {
  max = history_option,
  tiers = { default = 4, type = "integer", min = 0 },
  dense = { default = true, type = "boolean" },
}

--- Target-to-history similarity statistics and tiers, with the dense blocks beside them unless
--- `dense = false`.
--
--     { mean, max, last, mean of top 3 of cos(v_i, v_h) over the history h, share of h in each tier }
---@param options { max: integer?, tiers: integer?, dense: boolean? }?
---@return lis.Channel
function dense.similarity(options)
  options = check.options(options, similarity_options, "lis.inject.similarity")
  return block.channel(options.dense and "dense + similarity" or "similarity", options, function(log, vectors)
    local similarity = similarity_block(log, vectors, options.max, options.tiers)
    if not options.dense then return { similarity } end
    return { target_block(log, vectors, vectors.values), history_block(log, vectors, vectors.values, options.max),
      similarity }
  end)
end

local simtier_options = { max = history_option, tiers = { default = 8, type = "integer", min = 2, max = 256 } }

--- SimTier (Sheng et al. 2024): the histogram alone, the share of the history in each of `tiers` equal bins
--- of cos(v_i, v_h) over [-1, 1].
---@param options { max: integer?, tiers: integer? }?
---@return lis.Channel
function dense.simtier(options)
  options = check.options(options, simtier_options, "lis.inject.simtier")
  return block.channel("SimTier", options, function(log, vectors)
    local all = similarity_block(log, vectors, options.max, options.tiers)
    all.name, all.width = "simtier", options.tiers
    all.feed = all.feed:slice(2, HEAD + 1, HEAD + options.tiers):copy()
    return { all }
  end)
end

--- Similarity as a bias of attention: each event's weight in DIN's attention gets w cos(v_i, v_t), with one
--- trained w that begins at 0.
--
--     y = sum over the history t of (a_t + w cos(v_i, v_t)) e_t,   a_t DIN's own weight, e_t the event's embedding
--
-- For lis.ranker.din, and rankers of your own: the block's kind is "bias", its node a number an event.
---@param options {}?
---@return lis.Channel
function dense.attention_bias(options)
  options = check.options(options, {}, "lis.inject.attention_bias")
  return block.channel("attention bias", options, function(log, vectors)
    local unit = vectors.values:normalize_rows()
    return { { name = "attention_bias", kind = "bias", input = "events", width = vectors.width,
      feed = { table = unit, index = vectors:index(log) },
      events = { table = unit, offset = vectors:offset(log) or core.tensor.new("i32", log.rows) } } }
  end)
end

return dense
