--- Preferences read off who met what: pairs of items that share a user, a session or a row.
local core = require "lis.core"
local check = require "lis.util.check"
local memory = require "lis.util.memory"

local pairs_of = {}

local pair_options = {
  max_gap = { type = "number", min = 0 },
  max_per_user = { type = "integer", min = 2 },
  discount = { default = "inverse", choices = { "none", "log", "inverse" } },
  min_support = { default = 0, type = "number", min = 0 },
  top_k = { type = "integer", min = 1 },
}

-- Written out, so that `lisrun check` can read it.
local with_before = {
  before = { default = false, type = "boolean" },
  max_gap = pair_options.max_gap, max_per_user = pair_options.max_per_user, discount = pair_options.discount,
  min_support = pair_options.min_support, top_k = pair_options.top_k,
}

-- Counts of whole users add up, unless small or light ones were dropped on the way.
local function adds_up(options) return options.min_support == 0 and not options.top_k end

local function engaged(log) return log.label end

local function shown(log) return core.tensor.full("u8", 1, log.rows) end

-- The pair graph of users, or of whatever stands in for them (sessions).
local function count(name, log, keep, options, unit, units)
  local call = {
    user = unit, item = log.item, users = units, items = log.items, keep = keep,
    time = (options.max_gap or options.max_per_user) and log.time or nil, max_gap = options.max_gap,
    max_per_user = options.max_per_user,
    discount = options.discount, min_support = options.min_support, top_k = options.top_k,
  }
  memory.announce_pairs(name, call)
  return core.sparse.cooccurrence(call)
end

-- The rows of a log, and behind them what the users of kept rows engaged with before it began (log.seeds).
local function with_seeds(log, keep)
  local seeds = log.seeds
  local user_of, rows = core.tensor.full("i32", -1, #seeds.offset - 1), keep:nonzero()
  for k = 1, #rows do
    local list = seeds.row[rows[k] + 1]
    if list >= 0 then user_of:set(list + 1, log.user[rows[k] + 1]) end
  end
  local user = user_of:take(core.data.explode(seeds.offset))
  local known, concat = user:ge(0):nonzero(), core.tensor.concat
  local before = core.tensor.full("i64", log.time[1] - 1, #known)
  return {
    users = log.users, items = log.items, user = concat({ log.user, user:take(known) }, 1),
    item = concat({ log.item, seeds.item:take(known) }, 1), time = concat({ log.time, before }, 1),
  }, concat({ keep, core.tensor.full("u8", 1, #known) }, 1)
end

local function by_user(name, label, options, events)
  return {
    name = name, label = label, settings = options, events = events, additive = adds_up(options),
    evidence = function(log, keep)
      if options.before and log.seeds then log, keep = with_seeds(log, keep) end
      return count(name, log, keep, options, log.user, log.users)
    end,
  }
end

--- Co-engagement: items that the same user engaged with (label 1).
--
--     C[i, j] = sum over users u with both of w(u),   w = 1, 1/log2(2 + n(u)) or 1/(n(u) - 1)
--
-- `max_gap`: seconds between the two events, at most; `max_per_user`: only a user's latest events;
-- `discount`: w, "none", "log" (after Breese, Heckerman & Kadie 1998) or "inverse"; `min_support`: pairs
-- that weigh less are dropped; `top_k`: the heaviest pairs of each item; `before`: histories from before the
-- log (log.seeds) count too, those of users with a kept row.
---@param options { max_gap: number?, max_per_user: integer?, discount: string?, min_support: number?,
---  top_k: integer?, before: boolean? }?
---@return lis.Preference
function pairs_of.coengagement(options)
  return by_user("co-engagement", "items engaged by the same users",
    check.options(options, with_before, "lis.preference.coengagement"), engaged)
end

--- Co-exposure: items shown to the same user, engaged or not. What the policy shows, not what users want.
-- Options as for co-engagement.
---@param options table?
---@return lis.Preference
function pairs_of.coexposure(options)
  return by_user("co-exposure", "items shown to the same users",
    check.options(options, pair_options, "lis.preference.coexposure"), shown)
end

local session_options = {
  gap = { default = 1800, type = "number", min = 0 },
  max_per_session = { type = "integer", min = 2 },
  discount = pair_options.discount, min_support = pair_options.min_support, top_k = pair_options.top_k,
}

--- Session pairs: items engaged within one visit of a user. A visit ends where nothing of the user is
-- kept for more than `gap` seconds; the count is co-engagement's with sessions in place of users.
---@param options { gap: number?, max_per_session: integer?, discount: string?, min_support: number?,
---  top_k: integer? }?
---@return lis.Preference
function pairs_of.sessions(options)
  options = check.options(options, session_options, "lis.preference.sessions")
  local settings = { max_per_user = options.max_per_session, discount = options.discount,
    min_support = options.min_support, top_k = options.top_k }
  return {
    name = "session pairs", label = "items engaged within one visit", settings = options, events = engaged,
    additive = adds_up(options),
    evidence = function(log, keep)
      local session, sessions = core.sparse.sessions {
        user = log.user, users = log.users, time = log.time, keep = keep, max_gap = options.gap,
      }
      return count("session pairs", log, keep, settings, session, math.max(1, sessions))
    end,
  }
end

local function column_of(log, name)
  local column = log.fields and log.fields[name]
  if not column then
    local known = {}
    for field in pairs(log.fields or {}) do known[#known + 1] = field end
    table.sort(known)
    error(("log '%s' has no field '%s' (fields: %s); read it with lis.log.read(path, { item_fields = "
      .. "{ '%s' } })"):format(log.name, name, #known > 0 and table.concat(known, ", ") or "none", name), 0)
  end
  return column
end

local trigger_options = {
  column = { required = true, type = "string", help = "the field that holds the trigger's item id" },
  min_support = pair_options.min_support, top_k = pair_options.top_k,
}

--- Trigger-target pairs: the item that led to a row (a search's anchor, the item one came from) and the
-- item engaged there. C[i, j] = rows with trigger i and target j, or the other way round.
--
-- `column`: a field of the log that holds item codes (-1: none); lis.log.read's `item_fields`.
---@param options { column: string, min_support: number?, top_k: integer? }
---@return lis.Preference
function pairs_of.trigger(options)
  options = check.options(options, trigger_options, "lis.preference.trigger")
  return {
    name = "trigger-target", label = "items engaged after the item in " .. options.column, settings = options,
    additive = adds_up(options),
    events = function(log)
      local trigger = column_of(log, options.column)
      return log.label:land(trigger:ge(0)):land(trigger:ne(log.item))
    end,
    evidence = function(log, keep)
      local rows = keep:nonzero()
      local from, to = column_of(log, options.column):take(rows), log.item:take(rows)
      local one_way = core.sparse.from_triples(log.items, log.items, from, to)
      local graph = one_way:add(one_way:transpose()):prune(math.max(options.min_support, 1e-9))
      return options.top_k and graph:top_k(options.top_k) or graph
    end,
  }
end

return pairs_of
