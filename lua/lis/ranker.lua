--- Stage 7, ranker: the click model that is trained with and without the channel.
--
-- A ranker is a function that composes a static graph from its inputs, and the settings it is trained
-- with. The built-ins below are written the way that users write theirs, with `ranker.custom`.
local core = require "lis.core"
local check = require "lis.util.check"

local ranker = {}

---@class lis.Ranker
---@field name string
---@field settings table every effective option
---@field compose fun(g: lis.Graph, inputs: lis.RankerInputs): lis.Node the logit [batch, 1]

---@class lis.RankerInputs
---@field user lis.Node ids
---@field item lis.Node ids
---@field history lis.Node ids, a sequence
---@field channel { kind: string, width: integer, node: lis.Node }[] empty in the base arm

local training = {
  epochs = { default = 2, type = "integer", min = 1 },
  batch = { default = 1024, type = "integer", min = 1 },
  table_lr = { default = 0.05, type = "number", min = 0 },
  dense_lr = { default = 1e-3, type = "number", min = 0 },
  l2 = { default = 0, type = "number", min = 0 },
  max_history = { default = 20, type = "integer", min = 1 },
}

local function with_training(options)
  local all = {}
  for name, option in pairs(training) do all[name] = option end
  for name, option in pairs(options) do all[name] = option end
  return all
end

local function mlp(g, x, hidden)
  for _, units in ipairs(hidden) do x = g:linear(x, { units = units, activation = "relu" }) end
  return g:linear(x, { units = 1 })
end

-- What the channel says, as a tower of its own whose output is added to the logit: an MLP over its
-- blocks and the product of item and user vectors. Kept apart from the id embeddings, so that a channel
-- without information costs little and learns to say nothing. nil in the base arm.
local function channel_tower(g, inputs, hidden)
  local features, by_kind = {}, {}
  for i, block in ipairs(inputs.channel) do
    features[i], by_kind[block.kind] = block.node, block.node
  end
  if by_kind.item and by_kind.user then features[#features + 1] = g:product(by_kind.item, by_kind.user) end
  return #features > 0 and mlp(g, g:concat(features), hidden) or nil
end

--- A ranker of your own: `compose(g, inputs)` returns the logit node.
---@param compose fun(g: lis.Graph, inputs: lis.RankerInputs): lis.Node
---@param options table? training settings, and whatever `compose` reads
---@return lis.Ranker
function ranker.custom(compose, options)
  local settings = check.options(options, with_training { name = { default = "custom", type = "string" } },
    "lis.ranker.custom")
  return { name = settings.name, settings = settings, compose = compose }
end

local network = {
  dim = { default = 8, type = "integer", min = 1 },
  hidden = { default = { 64, 32 }, type = "list", of = "integer", min = 1 },
  tower = { default = { 16 }, type = "list", of = "integer", min = 1 },
}

--- DeepFM (Guo et al. 2017): first-order terms, the factorisation machine's pair term and an MLP over
--- the same field embeddings (user, item, mean of the history's items), and the channel's tower.
---@param options { dim: integer?, hidden: integer[]?, epochs: integer?, batch: integer? }?
---@return lis.Ranker
function ranker.deepfm(options)
  local s = check.options(options, with_training(network), "lis.ranker.deepfm")
  return { name = "DeepFM", settings = s, compose = function(g, inputs)
    local fields = {
      g:embedding(inputs.user, { dim = s.dim, name = "user" }),
      g:embedding(inputs.item, { dim = s.dim, name = "item" }),
      g:pool(g:embedding(inputs.history, { dim = s.dim, name = "item" }), "mean"),
    }
    local terms = {
      g:embedding(inputs.user, { dim = 1, name = "user_bias" }),
      g:embedding(inputs.item, { dim = 1, name = "item_bias" }),
      g:fm(fields),
      mlp(g, g:concat(fields), s.hidden),
    }
    terms[#terms + 1] = channel_tower(g, inputs, s.tower)
    return g:sum(terms)
  end }
end

--- DIN (Zhou et al. 2018): the history attends to the target item, then an MLP; the channel's tower
--- beside it.
---@param options { dim: integer?, hidden: integer[]?, attention: integer?, epochs: integer?, batch: integer? }?
---@return lis.Ranker
function ranker.din(options)
  local spec = with_training(network)
  spec.attention = { default = 16, type = "integer", min = 1 }
  local s = check.options(options, spec, "lis.ranker.din")
  return { name = "DIN", settings = s, compose = function(g, inputs)
    local item = g:embedding(inputs.item, { dim = s.dim, name = "item" })
    local history = g:embedding(inputs.history, { dim = s.dim, name = "item" })
    local terms = { mlp(g, g:concat {
      g:embedding(inputs.user, { dim = s.dim, name = "user" }), item,
      g:attention(item, history, { hidden = s.attention }),
    }, s.hidden) }
    terms[#terms + 1] = channel_tower(g, inputs, s.tower)
    return #terms > 1 and g:sum(terms) or terms[1]
  end }
end

--- Builds the graph of one arm and binds it to its columns.
---@param self lis.Ranker
---@param log lis.Log
---@param blocks lis.Block[] of the channel; empty for the base
---@param seed integer initial values and shuffling
---@return lis.Model model, table feed
function ranker.build(self, log, blocks, seed)
  local g = core.nn.graph { seed = seed }
  local inputs = {
    user = g:ids("user", log.users), item = g:ids("item", log.items),
    history = g:history("history", log.items, self.settings.max_history), channel = {},
  }
  local feed = { user = log.user, item = log.item, history = log:histories(), label = log.label }
  for i, block in ipairs(blocks) do
    inputs.channel[i] = { kind = block.kind, width = block.width, node = g:dense(block.name, block.width) }
    feed[block.name] = block.feed
  end
  g:logistic(self.compose(g, inputs))
  return g:build { batch = self.settings.batch }, feed
end

return ranker
