--- Stage 4, leak: the only door between events and evidence.
--
-- Every artefact made here carries the time of the latest event it depends on (its taint), and hands it on
-- to vectors and to inputs of the ranker. Whoever consumes one names the cutoff it is bound to, and
-- `leak.require_before` refuses the rest.
local core = require "lis.core"
local check = require "lis.util.check"
local artefact = require "lis.leak.artefact"
local card = require "lis.leak.card"
local evidence = require "lis.leak.evidence"

local leak = {
  placebo = artefact.placebo,
  pooled = artefact.pooled,
  thin = artefact.thin,
  compare = artefact.compare,
  load = artefact.load,
}

local HOUR <const> = 3600

local build_options = {
  window = { default = "test", type = { "string", "number" } },
  unit = { default = "user", choices = { "user", "session" } },
  folds = { default = 5, type = "integer", min = 2, max = 100 },
  seed = { default = 1, type = "integer" },
  naive = { default = false, type = "boolean" },
  step = { default = 24, type = "number", above = 0 },
  session_gap = { default = 1800, type = "number", min = 0 },
}

-- Fold of each row, and how many there are: units are hashed, all rows of a unit share a fold.
local function folds_of(log, options)
  if options.naive then return nil, 1 end
  local unit, units = log.user, log.users
  if options.unit == "session" then
    unit, units = core.sparse.sessions {
      user = log.user, users = log.users, time = log.time, max_gap = options.session_gap,
    }
  end
  return core.base.user_folds(units, options.folds, options.seed):take(unit), options.folds
end

-- Time slices of a horizon: which slice each row lies in, and the last time that each slice may know.
local function slices_of(log, split, options)
  if options.window == "train" then return nil, { split.test_from - 1 } end
  if options.window == "test" then return nil, { split.test_to } end
  local step = math.max(1, math.floor(options.step * HOUR))
  local count = (split.test_to - split.train_from) // step + 1
  local slice = ((log.time - split.train_from):to("f64") / step):clamp(0, count - 1):to "i32"
  local last = {}
  for s = 1, count do
    last[s] = split.train_from + s * step - 1 + math.floor(options.window * HOUR)
  end
  return slice, last
end

local function source_of(options)
  if options.naive then return options.window == "test" and "naive" or "naive " .. options.window end
  if options.window == "train" then return "history" end
  return options.window == "test" and "crossfit" or ("horizon %g h"):format(options.window)
end

-- Events of the constructor up to and including `last`, as a mask.
local function events_until(preference, log, last)
  local keep = preference.events(log):land(log.time:le(last))
  if keep:count() == 0 then
    error(("preference '%s': no event up to time %d; nothing to build %s from"):format(
      preference.name, last, "pairs"), 0)
  end
  return keep
end

-- Evidence of all folds but one, for each, where evidence adds up over users: every user is counted once.
local function summed(preference, log, known, fold, folds)
  local own, parts = {}, {}
  for k = 1, folds do
    own[k] = preference.evidence(log, known:land(fold:eq(k - 1)))
    if evidence.kind_of(own[k], preference.name) ~= "pairs" then
      error(("preference '%s' says that its evidence adds up (additive = true), but only pairs do"):format(
        preference.name), 0)
    end
  end
  for k = 1, folds do
    local others = table.move(own, 1, k - 1, 1, {})
    parts[k] = core.sparse.sum(table.move(own, k + 1, folds, k, others))
  end
  return parts, core.sparse.sum(own)
end

-- The same, counted anew for each fold.
local function counted(preference, log, known, fold, folds)
  local parts = {}
  for k = 1, folds do
    parts[k] = preference.evidence(log, fold and known:land(fold:ne(k - 1)) or known)
  end
  return parts
end

