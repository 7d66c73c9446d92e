--- Stage 3, preference: which events become evidence of what belongs together, and how it is counted.
--
-- A constructor is a plain table: `name`; `label`, what reports print; `settings`; `events(log)`, a u8 mask
-- of the rows it may use; and `evidence(log, keep)`, what the kept rows say, in one of three shapes:
--
--   pairs    a symmetric item x item CSR                       most constructors
--   vectors  a tensor f32 [items, width]                       embeddings
--   triples  { users, items, user, chosen, rejected }          triples
--
-- Which rows are kept (window, fold) is the business of `leak` alone: a constructor never looks at a split.
-- Where the evidence of two sets of users is that of one plus that of the other, `additive = true` lets `leak` count
-- every user once and add up, instead of counting all the other folds anew for each fold: pairs only.
-- A constructor that reads no event is `static = true` and may name the time it was made at (`latest`).
-- A second result of `evidence` is kept as `notes` on the artefact's card. Constructors remember nothing.
-- docs/preference-data.md has a paragraph for each; the families are in lua/lis/preference/.
local core = require "lis.core"
local check = require "lis.util.check"
local embeddings = require "lis.preference.embeddings"
local external = require "lis.preference.external"
local pairs_of = require "lis.preference.pairs"
local similarity = require "lis.preference.similarity"
local triples = require "lis.preference.triples"

---@class lis.Preference
---@field name string key in results
---@field label string how reports say it
---@field settings table every effective option
---@field events fun(log: lis.Log): lis.Tensor u8 [rows]; absent where static
---@field evidence fun(log: lis.Log, keep: lis.Tensor?): lis.Csr|lis.Tensor|table
---@field additive boolean? pairs of whole users add up: evidence(A and B) = evidence(A) + evidence(B)
---@field static boolean? reads no event of the log
---@field latest integer? of a static one: the time of the latest event that its maker knew; nil: none

---@class lis.preference
local preference = {
  coengagement = pairs_of.coengagement,
  coexposure = pairs_of.coexposure,
  sessions = pairs_of.sessions,
  trigger = pairs_of.trigger,
  swing = similarity.swing,
  itemcf = similarity.itemcf,
  triples = triples.triples,
  embeddings = embeddings.embeddings,
  external = external.external,
  content = external.content,
}

--- A constructor of your own: `fn(log, keep)` gives the evidence of the rows with keep = 1, in any of the
--- three shapes above.
---@param name string
---@param fn fun(log: lis.Log, keep: lis.Tensor): lis.Csr|lis.Tensor|table
---@param events (fun(log: lis.Log): lis.Tensor)? rows it may use; default: engaged rows
---@return lis.Preference
function preference.custom(name, fn, events)
  check.argument(name, { type = "string" }, "lis.preference.custom", "the name")
  check.argument(fn, { type = "function" }, "lis.preference.custom", "the constructor")
  return {
    name = name, label = name, settings = { custom = true }, evidence = fn,
    events = events or function(log) return log.label end,
  }
end

--- A constructor of your own that reads no event of the log: `fn(log)` gives the evidence. `made_at`: the time up to
--- which its maker knew the log (0: not at all); without it, it counts as leaked.
---@param name string
---@param fn fun(log: lis.Log): lis.Csr|lis.Tensor|table
---@param options { made_at: integer? }?
---@return lis.Preference
function preference.static(name, fn, options)
  local where = "lis.preference.static"
  check.argument(name, { type = "string" }, where, "the name")
  check.argument(fn, { type = "function" }, where, "the constructor")
  options = check.options(options, { made_at = { type = "integer" } }, where)
  return {
    name = name, label = name, settings = { custom = true, made_at = options.made_at }, static = true,
    latest = options.made_at or math.maxinteger, evidence = fn,
  }
end

--- All rows of a log, as a mask: for constructors of your own that read impressions, not engagements.
---@param log lis.Log
---@return lis.Tensor u8 [rows]
function preference.every_row(log) return core.tensor.full("u8", 1, log.rows) end

return preference
