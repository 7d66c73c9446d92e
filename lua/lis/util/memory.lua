--- Large results announced before they are made: a line such as
---
---     co-engagement: needs up to 3.1 GiB for 41 M pairs
---
--- where a quarter of the memory that is left, or 1 GiB, would be passed. What does not fit at all, the core
--- refuses with an error that names the way out.
local base = require("lis.core").base
local progress = require "lis.util.progress"
local settings = require "lis.util.settings"

local memory = {}

local GIB <const>, MIB <const> = 2^30, 2^20

local announced = {} -- what -> bytes: folds are alike, and one line is enough

--- Whether so many bytes deserve a word: more than 1 GiB, or than a quarter of what is left of
--- --max-memory or of the machine.
---@param bytes number
---@return boolean
function memory.is_large(bytes) return bytes > math.min(GIB, base.memory().room / 4) end

--- "3.1 GiB", "120 MiB"
---@param bytes number
---@return string
function memory.size(bytes)
  if bytes >= GIB then return ("%.1f GiB"):format(bytes / GIB) end
  return (bytes >= 10 * MIB and "%.0f MiB" or "%.1f MiB"):format(bytes / MIB)
end

-- "41 M", "3.2 M", "12,000"
local function number(n)
  if n >= 1e7 then return ("%.0f M"):format(n / 1e6) end
  if n >= 1e6 then return ("%.1f M"):format(n / 1e6) end
  return require("lis.util.text").count(math.floor(n))
end

--- Says what a large result will take, once for results that are about as large.
---@param what string "co-engagement"
---@param plan { entries: number, bytes: number }
---@param unit string? what the entries are; default "pairs"
function memory.announce(what, plan, unit)
  if not memory.is_large(plan.bytes) or plan.bytes < 1.25 * (announced[what] or 0) then return end
  announced[what] = plan.bytes
  if settings.quiet then return end
  progress.clear()
  print(("%s: needs up to %s for %s %s"):format(what, memory.size(plan.bytes), number(plan.entries), unit or "pairs"))
end

--- Says what joining the events of each user in pairs will take: first by a bound from the users' activity
--- alone, and where that is large by a look at the lists themselves.
---@param what string
---@param events table user, item, users, items, keep, and limits: time, max_gap, max_per_user, top_k
---@param copies number? of the result at one time; default 1
function memory.announce_pairs(what, events, copies)
  local core = require "lis.core"
  local bound = core.sparse.pairs_bound {
    user = events.user, item = events.item, users = events.users, items = events.items, keep = events.keep,
    max_per_user = events.max_per_user, top_k = events.top_k,
  }
  if not memory.is_large(bound.bytes * (copies or 1)) then return end
  local plan = core.sparse.cooccurrence_plan(events)
  local entries = plan.entries
  memory.announce(what, {
    entries = events.top_k and entries or entries / 2, -- without top_k each pair stands in the matrix twice
    bytes = plan.bytes + ((copies or 1) - 1) * 8 * entries,
  })
end

return memory
