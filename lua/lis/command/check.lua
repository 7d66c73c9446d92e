--- `lisrun check recipe.lua ...`: what is wrong with a recipe, found by reading it.
---
--- Reported are: what does not parse; globals that nobody declares; fields that a module of the
--- library (or of Lua) does not have; modules that do not exist; keys in the table of lis.options that
--- are no part of a declaration; options read that were never declared; options that a function of the
--- library does not take. Values, types, and methods of values are not looked at: those show when the
--- recipe runs. A name is followed through locals that are given a value once.
local base = require("lis.core").base
local check_options = require "lis.util.check"
local doc = require "lis.util.doc"
local nearest = require "lis.util.nearest"
local options = require "lis.options"
local parser = require "lis.util.parser"
local settings = require "lis.util.settings"
local source = require "lis.util.source"

local check = { summary = "finds mistakes in recipes without running them", arguments = "RECIPE" }

-- Asked for by what a recipe may require.
local library = require "lis"

local standard = {
  string = string, table = table, math = math, os = os, io = io, utf8 = utf8, coroutine = coroutine,
  debug = debug,
}

-- ---------------------------------------------------------------------------------------------
-- What functions of the library take, read from their sources

local function constant_keys(node)
  if not node or node.kind ~= "table" then return nil end
  local keys = {}
  for _, item in ipairs(node.items) do
    if not item.key or item.key.kind ~= "string" then return nil end
    keys[item.key.value] = true
  end
  return keys
end

-- The table that an expression stands for: itself, or the value of a local never assigned again.
local function behind(node)
  while node and node.kind == "name" and node.variable and not node.variable.assigned do
    node = node.variable.value
  end
  return node
end

-- Variables whose table gets more keys after it was written down.
local function filled_later(tree)
  local filled = {}
  parser.walk(tree, function(node)
    for _, target in ipairs(node.kind == "assign" and node.targets or {}) do
      local object = target.kind == "index" and target.object
      if object and object.kind == "name" and object.variable then filled[object.variable] = true end
    end
  end)
  return filled
end

local accepted = {} -- module name -> { ["lis.split.by_time"] = { test = true, ... } }

-- The options that `check.options(given, specs, "lis.split.by_time")` calls in a module declare.
local function accepted_options(module)
  if accepted[module] then return accepted[module] end
  local found = {}
  accepted[module] = found
  local text = source.text(module)
  if not text then return found end
  local tree = parser.parse(text)
  local filled = filled_later(tree)
  parser.walk(tree, function(node)
    local callee = node.kind == "call" and node.callee
    local is_check = callee and callee.kind == "index" and callee.key.value == "options"
      and callee.object.kind == "name" and callee.object.name == "check"
    local name = is_check and node.arguments[3]
    if not name or name.kind ~= "string" then return end
    local specs = node.arguments[2]
    local keys = not filled[specs.variable or specs] and constant_keys(behind(specs))
    if not keys or not next(keys) then return end
    found[name.value] = found[name.value] or {}
    for key in pairs(keys) do found[name.value][key] = true end
  end)
  return found
end

-- ---------------------------------------------------------------------------------------------
-- What an expression is, as far as reading tells: a value of the library or of Lua, and its name

local function field(value, key)
  if type(value) ~= "table" then return nil end
  local ok, found = pcall(function() return value[key] end) -- the facade loads its stages so
  if ok then return found end
end

local evaluate

local function required(node)
  local callee = node.kind == "call" and not node.method and node.callee
  local name = node.arguments and node.arguments[1]
  local is_require = callee and callee.kind == "name" and callee.name == "require"
    and not callee.variable
  return is_require and #node.arguments == 1 and name.kind == "string" and name.value or nil
end

local function is_ours(name) return name == "lis" or name:find("^lis%.") ~= nil end

