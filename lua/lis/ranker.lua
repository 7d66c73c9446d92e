--- Stage 7, ranker: the click model that is trained with and without the channel.
--
-- A ranker is a function that composes a static graph from its inputs, and the settings it is trained
-- with. The built-ins below are written the way that users write theirs, with `ranker.custom`.
local core = require "lis.core"
local check = require "lis.util.check"

local ranker = {}
ranker.__index = ranker -- so that a ranker builds itself: deepfm:build(log, blocks, seed)

---@class lis.Ranker
---@field name string
---@field settings table every effective option
---@field compose fun(g: lis.Graph, inputs: lis.RankerInputs): lis.Node the logit [batch, 1]

---@class lis.RankerInputs
---@field user lis.Node ids
---@field item lis.Node ids
---@field history lis.Node ids, a sequence
---@field channel { name: string, kind: string, width: integer, node: lis.Node }[] empty in the base arm

local training = {
  epochs = { default = 2, type = "integer", min = 1 },
  batch = { default = 1024, type = "integer", min = 1 },
  table_lr = { default = 0.05, type = "number", min = 0 },
  dense_lr = { default = 1e-3, type = "number", min = 0 },
  l2 = { default = 0, type = "number", min = 0 },
  max_history = { default = 20, type = "integer", min = 1 },
  precision = { default = "f32", choices = { "f32", "bf16" } },
  early_stop = { type = "table" },
}

-- Of early_stop. A share of the train rows, or a number of them, is held out: their last by time.
local stopping = {
  share = { type = "number", above = 0, below = 1 },
  rows = { type = "integer", min = 1 },
  patience = { default = 1, type = "integer", min = 1 },
  metric = { default = "auc", choices = { "auc", "logloss" } },
}

local function with_training(options)
  local all = {}
  for name, option in pairs(training) do all[name] = option end
  for name, option in pairs(options) do all[name] = option end
  return all
end

local warned = false

-- Once a program: bf16 that the processor does not carry gives the results, but not the speed.
local function warn_of_emulation()
  if not warned and core.base.machine().bf16 == "emulated" then
    print "precision = \"bf16\": this processor has no products in bf16; they are emulated, and no faster than f32"
  end
  warned = true
end

-- The checked settings of a ranker; `epochs` is the most there are where it stops early.
local function settings_of(options, spec, where)
  local s = check.options(options, with_training(spec), where)
  if s.precision == "bf16" then warn_of_emulation() end
  if s.early_stop then
    where = where .. ": early_stop"
    s.early_stop = check.options(s.early_stop, stopping, where)
    if s.early_stop.share and s.early_stop.rows then check.fail(where, "takes share or rows, not both") end
    if not s.early_stop.rows then s.early_stop.share = s.early_stop.share or 0.1 end
  end
  return s
end

-- Layers have names of their own, so that an arm can start from its base's parameters by name.
local function mlp(g, x, hidden, name)
  for i, units in ipairs(hidden) do
    x = g:linear(x, { units = units, activation = "relu", name = ("%s_%d"):format(name, i) })
  end
  return g:linear(x, { units = 1, name = name .. "_out" })
end

-- Product of the first item block and the first user block of one width: how target and history agree.
local function agreement(g, channel)
  for _, item in ipairs(channel) do
    for _, user in ipairs(channel) do
      if item.kind == "item" and user.kind == "user" and item.width == user.width then
        return g:product(item.node, user.node)
      end
    end
  end
end

