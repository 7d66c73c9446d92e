--- Cleaning a log that is read block after block: the steps that look at a row alone, with the cards, and the
--- numbering of what is left, that lis.clean gives for the whole.
local core = require "lis.core"
local check = require "lis.util.check"
local clean = require "lis.log.clean"
local rows = require "lis.log.rows"

-- ---- codes numbered by first appearance, block after block

---@class lis.Numbering
---@field old lis.Tensor i32 the old code of each new one
local Numbering = {}
Numbering.__index = Numbering

local function numbering() return setmetatable({ old = core.tensor.new("i32", 0) }, Numbering) end

-- What was numbered before, put in front of the block, is numbered again as it was.
function Numbering:next(codes, size)
  local known = #self.old
  local fresh
  fresh, self.old = core.data.recode(core.tensor.concat { self.old, codes }, size)
  return fresh:slice(1, known + 1, #fresh)
end

-- The dictionary of the new codes.
function Numbering:dict(dict) return (select(4, core.data.recode(self.old, dict))) end

-- ---- steps

---@class lis.Sieve
local Sieve = {}
Sieve.__index = Sieve

local sieve = {}

--- Planned steps for blocks; an error where one needs all rows.
---@param planned table[] of clean.plan
---@return lis.Sieve
function sieve.new(planned)
  local states = {}
  for i, one in ipairs(planned) do
    if one.step.whole then
      check.fail(one.place, "needs the whole log: %s; read it with lis.log.read, or clean what was converted with "
        .. "lis.clean if it fits", one.step.whole)
    end
    states[i] = { one = one, before = 0, after = 0, positive = 0, users = numbering(), items = numbering() }
  end
  return setmetatable({ states = states }, Sieve)
end

local function run(state, columns)
  local keep, _, changed = state.one.step.run(columns, state.one.options, state.one.place)
  if changed then
    state.positive = state.positive + changed.label:count()
    return changed
  end
  local left = keep:count()
  if left == 0 then return nil end
  return left == #columns.user and columns or rows.take(columns, keep:nonzero())
end

--- What is left of a block, nil where nothing is. Users and items are numbered anew.
---@param columns table as lis.log.from_columns takes them
---@return table?
function Sieve:pass(columns)
  local user, item = columns.user, columns.item
  for _, state in ipairs(self.states) do
    state.before = state.before + #columns.user
    columns = run(state, columns)
    if not columns then return nil end
    state.after = state.after + #columns.user
    user = state.users:next(columns.user, columns.users)
    item = state.items:next(columns.item, columns.items)
  end
  columns = rows.copy(columns)
  columns.user, columns.item = user, item
  return columns
end

--- The dictionaries of what was left.
---@param user_ids lis.Dict of the file
---@param item_ids lis.Dict
---@return lis.Dict user_ids
---@return lis.Dict item_ids
function Sieve:dicts(user_ids, item_ids)
  local last = self.states[#self.states]
  if not last then return user_ids, item_ids end
  return last.users:dict(user_ids), last.items:dict(item_ids)
end

--- The cards of the steps; an error where one of them left nothing.
---@return lis.CleanCard[]?
function Sieve:cards()
  local cards = {}
  for i, state in ipairs(self.states) do
    if state.after == 0 then clean.fail_empty(state.one, state.before) end
    cards[i] = clean.card(state.one, { before = state.before, after = state.after, users = #state.users.old,
      items = #state.items.old }, state.one.name == "label" and { positive = state.positive / state.after } or nil)
  end
  return #cards > 0 and cards or nil
end

return sieve
