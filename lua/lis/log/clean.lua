--- Cleaning a log: steps that drop rows or set labels, each saying how many rows stood before and after it.
---
---     lis.log.read("ml-100k.inter", { label = "rating >= 4", clean = {
---       { "where", "rating > 0" }, { "duplicates", keep = "last" }, { "k_core", users = 5, items = 5 } } })
---     lis.clean(log, { { "time_range", from = "2019-11-10" }, { "sample", share = 0.1 } })
---     lis.clean.k_core(log, { users = 10 })
---
--- The card of the steps goes with the log (`log.cleaning`) and into results.json.
local check = require "lis.util.check"
local nearest = require "lis.util.nearest"
local rows = require "lis.log.rows"
local settings = require "lis.util.settings"
local steps = require "lis.log.steps"
local text = require "lis.util.text"

local clean = {}

--- What every log has: rules know these names, whatever the file calls them.
---@type table<string, boolean>
clean.own = { user = true, item = true, time = true, label = true }

---@class lis.CleanStep
---@field [1] ("where"|"duplicates"|"k_core"|"time_range"|"label"|"sample") and its options by name
---@field [2] (string|function|number)? the option that a step is mostly about: a rule, a k, a share

---@class lis.CleanCard
---@field step string
---@field options table<string, any> those in effect
---@field before integer rows
---@field after integer rows
---@field users integer with a row, after it
---@field items integer
---@field passes integer? of a k-core
---@field line string all of it in words

-- { "k_core", 5, items = 3 } -> options by name, checked.
local function plan_step(given, where, at)
  local place = ("%s: clean[%d]"):format(where, at)
  if type(given) ~= "table" or type(given[1]) ~= "string" then
    check.fail(place, "wants { \"STEP\", options }, got %s", check.show(given))
  end
  local step = steps[given[1]]
  if not step then
    local names = nearest.keys(steps)
    check.fail(place, "no step '%s'%s; known are %s", given[1], nearest.hint(given[1], names),
      table.concat(names, ", "))
  end
  place = ("%s, '%s'"):format(place, given[1])
  local options = {}
  for key, value in pairs(given) do
    if key == 2 then options[step.main] = value elseif key ~= 1 then options[key] = value end
  end
  if given[2] ~= nil and given[step.main] ~= nil then check.fail(place, "has '%s' twice", step.main) end
  options = check.options(options, step.options, place)
  if step.prepare then step.prepare(options, place) end
  return { name = given[1], step = step, options = options, place = place }
end

--- Steps with their options checked: before a file is read.
---@param list lis.CleanStep[]
---@param where string what the user called
---@return table[]
function clean.plan(list, where)
  local planned = {}
  for at, given in ipairs(check.argument(list, "list", where, "clean")) do planned[at] = plan_step(given, where, at) end
  return planned
end