---@return any value    nil where it is not known
---@return string? name
function evaluate(node)
  if not node then return nil end
  if node.kind == "name" then
    if node.variable then return evaluate(behind(node) ~= node and behind(node) or nil) end
    return standard[node.name], node.name
  elseif node.kind == "index" and node.key.kind == "string" then
    local value, name = evaluate(node.object)
    local found = field(value, node.key.value)
    return found, name and name .. "." .. node.key.value
  end
  local module = required(node)
  if not module or not is_ours(module) then return nil end
  if module == "lis" then return library, "lis" end
  local ok, value = pcall(require, module) -- the library's own module, not the recipe's
  if ok then return value, module end
end

-- ---------------------------------------------------------------------------------------------
-- The rules

---@class lis.check.report
---@field path string
---@field problems table[]
---@field extended table<string, boolean>  fields of the library that the recipe itself sets

local function add(report, node, format, ...)
  report.problems[#report.problems + 1] = { file = report.path, line = node.line,
    message = format:format(...) }
end

local rules = {}

function rules.name(node, report)
  if node.variable or _G[node.name] ~= nil or report.globals[node.name] then return end
  add(report, node, "undeclared variable '%s'%s", node.name,
    nearest.hint(node.name, report.known_names))
end

-- A field that a module lacks. Not for what a recipe sets itself, nor for tables it made.
function rules.index(node, report)
  if node.key.kind ~= "string" then return end
  local value, name = evaluate(node.object)
  local key = node.key.value
  if type(value) ~= "table" or field(value, key) ~= nil or report.extended[name .. "." .. key] then
    return
  end
  local names = nearest.keys(value)
  local meta = getmetatable(value)
  for _, stage in ipairs(type(meta) == "table" and nearest.keys(meta.__stages or {}) or {}) do
    names[#names + 1] = stage
  end
  add(report, node, "%s has no '%s'%s", name, key, nearest.hint(key, names))
end

local function check_declaration(item, report)
  local keys = constant_keys(item.value)
  if not keys then return end
  local is_full = false
  for key in pairs(keys) do is_full = is_full or check_options.spec_keys[key] end
  local known = nearest.keys(check_options.spec_keys)
  for _, key in ipairs(nearest.keys(keys)) do
    local hint = nearest.hint(key, known)
    if not check_options.spec_keys[key] and (is_full or hint ~= "") then
      add(report, item, "option '%s': unknown key '%s'%s", item.key.value, key, hint)
    end
  end
end

-- lis.options{ seeds = { default = 3 } }: keys of the declarations.
local function check_declarations(node, report)
  local declared = behind(node.arguments[1])
  if not declared or declared.kind ~= "table" then return end
  for _, item in ipairs(declared.items) do
    if item.key and item.key.kind == "string" then check_declaration(item, report) end
  end
end

-- The fields of the parameter `options`, where its doc comment names a class for it.
local function declared_options(name)
  local entry = doc.find(name)
  for _, param in ipairs(entry and entry.params or {}) do
    local class = param.name == "options" and doc.fields(param.type)
    if class then return class end
  end
end

-- The options of a function that stands in a part of its module: lis.represent.read in lis.represent.content.
local function accepted_in_parts(module, name)
  for _, part in ipairs(source.names()) do
    local keys = part:sub(1, #module + 1) == module .. "." and accepted_options(part)[name]
    if keys then return keys end
  end
end

-- What a function takes: what its declaration lists (those in C), what it checks, or both where some options are
-- another module's to check (lis.log.read). A module may be called itself: lis.study{...}.
local function keys_of(name)
  if name:find("^lis%.core%.") then return declared_options(name) end
  local module = name:match("^(.*)%.[^.]*$")
  local keys = accepted_options(name)[name]
    or module and (accepted_options(module)[name] or accepted_in_parts(module, name))
  for key in pairs(keys and declared_options(name) or {}) do keys[key] = true end
  return keys
end

-- Which argument holds the options: the parameter of that name, or else the last.
local function options_argument(node, name)
  local entry = doc.find(name)
  for i, parameter in ipairs(entry and entry.arguments or {}) do
    if parameter == "options" then return node.arguments[i] end
  end
  return node.arguments[#node.arguments]
end

-- The keys of the options, against what the function accepts.
local function check_arguments(node, name, report)
  local keys = keys_of(name)
  local given = keys and behind(options_argument(node, name))
  for _, item in ipairs(given and given.kind == "table" and given.items or {}) do
    local key = item.key and item.key.kind == "string" and item.key.value
    if key and not keys[key] then
      add(report, item, "%s: unknown option '%s'%s", name, key, nearest.hint(key, nearest.keys(keys)))
    end
  end
end

function rules.call(node, report)
  local module = required(node)
  if module and is_ours(module) and module ~= "lis.core" and not source.text(module) then
    add(report, node, "no module '%s'%s", module, nearest.hint(module, source.names()))
  end
  if node.method then return end
  local value, name = evaluate(node.callee)
  if value == nil then return end
  if value == options or value == options.declare then
    check_declarations(node, report)
  else
    check_arguments(node, name, report)
  end
end

-- opt.seeds, where `local opt = lis.options{ ... }`.
local function check_option_read(node, report)
  local call = node.kind == "index" and node.key.kind == "string" and behind(node.object)
  if not call or call.kind ~= "call" or call == node.object then return end
  if evaluate(call.callee) ~= options then return end
  local keys = constant_keys(behind(call.arguments[1]))
  if not keys or keys[node.key.value] then return end
  for name in pairs(options.common) do keys[name] = true end
  if keys[node.key.value] or report.extended[node] then return end
  add(report, node, "no option '%s' is declared%s", node.key.value,
    nearest.hint(node.key.value, nearest.keys(keys)))
end

-- ---------------------------------------------------------------------------------------------
-- A file

-- What the recipe defines itself: fields it sets, names of its locals for hints.
local function survey(tree, report)
  local names = nearest.keys(_G)
  parser.walk(tree, function(node)
    for _, target in ipairs(node.kind == "assign" and node.targets or {}) do
      if target.kind == "index" then
        report.extended[target] = true
        local _, name = evaluate(target)
        if name then report.extended[name] = true end
      end
    end
    for _, variable in ipairs(node.variables or {}) do names[#names + 1] = variable.name end
  end)
  report.known_names = names
end

--- The problems of a recipe, in the order of its lines.
---@param text string
---@param path string  for messages
---@return table[]     { file =, line =, message = }
function check.examine(text, path)
  local chunk, message = load(text:gsub("^#[^\n]*", ""), "@" .. path, "t")
  if not chunk then
    local line, words = message:match(":(%d+): (.*)$")
    return { { file = path, line = math.tointeger(tonumber(line)) or 1, message = words or message } }
  end
  local report = { path = path, problems = {}, extended = {}, globals = { arg = true, _ENV = true } }
  local tree = parser.parse(text)
  survey(tree, report)
  parser.walk(tree, function(node)
    if rules[node.kind] then rules[node.kind](node, report) end
    check_option_read(node, report)
  end)
  for i, problem in ipairs(report.problems) do problem.order = i end
  table.sort(report.problems, function(a, b)
    if a.line ~= b.line then return a.line < b.line end
    return a.order < b.order
  end)
  for _, problem in ipairs(report.problems) do problem.order = nil end
  return report.problems
end

local about = "Finds mistakes in recipes without running them: syntax, unknown globals, modules, "
  .. "functions and options. Values, types and methods of values show only when the recipe runs."

local function tell(path, problems)
  for _, p in ipairs(problems) do print(("%s:%d: %s"):format(p.file, p.line, p.message)) end
  if #problems == 0 and not settings.quiet then print(path .. ": no mistakes found") end
end

---@param arguments string[]
---@return integer status  1 where there are problems
function check.run(arguments)
  local values, ending = options.parse({}, arguments, "lisrun check", about,
    { name = "RECIPE", args = "+" })
  if not values then error(ending, 0) end
  local problems = {}
  for _, path in ipairs(values.words) do
    local file, reason = io.open(path, "rb")
    if not file then error(options.ending(2, "lisrun check: cannot open " .. reason), 0) end
    local found = check.examine(file:read("a"), path)
    file:close()
    table.move(found, 1, #found, #problems + 1, problems)
    if not settings.json then tell(path, found) end
  end
  if settings.json then print(base.json_encode(#problems > 0 and problems or base.json_array())) end
  return #problems > 0 and 1 or 0
end

return check
