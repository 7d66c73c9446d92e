--- Preferences of a user between two items of one page: chosen against rejected.
local core = require "lis.core"
local check = require "lis.util.check"

local triples = {}

-- Row codes ordered by time, then user, then place in the log: a page is a run of equal (time, user).
local function page_order(log)
  local by_user = log.user:argsort()
  return by_user:take(log.time:take(by_user):argsort())
end

-- Appends the pairs of one page, rows order[first .. last], at most `cap` rejected rows a chosen one.
local function add_page(out, log, order, first, last, cap)
  for a = first, last do
    local chosen = order[a]
    if log.label[chosen + 1] == 1 then
      local taken = 0
      for b = first, last do
        local other = order[b]
        if taken < cap and log.label[other + 1] == 0 and log.item[other + 1] ~= log.item[chosen + 1] then
          taken = taken + 1
          out.chosen[#out.chosen + 1], out.rejected[#out.rejected + 1] = chosen, other
        end
      end
    end
  end
end

-- Row codes of every chosen and rejected row, page by page.
local function all_pages(log, cap)
  local order, out = page_order(log), { chosen = {}, rejected = {} }
  local first = 1
  for at = 2, log.rows + 1 do
    local here, there = order[first] + 1, at <= log.rows and order[at] + 1
    if not there or log.user[here] ~= log.user[there] or log.time[here] ~= log.time[there] then
      add_page(out, log, order, first, at - 1, cap)
      first = at
    end
  end
  if #out.chosen == 0 then
    error(("preference 'user triples': no page of log '%s' has an engaged and a passed-over item; a page is "
      .. "the rows of one user at one time"):format(log.name), 0)
  end
  return core.tensor.from(out.chosen, "i32"), core.tensor.from(out.rejected, "i32")
end

-- The same, walked once a log and not once a fold. Kept at the log, as its histories are: a constructor
-- that remembered would have another fingerprint after its first use.
local function pages_of(log, cap)
  log.pages = log.pages or {}
  log.pages[cap] = log.pages[cap] or table.pack(all_pages(log, cap))
  return table.unpack(log.pages[cap])
end

local triple_options = { max_rejected = { default = 8, type = "integer", min = 1 } }

--- User-item triples (u, i, j): user u engaged with i and passed over j on the same page (one user, one
-- time). The evidence of BPR (Rendle et al. 2009): sum of log sigmoid(x_ui - x_uj).
--
-- `max_rejected`: passed-over items counted for one engaged item, the first ones of the page.
---@param options { max_rejected: integer? }?
---@return lis.Preference
function triples.triples(options)
  options = check.options(options, triple_options, "lis.preference.triples")
  return {
    name = "user triples", label = "items chosen against items passed over on the same page", settings = options,
    events = function(log) return core.tensor.full("u8", 1, log.rows) end,
    evidence = function(log, keep)
      local chosen, rejected = pages_of(log, options.max_rejected)
      local kept = keep:take(chosen):nonzero()
      chosen, rejected = chosen:take(kept), rejected:take(kept)
      return {
        users = log.users, items = log.items, user = log.user:take(chosen),
        chosen = log.item:take(chosen), rejected = log.item:take(rejected),
      }
    end,
  }
end

return triples
