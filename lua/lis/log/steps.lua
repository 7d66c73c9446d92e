--- The steps of cleaning, one entry each.
---
---   options   as lis.util.check declares them; main: the one that may be given without its name
---   prepare   checks what a declaration cannot say, before a file is read
---   columns   names that it reads, nil for any
---   title     how its line begins
---   whole     why it needs all rows at once, where it does
---   run       columns of a log -> u8 rows to keep, what its card says besides, or nil, card, new columns
local core = require "lis.core"
local check = require "lis.util.check"
local label_rule = require "lis.log.label"
local nearest = require "lis.util.nearest"
local rows = require "lis.log.rows"

local function add(list, taken, name, values, dict)
  if taken[name] then return end
  taken[name] = true
  list[#list + 1] = { name, values, dict }
end

-- The columns as a table for rules: user, item, time and label, under the file's names as well, then the rest.
local function table_of(columns)
  local list, taken = {}, {}
  local known = {
    user = { columns.user, columns.user_ids }, item = { columns.item, columns.item_ids },
    time = { columns.time }, label = { columns.label },
  }
  for _, name in ipairs { "user", "item", "time", "label" } do
    add(list, taken, name, table.unpack(known[name], 1, 2))
  end
  for _, name in ipairs(nearest.keys(columns.aliases or {})) do
    add(list, taken, name, table.unpack(known[columns.aliases[name]], 1, 2))
  end
  for _, name in ipairs(nearest.keys(columns.columns or {})) do
    add(list, taken, name, columns.columns[name], (columns.dicts or {})[name])
  end
  for _, name in ipairs(nearest.keys(columns.fields or {})) do
    add(list, taken, name, columns.fields[name], columns.item_ids)
  end
  return core.data.columns(list)
end

local function rule_columns(options)
  return type(options.rule) == "string" and core.data.expression_columns(options.rule) or nil
end

-- A rule that cannot be parsed is refused before anything is read.
local function check_rule(options, place)
  if type(options.rule) ~= "string" then return end
  local ok, problem = pcall(core.data.expression_columns, options.rule)
  if not ok then check.fail(place, "%s", tostring(problem):gsub("^.-expression_columns: ", "")) end
end

local function rule_text(options)
  return type(options.rule) == "string" and options.rule or "a Lua function"
end

local rule_option = {
  type = { "string", "function" }, required = true, help = "an expression or a function of the row",
}

local function rows_of(columns)
  return { user = columns.user, item = columns.item, users = columns.users, items = columns.items }
end

-- A bound of a time range in seconds; text is a time of the calendar.
local function seconds_of(options, name, place)
  if type(options[name]) ~= "string" then return end
  local seconds = core.data.parse_time(options[name])
  if not seconds then
    check.fail(place, "option '%s' is no time: wanted seconds, \"2019-11-14\" or \"2019-11-14 02:14:46\", got '%s'",
      name, options[name])
  end
  options[name] = seconds
end

local function bound_text(seconds) return os.date("!%Y-%m-%d %H:%M:%S", math.floor(seconds)) end

---@type table<string, table>
local steps = {}

steps.where = {
  options = { rule = rule_option }, main = "rule", prepare = check_rule, columns = rule_columns,
  title = function(options) return "where " .. rule_text(options) end,
  run = function(columns, options)
    local source = table_of(columns)
    return type(options.rule) == "function" and label_rule.of(source, options.rule) or source:where(options.rule)
  end,
}

steps.label = {
  options = { rule = rule_option }, main = "rule", columns = rule_columns,
  prepare = check_rule,
  title = function(options) return "label " .. rule_text(options) end,
  run = function(columns, options)
    local out = rows.copy(columns)
    out.label, out.rule = label_rule.of(table_of(columns), options.rule)
    return nil, { positive = out.label:count() / #out.label }, out
  end,
}

steps.duplicates = {
  options = {
    keep = { default = "first", choices = { "first", "last", "max" } },
    of = { type = "string" }, same_time = { default = false, type = "boolean" },
  },
  main = "keep", whole = "which row of a user and an item stays shows when all of them are there",
  prepare = function(options, place)
    if (options.keep == "max") ~= (options.of ~= nil) then
      check.fail(place, "keep = \"max\" and of = \"COLUMN\" belong together")
    end
  end,
  columns = function(options) return { options.of } end,
  title = function(options)
    return ("duplicates of user, item%s, %s%s kept"):format(options.same_time and ", time" or "", options.keep,
      options.of and " " .. options.of or "")
  end,
  run = function(columns, options)
    local given = rows_of(columns)
    given.time, given.keep, given.same_time = columns.time:to "i64", options.keep, options.same_time
    given.value = options.of and table_of(columns):compute("`" .. options.of .. "`") or nil
    return core.data.distinct(given)
  end,
}

steps.k_core = {
  options = {
    k = { type = "integer", min = 1 }, users = { type = "integer", min = 1 }, items = { type = "integer", min = 1 },
  },
  main = "k", whole = "how many rows a user or an item has shows when all of them are there",
  prepare = function(options)
    local least = options.k or (options.users or options.items) and 1 or 5
    options.users, options.items, options.k = options.users or least, options.items or least, nil
  end,
  columns = function() return {} end,
  title = function(options)
    if options.users == options.items then return ("k-core %d"):format(options.users) end
    return ("k-core %d a user, %d an item"):format(options.users, options.items)
  end,
  run = function(columns, options)
    local given = rows_of(columns)
    given.least_user, given.least_item = options.users, options.items
    local keep, found = core.data.k_core(given)
    return keep, { passes = found.passes }
  end,
}

steps.time_range = {
  options = { from = { type = { "number", "string" } }, to = { type = { "number", "string" } } },
  main = "from",
  prepare = function(options, place)
    seconds_of(options, "from", place)
    seconds_of(options, "to", place)
    if not options.from and not options.to then check.fail(place, "wants `from`, `to` or both") end
    if options.from and options.to and options.from >= options.to then
      check.fail(place, "`from` must be before `to`")
    end
  end,
  columns = function() return {} end,
  title = function(options)
    return "time" .. (options.from and " from " .. bound_text(options.from) or "")
      .. (options.to and " before " .. bound_text(options.to) or "")
  end,
  run = function(columns, options)
    local keep = options.from and columns.time:ge(options.from)
    local before = options.to and columns.time:lt(options.to)
    return keep and before and keep:land(before) or keep or before
  end,
}

steps.sample = {
  options = {
    share = { type = "number", above = 0, max = 1, required = true, help = "of the users, in (0, 1]" },
    seed = { default = 1, type = "integer" },
  },
  main = "share",
  columns = function() return {} end,
  title = function(options)
    return ("sample of %g %% of the users, seed %d"):format(100 * options.share, options.seed)
  end,
  run = function(columns, options)
    local flag = core.data.share(columns.user_ids or columns.users, options.share, options.seed)
    return flag:take(columns.user) -- 0 for a row without a user
  end,
}

return steps
