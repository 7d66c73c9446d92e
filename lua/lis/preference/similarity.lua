--- Preferences by item-based collaborative filtering: pair weights that are similarities already.
local core = require "lis.core"
local check = require "lis.util.check"
local memory = require "lis.util.memory"

local similarity = {}

local function engaged(log) return log.label end

-- Both join the items that share a user, and hold their result twice for a moment.
local function announce(name, log, keep, options)
  memory.announce_pairs(name, {
    user = log.user, item = log.item, users = log.users, items = log.items, keep = keep, top_k = options.top_k,
    time = options.max_per_user and log.time or nil, max_per_user = options.max_per_user,
  }, 2)
end

local swing_options = {
  alpha = { default = 1, type = "number", min = 0 },
  max_per_user = { type = "integer", min = 2 },
  max_users = { default = 500, type = "integer", min = 0 },
  top_k = { type = "integer", min = 1 },
  seed = { default = 0, type = "integer" },
}

--- Swing (Yang et al. 2020): items are alike where pairs of users who agree on little else agree on both.
--
--     S[i, j] = sum over pairs {u, v} of users of both of w(u) w(v) / (alpha + |I(u) and I(v)|),
--     w(u) = 1 / sqrt(|I(u)|)
--
-- `max_users`: of an item, at most so many users are listened to (0: all).
---@param options { alpha: number?, max_per_user: integer?, max_users: integer?, top_k: integer?,
---  seed: integer? }?
---@return lis.Preference
function similarity.swing(options)
  options = check.options(options, swing_options, "lis.preference.swing")
  return {
    name = "Swing", label = "items that otherwise different users share", settings = options, events = engaged,
    evidence = function(log, keep)
      announce("Swing", log, keep, options)
      return core.sparse.swing {
        user = log.user, item = log.item, users = log.users, items = log.items, keep = keep, time = log.time,
        alpha = options.alpha, max_per_user = options.max_per_user, max_users = options.max_users,
        top_k = options.top_k, seed = options.seed,
      }
    end,
  }
end

local itemcf_options = {
  similarity = { default = "cosine", choices = { "cosine", "jaccard", "tfidf", "bm25" } },
  top_k = { type = "integer", min = 1 },
  k1 = { default = 1.2, type = "number", min = 0 },
  b = { default = 0.75, type = "number", min = 0, max = 1 },
}

--- Item-based CF: the similarity of two items' user lists.
--
--     cosine   r_i . r_j / (|r_i| |r_j|)                                   (Sarwar et al. 2001)
--     jaccard  |U(i) and U(j)| / |U(i) or U(j)|
--     tfidf    cosine of sqrt(r) idf(u), idf(u) = log(N / (1 + df(u)))      (Salton & Buckley 1988)
--     bm25     dot product of BM25 weights with k1 and b                    (Robertson & Zaragoza 2009)
--
-- Pairs without positive similarity are dropped.
---@param options { similarity: string?, top_k: integer?, k1: number?, b: number? }?
---@return lis.Preference
function similarity.itemcf(options)
  options = check.options(options, itemcf_options, "lis.preference.itemcf")
  return {
    name = "ItemCF " .. options.similarity, label = "items with alike user lists", settings = options,
    events = engaged,
    evidence = function(log, keep)
      announce("ItemCF " .. options.similarity, log, keep, options)
      local ratings = core.sparse.interactions {
        user = log.user, item = log.item, users = log.users, items = log.items, keep = keep,
      }
      local bm25 = options.similarity == "bm25"
      return ratings:itemcf {
        similarity = options.similarity, top_k = options.top_k, k1 = bm25 and options.k1 or nil,
        b = bm25 and options.b or nil,
      }:prune(1e-9)
    end,
  }
end

return similarity
