--- Checked options: what a stage does first with the table its caller gave it.
---
---     local opt = check.options(given, {
---       test = { default = 0.2, min = 0, max = 1 },
---       gap  = 0,                                     -- short for { default = 0 }
---       by   = { choices = { "day", "week" }, default = "day" },
---       log  = { type = "lis.log", required = true },
---     }, "lis.split.by_time")
---
--- The type of an option is `type`, or else that of its default: an integer default wants an
--- integer. Types: "number", "integer", "string", "boolean", "function", "table", "list" (elements
--- checked against `of`), "any", the __name of a class such as "lis.tensor", or a list of types.
--- Every error points at the user's line, not at ours.
local nearest = require "lis.util.nearest"

local check = {}

---@class lis.spec
---@field default any
---@field type string|string[]
---@field required boolean
---@field min number
---@field max number
---@field above number      exclusive lower bound
---@field below number      exclusive upper bound
---@field choices any[]
---@field of string         type of a list's elements
---@field help string

--- The keys of a declaration.
---@type table<string, boolean>
check.spec_keys = {
  default = true, type = true, required = true, min = true, max = true, above = true, below = true,
  choices = true, of = true, help = true, argname = true,
}

-- "@lis/" inside the binary, "@/somewhere/lis/" under LIS_LUA_PATH: where our own sources live.
local library = debug.getinfo(1, "S").source:match("^(.*)util/check%.lua$") or "@lis/"

local function is_library(info)
  return info.what == "C" or info.source:sub(1, #library) == library
end

--- The level, for error(), of the innermost function that is the user's and not ours.
---@return integer
function check.level()
  local level = 2
  while true do
    local info = debug.getinfo(level, "S")
    if not info then return 2 end
    if not is_library(info) then return level - 1 end
    level = level + 1
  end
end

--- Raises "<where>: <message>" at the user's line.
---@param where string     what the user called: "lis.split.by_time"
---@param format string
function check.fail(where, format, ...)
  error(where .. ": " .. format:format(...), check.level())
end

local function infer(value)
  if value == nil then return "any" end
  if type(value) == "table" then
    local meta = getmetatable(value)
    return meta and meta.__name or (#value > 0 and "list" or "table")
  end
  return math.type(value) == "float" and "number" or math.type(value) or type(value)
end

--- The full form of a declaration: fills in `type` from the default or from the choices.
---@param entry any
---@return lis.spec
function check.spec(entry)
  local full = {}
  local is_full = false
  if type(entry) == "table" and getmetatable(entry) == nil then
    for key, value in pairs(entry) do
      is_full = is_full or check.spec_keys[key] ~= nil
      full[key] = value
    end
  end
  if not is_full then full = { default = entry } end
  if full.type == nil then
    local example = full.default
    if example == nil and full.choices then example = full.choices[1] end
    full.type = infer(example)
  end
  return full
end

local articles = { integer = "an integer", any = "a value" }

local function wanted(kind)
  if type(kind) == "string" then return articles[kind] or "a " .. kind end
  local parts = {}
  for i, one in ipairs(kind) do parts[i] = wanted(one) end
  return table.concat(parts, " or ")
end

--- How an error shows a value: "a string ('x')", "nil", "a lis.tensor".
---@return string
function check.show(value)
  local kind = type(value)
  if kind == "nil" then return "nil" end
  if kind == "number" then return ("%.14g"):format(value) end
  if kind == "boolean" then return tostring(value) end
  if kind == "string" then
    return ("the string '%s'"):format(#value > 40 and value:sub(1, 37) .. "..." or value)
  end
  local meta = debug.getmetatable(value)
  return "a " .. (meta and type(meta.__name) == "string" and meta.__name or kind)
end

local function is_a(value, kind)
  if kind == "any" then return value ~= nil end
  if kind == "integer" then return math.tointeger(value) ~= nil and type(value) == "number" end
  if type(value) == kind then return true end
  if kind == "list" then return type(value) == "table" end
  local meta = debug.getmetatable(value)
  return meta ~= nil and meta.__name == kind
end

local function has_type(value, kind)
  if type(kind) == "string" then return is_a(value, kind) end
  for _, one in ipairs(kind) do
    if is_a(value, one) then return true end
  end
  return false
end

local function range_problem(value, spec)
  if type(value) ~= "number" then return nil end
  if value ~= value then return "must be a number, got NaN" end
  local bounds = {
    { spec.min, "at least", spec.min and value >= spec.min },
    { spec.max, "at most", spec.max and value <= spec.max },
    { spec.above, "above", spec.above and value > spec.above },
    { spec.below, "below", spec.below and value < spec.below },
  }
  for _, bound in ipairs(bounds) do
    if bound[3] == false then
      return ("must be %s %.14g, got %.14g"):format(bound[2], bound[1], value)
    end
  end
end

local function choice_problem(value, choices)
  local names = {}
  for i, choice in ipairs(choices) do
    if choice == value then return nil end
    names[i] = tostring(choice)
  end
  return ("must be one of %s, got %s%s"):format(table.concat(names, ", "), check.show(value),
    nearest.hint(tostring(value), names))
end

--- What is wrong with a value, as the end of a sentence ("must be at most 1, got 3"), or nil.
---@param value any
---@param spec lis.spec  in full form
---@return string?
function check.problem(value, spec)
  if not has_type(value, spec.type) then
    return ("must be %s, got %s"):format(wanted(spec.type), check.show(value))
  end
  if spec.type == "list" then
    for i, element in ipairs(value) do
      local problem = check.problem(element, { type = spec.of or "any", choices = spec.choices,
        min = spec.min, max = spec.max, above = spec.above, below = spec.below })
      if problem then return ("[%d] %s"):format(i, problem) end
    end
    return nil
  end
  return range_problem(value, spec) or (spec.choices and choice_problem(value, spec.choices))
end

--- Checks an options table and fills in the defaults. The given table is left as it was.
---@param given table?
---@param specs table<string, any>
---@param where string   what the user called, for messages
---@return table
function check.options(given, specs, where)
  if given == nil then given = {} end
  if type(given) ~= "table" or getmetatable(given) ~= nil then
    check.fail(where, "wants a table of options, got %s", check.show(given))
  end
  for key in pairs(given) do
    if specs[key] == nil then
      check.fail(where, "unknown option '%s'%s", tostring(key),
        nearest.hint(tostring(key), nearest.keys(specs)))
    end
  end
  local values = {}
  for _, name in ipairs(nearest.keys(specs)) do -- in order: the first mistake is always the same one
    local spec = check.spec(specs[name])
    local value = given[name]
    if value == nil then
      if spec.required then
        check.fail(where, "option '%s' is required: %s", name, spec.help or wanted(spec.type))
      end
      values[name] = spec.default
    else
      local problem = check.problem(value, spec)
      if problem then check.fail(where, "option '%s' %s", name, problem) end
      values[name] = spec.type == "integer" and math.tointeger(value) or value
    end
  end
  return values
end

--- Checks one positional argument and returns it.
---@param value any
---@param entry any     a declaration, as in options: "lis.log" is short for { type = "lis.log" }
---@param where string  what the user called
---@param name string   the argument's name
function check.argument(value, entry, where, name)
  local spec = type(entry) == "string" and { type = entry } or check.spec(entry)
  local problem = check.problem(value, spec)
  if problem then check.fail(where, "%s %s", name, problem) end
  return value
end

return check