-- What the channel says, as a tower of its own whose output is added to the logit: an MLP over its
-- blocks and the product of item and user vectors. Kept apart from the id embeddings and trained with
-- dropout on its inputs, so that a channel without information costs little and learns to say nothing.
-- nil in the base arm.
local function channel_tower(g, inputs, hidden, dropout)
  local features = {}
  for _, block in ipairs(inputs.channel) do
    if block.kind ~= "bias" then features[#features + 1] = block.node end
  end
  features[#features + 1] = agreement(g, inputs.channel)
  if #features == 0 then return nil end
  local x = g:concat(features)
  if dropout > 0 then x = g:dropout(x, { rate = dropout, name = "tower_dropout" }) end
  return mlp(g, x, hidden, "tower")
end

local custom = { name = { default = "custom", type = "string" }, settings = { default = {}, type = "table" } }

--- A ranker of your own: `compose(g, inputs, settings)` returns the logit node, [batch, 1]. options: the training
--- of the built-in ones (epochs, batch, table_lr, dense_lr, l2, max_history, early_stop), `name`, and `settings`, a
--- table that compose is handed and results.json keeps.
---@param compose fun(g: lis.Graph, inputs: lis.RankerInputs, settings: table): lis.Node
---@param options table?
---@return lis.Ranker
function ranker.custom(compose, options)
  check.argument(compose, { type = "function" }, "lis.ranker.custom", "compose")
  local s = settings_of(options, custom, "lis.ranker.custom")
  return setmetatable({ name = s.name, settings = s, compose = function(g, inputs)
    return compose(g, inputs, s.settings)
  end }, ranker)
end

local function embed(g, input, dim, name) return g:embedding(input, { dim = dim, name = name }) end

-- Field embeddings that most rankers share: user, item, mean of the history's items.
local function fields_of(g, inputs, dim)
  return {
    embed(g, inputs.user, dim, "user"), embed(g, inputs.item, dim, "item"),
    g:bag(inputs.history, { dim = dim, mode = "mean", name = "item" }),
  }
end

local function first_order(g, inputs)
  return { embed(g, inputs.user, 1, "user_bias"), embed(g, inputs.item, 1, "item_bias") }
end

-- The sum of the terms and of the channel's tower.
local function logit(g, inputs, terms, s)
  terms[#terms + 1] = channel_tower(g, inputs, s.tower, s.tower_dropout)
  return #terms > 1 and g:sum(terms) or terms[1]
end

local function refuse_bias(name, channel)
  for _, block in ipairs(channel) do
    if block.kind == "bias" then
      error(("ranker '%s' has no attention that '%s' could bias; take lis.ranker.din, or compose your own"):format(
        name, block.name), 0)
    end
  end
end

-- A built-in: `terms(g, inputs, s)` lists what is summed into the logit beside the channel's tower.
local function built_in(name, where, spec, terms)
  return function(options)
    local s = settings_of(options, spec, where)
    return setmetatable({ name = name, settings = s, compose = function(g, inputs)
      if not spec.attention then refuse_bias(name, inputs.channel) end
      return logit(g, inputs, terms(g, inputs, s), s)
    end }, ranker)
  end
end

-- DIN's unit, its weights a_t moved by what a channel says of target and event: sum of (a_t + w s_t) e_t.
local function weighed_history(g, inputs, item, history, s)
  local sum = g:attention(item, history, { hidden = s.attention, name = "attention" })
  for _, block in ipairs(inputs.channel) do
    if block.kind == "bias" then
      local weights = g:linear(block.node, { units = 1, bias = false, name = block.name })
      sum = sum + g:weighted(weights, history)
    end
  end
  return sum
end

local function tower_of(spec)
  spec.tower = { default = { 16 }, type = "list", of = "integer", min = 1 }
  spec.tower_dropout = { default = 0.2, type = "number", min = 0, below = 1 }
  return spec
end

--- What the built-in rankers are put together from, for one of your own.
ranker.parts = {}

--- { user, item, mean of the history }, each an embedding of `dim`, [batch, dim].
---@type fun(g: lis.Graph, inputs: lis.RankerInputs, dim: integer): lis.Node[]
ranker.parts.fields = fields_of

--- Relu layers of the given widths, then one unit: [batch, 1]. Parameters are named after `name`.
---@type fun(g: lis.Graph, x: lis.Node, hidden: integer[], name: string): lis.Node
ranker.parts.layers = mlp

--- The sum of the terms, each [batch, 1], and of the channel's tower where there is a channel: an MLP over its
--- blocks with dropout on its inputs. What compose returns.
---@param g lis.Graph
---@param inputs lis.RankerInputs
---@param terms lis.Node[]
---@param options { tower: integer[]?, tower_dropout: number? }? default { 16 }, 0.2
---@return lis.Node
function ranker.parts.logit(g, inputs, terms, options)
  options = check.options(options, tower_of {}, "lis.ranker.parts.logit")
  return logit(g, inputs, table.move(terms, 1, #terms, 1, {}), options)
end

local function network(extra)
  local spec = tower_of {
    dim = { default = 8, type = "integer", min = 1 },
    hidden = { default = { 64, 32 }, type = "list", of = "integer", min = 1 },
  }
  for name, option in pairs(extra or {}) do spec[name] = option end
  return spec
end

--- Logistic regression: one weight for each user, each item, and each item in the history (their mean).
ranker.lr = built_in("LR", "lis.ranker.lr", tower_of {}, function(g, inputs)
  local terms = first_order(g, inputs)
  terms[3] = g:bag(inputs.history, { dim = 1, mode = "mean", name = "history_bias" })
  return terms
end)

--- Factorisation machine (Rendle 2010): first-order terms and the pair term over user, item and history.
ranker.fm = built_in("FM", "lis.ranker.fm", tower_of { dim = network().dim },
  function(g, inputs, s)
    local terms = first_order(g, inputs)
    terms[3] = g:fm(fields_of(g, inputs, s.dim))
    return terms
  end)

--- DeepFM (Guo et al. 2017): the factorisation machine and an MLP over the same field embeddings.
---@type fun(options: { dim: integer?, hidden: integer[]?, epochs: integer?, batch: integer? }?): lis.Ranker
ranker.deepfm = built_in("DeepFM", "lis.ranker.deepfm", network(), function(g, inputs, s)
  local terms, fields = first_order(g, inputs), fields_of(g, inputs, s.dim)
  terms[3] = g:fm(fields)
  terms[4] = mlp(g, g:concat(fields), s.hidden, "deep")
  return terms
end)

--- DCN-v2 (Wang et al. 2021), parallel: `layers` cross layers and an MLP over the same field embeddings.
--- `rank`: of the cross layers' matrices; 0 for full ones.
ranker.dcnv2 = built_in("DCN-v2", "lis.ranker.dcnv2", network {
  layers = { default = 2, type = "integer", min = 1 },
  rank = { default = 0, type = "integer", min = 0 },
}, function(g, inputs, s)
  local x0 = g:concat(fields_of(g, inputs, s.dim))
  local x = x0
  for i = 1, s.layers do x = g:cross(x0, x, { rank = s.rank, name = "cross_" .. i }) end
  local terms = first_order(g, inputs)
  terms[3] = g:linear(x, { units = 1, name = "cross_out" })
  terms[4] = mlp(g, x0, s.hidden, "deep")
  return terms
end)

--- DIN (Zhou et al. 2018): the history attends to the target item, then an MLP.
---@type fun(options: { dim: integer?, hidden: integer[]?, attention: integer?, epochs: integer? }?): lis.Ranker
ranker.din = built_in("DIN", "lis.ranker.din", network {
  attention = { default = 16, type = "integer", min = 1 },
}, function(g, inputs, s)
  local item = embed(g, inputs.item, s.dim, "item")
  local history = embed(g, inputs.history, s.dim, "item")
  return { mlp(g, g:concat {
    embed(g, inputs.user, s.dim, "user"), item,
    weighed_history(g, inputs, item, history, s),
  }, s.hidden, "deep") }
end)

-- One transformer block over the history (post-norm, as in the paper): attention in heads, then a
-- position-wise layer, each with its residual and layer normalisation.
local function transformer(g, x, s)
  local function project(name) return g:linear(x, { units = s.dim, name = name }) end
  local attended = g:attend(project "query", project "key", project "value", { heads = s.heads })
  x = g:layer_norm(x + attended, { name = "norm_attended" })
  local inner = g:linear(x, { units = 4 * s.dim, activation = "relu", name = "inner" })
  return g:layer_norm(x + g:linear(inner, { units = s.dim, name = "outer" }), { name = "norm_outer" })
end

--- BST, behaviour sequence transformer (Chen et al. 2019): one transformer block over the history with
--- positions; the target item attends to what comes out, then an MLP.
ranker.bst = built_in("BST", "lis.ranker.bst", network {
  heads = { default = 2, type = "integer", min = 1 },
}, function(g, inputs, s)
  local item = embed(g, inputs.item, s.dim, "item")
  local x = embed(g, inputs.history, s.dim, "item") + g:position(inputs.history, { dim = s.dim, name = "position" })
  local sequence = transformer(g, x, s)
  local terms = first_order(g, inputs)
  terms[3] = mlp(g, g:concat {
    embed(g, inputs.user, s.dim, "user"), item, g:attend(item, sequence, sequence, { heads = s.heads }),
  }, s.hidden, "deep")
  return terms
end)

--- An MLP over the mean of the history and the target item: no user ids, for logs of new users.
ranker.mlp = built_in("MLP", "lis.ranker.mlp", network(), function(g, inputs, s)
  local fields = fields_of(g, inputs, s.dim)
  return { embed(g, inputs.item, 1, "item_bias"),
    mlp(g, g:concat { fields[2], fields[3], g:product(fields[2], fields[3]) }, s.hidden, "deep") }
end)

-- The node of one block; nil where it replaces an input.
local function block_node(g, block, feed, by_name, history)
  if block.input == "replace" then
    feed[block.replaces] = block.feed
    return nil
  end
  feed[block.name] = block.feed
  if block.input == "events" then
    local events = block.name .. "_events"
    feed[events] = block.events
    return g:match(g:dense(block.name, block.width), g:frozen(history, events, block.width))
  end
  if block.input ~= "ids" then return g:dense(block.name, block.width) end
  local node = g:embedding(g:ids(block.name, block.vocab), { dim = block.width, name = block.name .. "_table" })
  local other = block.add and by_name[block.add]
  if other then other.node = other.node + node end
  return not other and node or nil
end

-- Nodes of the blocks, whose columns go into the feed; history: the node that blocks of events are matched with.
local function channel_of(g, blocks, feed, history)
  local channel, by_name = {}, {}
  for _, block in ipairs(blocks) do
    local node = block_node(g, block, feed, by_name, history)
    if node then
      local entry = { name = block.name, kind = block.kind, width = block.width, node = node }
      channel[#channel + 1], by_name[block.name] = entry, entry
    end
  end
  return channel
end

-- Embeddings that begin at given values.
local function set_first_values(model, blocks)
  local parameters
  for _, block in ipairs(blocks) do
    parameters = parameters or model:parameters()
    if block.init then parameters[block.name .. "_table"]:fill(0):add_(block.init) end
    local weight = block.kind == "bias" and parameters[block.name .. ".weight"]
    if weight then weight:fill(0) end -- the arm begins as its base
  end
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
    history = g:history("history", log.items, self.settings.max_history),
  }
  local feed = { user = log.user, item = log.item, history = log:histories(), label = log.label }
  inputs.channel = channel_of(g, blocks, feed, inputs.history)
  g:logistic(self.compose(g, inputs))
  local model = g:build { batch = self.settings.batch, precision = self.settings.precision }
  set_first_values(model, blocks)
  return model, feed
end

--- The channel's tower alone, added to scores that stay as they are (lis.study.residual); it reads them too.
---@param self lis.Ranker
---@param log lis.Log
---@param blocks lis.Block[]
---@param seed integer
---@param said lis.Tensor f32 [rows of the log] logits
---@return lis.Model model, table feed
function ranker.residual(self, log, blocks, seed, said)
  local g, feed, s = core.nn.graph { seed = seed }, { label = log.label, base = said }, self.settings
  local history
  for _, block in ipairs(blocks) do
    if block.input == "events" and not history then
      history, feed.history = g:history("history", log.items, s.max_history), log:histories()
    end
    if block.input == "replace" then
      error(("a residual arm adds to what its base said, but the channel's block '%s' replaces the input '%s'; take "
        .. "another channel, or arms = \"cold\""):format(block.name, block.replaces), 0)
    end
  end
  local base, channel = g:dense("base", 1), channel_of(g, blocks, feed, history)
  channel[#channel + 1] = { name = "base", kind = "base", width = 1, node = base }
  local of = s.tower and s or check.options({}, tower_of {}, "lis.ranker.residual") -- a custom ranker has none
  g:logistic(channel_tower(g, { channel = channel }, of.tower, of.tower_dropout) + base)
  local model = g:build { batch = s.batch, precision = s.precision }
  set_first_values(model, blocks)
  return model, feed
end

return ranker
