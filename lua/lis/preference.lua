--- Stage 3, preference: which events become pairs, and how pairs are counted.
--
-- A constructor is a plain table: `name`; `label`, what reports print; `events(log)`, a u8 mask of the
-- rows it may use; and `pairs(log, keep)`, a symmetric item x item CSR of the kept rows. Which rows are
-- kept (window, fold) is the business of `leak` alone: a constructor never looks at a split.
local core = require "lis.core"
local check = require "lis.util.check"

local preference = {}

---@class lis.Preference
---@field name string key in results
---@field label string how reports say it
---@field settings table every effective option
---@field events fun(log: lis.Log): lis.Tensor u8 [rows]
---@field pairs fun(log: lis.Log, keep: lis.Tensor): lis.Csr

local pair_options = {
  max_gap = { type = "number", min = 0 },
  max_per_user = { type = "integer", min = 2 },
  discount = { default = "inverse", choices = { "none", "log", "inverse" } },
}

local function cooccurrence(name, label, options, events)
  return {
    name = name, label = label, settings = options, events = events,
    pairs = function(log, keep)
      return core.sparse.cooccurrence {
        user = log.user, item = log.item, users = log.users, items = log.items, keep = keep,
        time = options.max_gap and log.time or nil, max_gap = options.max_gap,
        max_per_user = options.max_per_user, discount = options.discount,
      }
    end,
  }
end

--- Co-engagement: items that the same user engaged with (label 1).
--
-- `max_gap`: seconds between the two events, at most; `max_per_user`: only a user's latest events;
-- `discount`: how little a pair of a very active user counts: "none", "log" or "inverse" (1/(n-1)).
---@param options { max_gap: number?, max_per_user: integer?, discount: string? }?
---@return lis.Preference
function preference.coengagement(options)
  return cooccurrence("co-engagement", "items engaged by the same users",
    check.options(options, pair_options, "lis.preference.coengagement"),
    function(log) return log.label end)
end

--- Co-exposure: items shown to the same user, engaged or not. What the policy shows, not what users want.
---@param options { max_gap: number?, max_per_user: integer?, discount: string? }?
---@return lis.Preference
function preference.coexposure(options)
  return cooccurrence("co-exposure", "items shown to the same users",
    check.options(options, pair_options, "lis.preference.coexposure"),
    function(log) return core.tensor.full("u8", 1, log.rows) end)
end

--- A constructor of your own: `fn(log, keep)` gives the pair graph of the rows with keep = 1.
---@param name string
---@param fn fun(log: lis.Log, keep: lis.Tensor): lis.Csr
---@param events (fun(log: lis.Log): lis.Tensor)? rows it may use; default: engaged rows
---@return lis.Preference
function preference.custom(name, fn, events)
  return {
    name = name, label = name, settings = { custom = true }, pairs = fn,
    events = events or function(log) return log.label end,
  }
end

return preference