--- The columns that planned steps read by name; nil where a Lua function may read any.
---@param planned table[]
---@return string[]?
function clean.columns(planned)
  local names = {}
  for _, one in ipairs(planned) do
    local read = one.step.columns(one.options)
    if not read then return nil end
    table.move(read, 1, #read, #names + 1, names)
  end
  return names
end

--- Columns of a file that planned steps look at: those that their rules name; all where a rule is a Lua function,
--- or names one that is not there, so that the error can list them.
---@param planned table[]
---@param source lis.DataTable
---@param aliases table<string, string> what the file calls user, item and time
---@return string[]
function clean.read_by(planned, source, aliases)
  local there, all, wanted = {}, {}, {}
  for _, name in ipairs(source:names()) do
    local kind = source:type(name)
    if kind ~= "text" and kind ~= "list" and not aliases[name] then
      there[name], all[#all + 1] = true, name
    end
  end
  for _, name in ipairs(clean.columns(planned) or all) do
    if not there[name] and not aliases[name] and not clean.own[name] then return all end
    if there[name] then wanted[#wanted + 1] = name end
  end
  return wanted
end

local function count_ids(codes, size)
  return codes:take(codes:ge(0):nonzero()):bincount(size):gt(0):count()
end

--- What a step did.
---@param one table a planned step
---@param count { before: integer, after: integer, users: integer, items: integer }
---@param detail table? what the step says besides
---@return lis.CleanCard
function clean.card(one, count, detail)
  local before = count.before
  local card = { step = one.name, options = {}, before = before, after = count.after, users = count.users,
    items = count.items }
  for key, value in pairs(one.options) do
    card.options[key] = type(value) == "function" and "function" or value
  end
  card.line = ("%s: %s -> %s rows, %s users, %s items"):format(one.step.title(one.options), text.count(before),
    text.count(card.after), text.count(card.users), text.count(card.items))
  for key, value in pairs(detail or {}) do card[key] = value end
  if detail and detail.passes then
    card.line = ("%s, %d pass%s"):format(card.line, detail.passes, detail.passes == 1 and "" or "es")
  end
  if detail and detail.positive then
    card.line = ("%s, %.1f %% positive"):format(card.line, 100 * detail.positive)
  end
  return card
end

--- An error: a step keeps no row.
---@param one table a planned step
---@param before integer rows
function clean.fail_empty(one, before)
  error(("%s: none of %d rows is left; loosen this step or one before it"):format(one.place, before), 0)
end

local function run_step(one, columns)
  local before, done = #columns.user, {}
  local keep, detail, changed = one.step.run(columns, one.options, one.place)
  if changed then
    done = changed
  elseif keep:count() == 0 then
    clean.fail_empty(one, before)
  else
    done = keep:count() == before and columns or rows.take(columns, keep:nonzero())
  end
  local count = { before = before, after = #done.user, users = count_ids(done.user, done.users),
    items = count_ids(done.item, done.items) }
  return done, clean.card(one, count, detail)
end

--- Runs planned steps over the columns of a log in the making; says one line a step, unless quiet.
---@param columns table as lis.log.from_columns takes them
---@param planned table[] of clean.plan
---@param quiet boolean?
---@return table
function clean.apply(columns, planned, quiet)
  local cards = table.move(columns.cleaning or {}, 1, #(columns.cleaning or {}), 1, {})
  for _, one in ipairs(planned) do
    local done, card = run_step(one, columns)
    columns, cards[#cards + 1] = done, card
    if not quiet and not settings.quiet then print(card.line) end
  end
  columns = rows.compact(columns)
  columns.cleaning = cards
  return columns
end

-- One step as a function of a log.
local function alone(name, log, options)
  local given = rows.copy(check.argument(options or {}, "table", "lis.clean." .. name, "options"))
  table.insert(given, 1, name)
  return clean(log, { given })
end

--- The rows that fulfil an expression, or a Lua function of the row (slower: called once a row).
---@param log lis.Log
---@param options { rule: string|function } or { rule }
---@return lis.Log
function clean.where(log, options) return alone("where", log, options) end

--- One row for each user and item, or for each user, item and time with `same_time`. Which one: "first" and
--- "last" by time, or "max" of column `of`.
---@param log lis.Log
---@param options { keep: ("first"|"last"|"max")?, of: string?, same_time: boolean? }?
---@return lis.Log
function clean.duplicates(log, options) return alone("duplicates", log, options) end

--- The largest part in which every user has `users` rows and every item `items`.
---@param log lis.Log
---@param options { k: integer?, users: integer?, items: integer? }? k: of both, default 5
---@return lis.Log
function clean.k_core(log, options) return alone("k_core", log, options) end

--- The rows from `from` on and before `to`: seconds since 1970, or "2019-11-14", "2019-11-14 02:14:46" (UTC).
---@param log lis.Log
---@param options { from: (number|string)?, to: (number|string)? }
---@return lis.Log
function clean.time_range(log, options) return alone("time_range", log, options) end

--- Labels by another rule; no row goes.
---@param log lis.Log
---@param options { rule: string|function } or { rule }
---@return lis.Log
function clean.label(log, options) return alone("label", log, options) end

--- A share of the users with all their rows. Who stays depends on seed and id alone.
---@param log lis.Log
---@param options { share: number, seed: integer? }
---@return lis.Log
function clean.sample(log, options) return alone("sample", log, options) end

return setmetatable(clean, {
  --- lis.clean(log, steps, { quiet = true })
  __call = function(_, log, list, options)
    if type(log) ~= "table" or type(log.with) ~= "function" then
      check.fail("lis.clean", "wants a log first, got %s", check.show(log))
    end
    options = check.options(options, { quiet = false }, "lis.clean")
    return log:with(clean.apply(rows.copy(log), clean.plan(list, "lis.clean"), options.quiet))
  end,
})
