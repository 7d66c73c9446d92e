--- Channels of ids: what the vectors say, said as codes that the ranker learns embeddings of.
local core = require "lis.core"
local check = require "lis.util.check"
local block = require "lis.inject.block"

local ids = {}

local fuse_options = { how = { default = "concat", choices = { "init", "sum", "concat" } } }

--- Vectors fused with a trained embedding e of the item, of the same width.
--
--     init     e_i, starting at v_i         (trained on: the vectors are where learning begins)
--     sum      v_i + e_i                    (v frozen, e starts small)
--     concat   v_i ; e_i
--
-- Vectors that differ by fold give `init` one embedding an item and fold.
---@param options { how: string? }?
---@return lis.Channel
function ids.id_fuse(options)
  options = check.options(options, fuse_options, "lis.inject.id_fuse")
  return block.channel("id fuse, " .. options.how, options, function(log, vectors)
    if options.how == "init" then
      return { { name = "fused_item", kind = "item", input = "ids", width = vectors.width, vocab = #vectors.values,
        feed = vectors:index(log), init = vectors.values } }
    end
    return {
      { name = "target_vector", kind = "item", width = vectors.width,
        feed = { table = vectors.values, index = vectors:index(log) } },
      { name = "fused_item", kind = "item", input = "ids", width = vectors.width, vocab = log.items,
        feed = log.item, add = options.how == "sum" and "target_vector" or nil },
    }
  end)
end

-- [lines, count]: 1 at the line's own code.
local function one_hot(codes, count)
  local unit = core.tensor.new("f32", count, count)
  for c = 1, count do unit:set(c, c, 1) end
  return unit:take(codes)
end

local code_options = {
  levels = { default = 2, type = "integer", min = 1, max = 8 },
  codes = { default = 16, type = "integer", min = 2, max = 4096 },
  dim = { default = 4, type = "integer", min = 1 },
  iterations = { default = 25, type = "integer", min = 1 },
  max = { default = 50, type = "integer", min = 1 },
  history = { default = true, type = "boolean" },
  seed = { default = 0, type = "integer" },
}

-- Level by level: the target's code with an embedding of its own, and the history's share of each code.
-- A linear layer over those shares is the mean of code embeddings over the history.
local function level_blocks(log, vectors, codes, level, options)
  local own = codes:select(2, level):copy()
  local name = "code_" .. level
  local blocks = { { name = name, kind = "item", input = "ids", width = options.dim, vocab = options.codes,
    feed = own:take(vectors:index(log)) } }
  if options.history then
    blocks[2] = { name = name .. "_history", kind = "user", width = options.codes,
      feed = core.data.history_mean(log:histories(), one_hot(own, options.codes),
        { offset = vectors:offset(log), max = options.max }) }
  end
  return blocks
end

--- Residual k-means codes (Juang & Gray 1982) of the vectors as new ids: v ~ c1[code 1] + c2[code 2] + ...
--
-- The target's code of each level gets an embedding of `dim`; of the history, the share of each code
-- (`history = false`: none). `levels`, `codes`, `iterations`, `seed`: of the clustering.
---@param options { levels: integer?, codes: integer?, dim: integer?, iterations: integer?, max: integer?,
---  history: boolean?, seed: integer? }?
---@return lis.Channel
function ids.codes(options)
  options = check.options(options, code_options, "lis.inject.codes")
  return block.channel("codes", options, function(log, vectors)
    local codes = vectors:codes {
      levels = options.levels, codes = options.codes, iterations = options.iterations, seed = options.seed,
    }
    local blocks = {}
    for level = 1, options.levels do
      local more = level_blocks(log, vectors, codes, level, options)
      table.move(more, 1, #more, #blocks + 1, blocks)
    end
    return blocks
  end)
end

local proxy_options = {
  split = { required = true, type = "table", help = "whose train rows are counted" },
  below = { default = 30, type = "integer", min = 1 },
}

-- Of each line of one part: its own item, or the nearest warm one where the item is cold.
local function proxies_of_part(values, warm, items)
  local proxy = core.tensor.arange(items, "i32")
  local known = (values * values):sum(2):gt(0)
  local cold, pool = warm:lnot():land(known):nonzero(), warm:land(known):nonzero()
  if #cold == 0 or #pool == 0 then return proxy end
  local nearest = core.sparse.knn(values:take(pool), { k = 1, metric = "cosine", query = values:take(cold) })
  local row, column = nearest:triples()
  for k = 1, #row do proxy:set(cold[row[k] + 1] + 1, pool[column[k] + 1]) end
  return proxy
end

--- Id proxy: a cold target, with fewer than `below` train rows, is shown to the ranker under the id of the
--- nearest warm item.
--
--     id(i) = i where n_i >= below, else argmax of cos(v_i, v_j) over the j with n_j >= below
--
-- Items without a vector keep their id. No parameter is added: the ranker is the base's.
---@param options { split: lis.Split, below: integer? }
---@return lis.Channel
function ids.proxy(options)
  options = check.options(options, proxy_options, "lis.inject.proxy")
  return block.channel("id proxy", { below = options.below }, function(log, vectors)
    local warm = log.item:take(options.split.train):bincount(log.items):ge(options.below)
    local proxies = {}
    for part = 1, #vectors.values // vectors.items do
      local first = (part - 1) * vectors.items
      proxies[part] = proxies_of_part(vectors.values:slice(1, first + 1, first + vectors.items):copy(), warm,
        vectors.items)
    end
    return { { name = "proxy", kind = "item", input = "replace", replaces = "item", width = 0,
      feed = core.tensor.concat(proxies, 1):take(vectors:index(log)) } }
  end)
end

return ids