-- Evidence of every slice and fold, slice by slice; the part that each row reads; all folds of the last slice
-- together, where they were added up.
local function parts_of(preference, log, keep, options, slice, last)
  local fold, folds = folds_of(log, options)
  local of_folds = fold and preference.additive and options.unit == "user" and summed or counted
  local parts, pooled = {}, nil
  for s, until_time in ipairs(last) do
    local own
    own, pooled = of_folds(preference, log, keep:land(log.time:le(until_time)), fold, folds)
    table.move(own, 1, folds, #parts + 1, parts)
    if s % 8 == 0 then collectgarbage() end
  end
  local part = fold
  if slice then part = fold and (slice * folds + fold):to "i32" or slice end
  return parts, part, pooled
end

local function make(preference, log, split, options, fields)
  fields.kind = evidence.kind_of(fields.pooled, preference.name)
  fields.items = evidence.kinds[fields.kind].items(fields.pooled)
  if fields.items ~= log.items then
    error(("preference '%s' speaks of %d items, but log '%s' has %d"):format(
      preference.name, fields.items, log.name, log.items), 0)
  end
  fields.preference = preference.name
  fields.leaked = fields.latest ~= nil and fields.latest >= split.test_from
  fields.card = card.of({
    preference = preference, kind = fields.kind, pooled = fields.pooled, keep = fields.keep,
    notes = fields.notes,
    window = { kind = options.window, from = split.train_from, test_from = split.test_from, test_to = split.test_to },
    scheme = { unit = options.unit, folds = not options.naive and options.folds or nil, naive = options.naive,
      seed = options.seed },
  }, log, split)
  fields.keep, fields.notes = nil, nil
  return artefact.new(fields)
end

-- Evidence that reads no event: the same for every row; its taint is what its maker declared.
local function static_artefact(preference, log, split, options)
  local whole, notes = preference.evidence(log)
  return make(preference, log, split, options,
    { source = source_of(options), parts = { whole }, pooled = whole, latest = preference.latest, notes = notes })
end

--- Builds an artefact; crossfit, naive and history are this with one choice made.
--
-- `window`: "train", events before the test window; "test", also the test window (the leak); or a number of
-- hours h, the horizon: a row sees what happens up to h hours after it. A horizon is cut into slices of
-- `step` hours, and a row sees up to h hours past the end of its slice. `unit`: what is hashed into folds
-- and kept from scoring itself, the "user" or the "session" (a pause of `session_gap` seconds ends one).
-- `folds`, `seed`: the cross-fit. `naive`: everybody's events for everybody, no folds.
---@param preference lis.Preference
---@param log lis.Log
---@param split lis.Split
---@param options { window: string|number?, unit: string?, folds: integer?, seed: integer?, naive: boolean?,
---  step: number?, session_gap: number? }?
---@return lis.Artefact
function leak.build(preference, log, split, options)
  options = check.options(options, build_options, "lis.leak.build")
  local window = options.window
  if window ~= "train" and window ~= "test" and not (math.type(window) and window >= 0) then
    check.fail("lis.leak.build", "option 'window' must be 'train', 'test' or hours from 0 up, got %s",
      check.show(window))
  end
  if preference.static then return static_artefact(preference, log, split, options) end
  local slice, last = slices_of(log, split, options)
  local keep = events_until(preference, log, last[#last])
  local parts, part, pooled = parts_of(preference, log, keep, options, slice, last)
  local rows, notes = keep:nonzero(), nil
  if not part then
    pooled = parts[1]
  elseif not pooled then
    pooled, notes = preference.evidence(log, keep)
  end
  return make(preference, log, split, options, {
    source = source_of(options), parts = parts, part = part, keep = keep, pooled = pooled, notes = notes,
    latest = log.time[rows[#rows] + 1],
  })
end

local function with(where, options, allowed, fixed)
  local spec = {}
  for _, name in ipairs(allowed) do spec[name] = build_options[name] end
  local all = check.options(options, spec, where)
  for name, value in pairs(fixed) do all[name] = value end
  return all
end

local cross_options = { "folds", "seed", "unit", "session_gap" }

--- Leaks train and test window, cross-fitted: rows of a user in fold k see the evidence of every other
--- fold, so nobody's own click scores itself. The default estimate of LIS.
---@param preference lis.Preference
---@param log lis.Log
---@param split lis.Split
---@param options { folds: integer?, seed: integer?, unit: string?, session_gap: number? }?
---@return lis.Artefact
function leak.crossfit(preference, log, split, options)
  return leak.build(preference, log, split,
    with("lis.leak.crossfit", options, cross_options, { window = "test" }))
end

--- Leaks everybody's events to everybody: a loose bound that includes self-leakage. Reported beside the
--- cross-fit figure, never instead of it.
---@param preference lis.Preference
---@param log lis.Log
---@param split lis.Split
---@return lis.Artefact
function leak.naive(preference, log, split)
  return leak.build(preference, log, split, { window = "test", naive = true })
end

--- Leaks nothing: events strictly before the test window, cross-fitted like the leaked evidence so that
--- train rows and test rows are built the same way. What memory alone gives, and what an encoder is
--- aligned on. Refuses evidence from outside that may know the test window.
---@param preference lis.Preference
---@param log lis.Log
---@param split lis.Split
---@param options { folds: integer?, seed: integer?, unit: string?, session_gap: number? }?
---@return lis.Artefact
function leak.history(preference, log, split, options)
  local made = leak.build(preference, log, split,
    with("lis.leak.history", options, cross_options, { window = "train" }))
  leak.require_before({ latest = made.latest, name = made.preference }, split.test_from, "lis.leak.history")
  return made
end

--- Refuses whatever knows more than its consumer may: an artefact, its vectors, or inputs made of them.
---@param thing { latest: integer?, name: string?, source: string? } anything that carries a taint
---@param cutoff integer the consumer's rule: every event it depends on lies strictly before
---@param consumer string
function leak.require_before(thing, cutoff, consumer)
  if not thing.latest or thing.latest < cutoff then return end
  local when = thing.latest == math.maxinteger and "comes from outside with no time that bounds it (made_at)"
    or ("depends on an event at %d"):format(thing.latest)
  error(("%s must know nothing from time %d on, but '%s' %s; build it with lis.leak.history, or declare the "
    .. "arm as leaked"):format(consumer, cutoff, thing.name or thing.preference or thing.source or "an artefact",
    when), 0)
end

return leak
