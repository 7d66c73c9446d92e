--- A recipe's options, declared once:
---
---     local opt = lis.options{
---       out   = "runs/quickstart",                                  -- a default is enough
---       seeds = { default = 3, type = "integer", min = 1, help = "trainings per arm" },
---       by    = { default = "day", choices = { "day", "week" } },
---       plot  = false,                                              -- a flag: --plot
---       data  = lis.options.required("folder with ml-100k.inter"),
---     }
---
--- `lisrun recipe.lua --seeds 5` then gives opt.seeds == 5. --help prints the recipe's leading
--- comment and the options; a wrong option is one line on stderr and exit status 2. Every recipe
--- also understands --threads, --seed and --quiet. An underscore in a name is a dash on the line.
local check = require "lis.util.check"
local nearest = require "lis.util.nearest"
local settings = require "lis.util.settings"

---@class lis.options
local options = {}

local common = {
  threads = { type = "integer", min = 1, max = 256, help = "worker threads", common = true },
  seed = { default = 1, type = "integer", min = 0, help = "where every random choice begins",
    common = true },
  quiet = { default = false, type = "boolean", help = "no progress on the way", common = true },
}

--- What every recipe understands, by name.
options.common = common

local placeholders = { integer = "N", number = "X", list = "A,B,..." }

local exit = { __name = "lis.exit" }
exit.__tostring = function(self) return self.message end

--- Not a mistake but a wish to leave, to be raised by error(): lisrun prints the message, on stdout
--- where the code is 0, and ends with the code.
---@param code integer
---@param message string
---@return table
function options.ending(code, message)
  return setmetatable({ code = code, message = message }, exit)
end

local function switch(name) return "--" .. name:gsub("_", "-") end

-- ---------------------------------------------------------------------------------------------
-- From text to value

local parse = {}

function parse.integer(text) return math.tointeger(tonumber(text)) end
function parse.number(text) return tonumber(text) end
function parse.string(text) return text end

local function convert_one(text, kind)
  local value = (parse[kind] or parse.string)(text)
  if value == nil then return text end -- check.problem names the type that is wanted
  return value
end

local function converter(name, spec)
  return function(text)
    local value
    if spec.type == "list" then
      value = {}
      for part in text:gmatch("[^,]+") do value[#value + 1] = convert_one(part, spec.of) end
    else
      value = convert_one(text, spec.type)
    end
    local problem = check.problem(value, spec)
    if problem then return nil, ("option '%s' %s"):format(switch(name), problem) end
    return value
  end
end

-- ---------------------------------------------------------------------------------------------
-- From declarations to a parser

local function text_of(value)
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for i, element in ipairs(value) do parts[i] = text_of(element) end
  return table.concat(parts, ",")
end

local function description(spec)
  local parts = { spec.help }
  if spec.choices then
    parts[#parts + 1] = (spec.help and "" or "one of ") .. text_of(spec.choices):gsub(",", ", ")
  end
  local help = table.concat(parts, ": ")
  if spec.required then return help .. " (required)" end
  if spec.default == nil or spec.default == false then return help end
  return ("%s%s(default: %s)"):format(help, help == "" and "" or " ", text_of(spec.default))
end

local function add_flag(parser, name, spec)
  local on, off = switch(name), switch("no-" .. name)
  local names = spec.default and { off, on } or { on, off }
  for i, text in ipairs(names) do
    local help = text == off and "switch off: " .. (spec.help or name) or spec.help or ""
    parser:flag(text):target(name):action(text == on and "store_true" or "store_false")
      :description(help):hidden(i == 2):init(nil):count("*")
  end
end

local function add_option(parser, name, spec)
  if spec.type == "boolean" then return add_flag(parser, name, spec) end
  local option = parser:option(switch(name)):target(name):convert(converter(name, spec))
    :argname(spec.argname or placeholders[spec.type] or "TEXT"):description(description(spec))
  if name:find("_", 1, true) then option:hidden_name("--" .. name) end
end

local function load_argparse()
  local ok, argparse = pcall(require, "argparse")
  if ok then return argparse end
  error("the Lua package argparse is missing; on Debian: apt-get install lua-argparse", 0)
end

-- Required options first, then in alphabetical order, then those that all recipes have.
local function ordered(specs)
  local names = nearest.keys(specs)
  local function rank(name)
    return specs[name].required and 0 or specs[name].common and 2 or 1
  end
  table.sort(names, function(a, b)
    if rank(a) ~= rank(b) then return rank(a) < rank(b) end
    return a < b
  end)
  return names
end

local function build(specs, program, about, words)
  local parser = load_argparse()(program, about):add_help(false)
    :usage_max_width(90):help_max_width(90):usage_margin(4)
  local wants_help = false
  if words then
    parser:argument(words.name):target("words"):args(words.args):description(words.help or "")
  else
    parser:argument("words"):args("*"):hidden(true)
  end
  for _, name in ipairs(ordered(specs)) do add_option(parser, name, specs[name]) end
  parser:flag("-h --help"):description("show this and leave"):action(function()
    wants_help = true -- said through a variable: pparse turns any error object into text
    error("help", 0)
  end)
  return parser, function() return wants_help end
end

-- argparse takes "-1" for an option: glue it to the option before it.
local function glue_negative_numbers(args)
  local glued = {}
  for _, text in ipairs(args) do
    local before = glued[#glued]
    if tonumber(text) and text:sub(1, 1) == "-" and before and before:match("^%-%-[^=]+$") then
      glued[#glued] = before .. "=" .. text
    else
      glued[#glued + 1] = text
    end
  end
  return glued
end

local function complete(specs, parsed)
  local values = {}
  for name, spec in pairs(specs) do
    values[name] = parsed[name]
    if values[name] == nil then values[name] = spec.default end
    if spec.required and values[name] == nil then
      return nil, ("option '%s' is required%s"):format(switch(name),
        spec.help and ": " .. spec.help or "")
    end
  end
  return values
end

local function explain(message, specs)
  local first = message:match("^[^\n]*")
  local unknown = first:match("^unknown option '(.-)'")
  if not unknown then return first end
  local names = { "--help" }
  for _, name in ipairs(nearest.keys(specs)) do names[#names + 1] = switch(name) end
  return ("unknown option '%s'%s"):format(unknown, nearest.hint(unknown, names))
end

local function with_default(spec, value)
  local copy = {}
  for key, entry in pairs(spec) do copy[key] = entry end
  copy.default, copy.required = value, nil
  return copy
end

--- Parses a list of arguments without touching anything: what `lis.options` does, for tests and
--- for programs with an `arg` of their own.
---@param declared table<string, any>
---@param args string[]
---@param program string?  name in messages
---@param about string?    description in --help
---@param words table?      for commands that take words beside options, and no common options:
---                         { name = "RECIPE", args = "+", help = "..." }; values.words lists them
---@return table? values
---@return table? exit     { code = 0 | 2, message = string } where the program should end
function options.parse(declared, args, program, about, words)
  local specs = {}
  for name, spec in pairs(words and {} or common) do specs[name] = spec end
  for name, entry in pairs(declared) do specs[name] = check.spec(entry) end
  for _, name in ipairs{ "seed", "out" } do
    if specs[name] and settings[name] and not check.problem(settings[name], specs[name]) then
      specs[name] = with_default(specs[name], settings[name])
    end
  end
  program = program or "recipe"
  local parser, wants_help = build(specs, program, about, words)
  local fine, ok, parsed = pcall(parser.pparse, parser, glue_negative_numbers(args))
  if wants_help() then return nil, options.ending(0, parser:get_help()) end
  if not fine then error(ok, 0) end
  local values, problem
  if not ok then
    problem = explain(parsed, specs)
  elseif not words and parsed.words[1] then
    problem = ("unexpected argument '%s'"):format(parsed.words[1])
  else
    values, problem = complete(specs, parsed)
    if values and words then
      values.words = type(parsed.words) == "table" and parsed.words or { parsed.words }
    end
  end
  if values then return values end
  return nil, options.ending(2, ("%s: %s (--help shows all options)"):format(program, problem))
end

-- ---------------------------------------------------------------------------------------------
-- For the recipe that runs

--- The comment at the top of a file, without its dashes: what --help says first.
---@param path string
---@return string?
function options.leading_comment(path)
  local file = io.open(path, "r")
  if not file then return nil end
  local lines = {}
  for line in file:lines() do
    local comment = line:match("^%-%-+ ?(.*)$")
    if comment then
      lines[#lines + 1] = comment
    elseif not (#lines == 0 and (line:match("^#!") or line:match("^%s*$"))) then
      break
    end
  end
  file:close()
  return #lines > 0 and table.concat(lines, "\n") or nil
end

local effective

local function apply(values)
  local base = require("lis.core").base
  values.threads = base.threads(values.threads)
  values.quiet = values.quiet or settings.quiet
  if values.quiet then require("lis.util.progress").quiet(true) end
end

--- Declares the options of the running recipe, parses the global `arg` and applies --threads and
--- --quiet. Ends the program after --help (status 0) or a wrong option (status 2).
---@param declared table<string, any>
---@return table opt  plain table of values
function options.declare(declared)
  local arguments = rawget(_G, "arg") or {}
  local path = arguments[0] or "recipe"
  local values, ending = options.parse(declared, arguments, path:match("[^/]+$") or path,
    options.leading_comment(path))
  if not values then error(ending, 0) end
  apply(values)
  effective = values
  return values
end

--- An option without a default: leaving it out is an error that says what it is for.
---@param help string
---@param kind string?  default "string"
---@return lis.spec
function options.required(help, kind)
  return { required = true, help = help, type = kind or "string" }
end

--- A copy of every value in effect, declared or common, for results.json.
---@return table
function options.effective()
  local copy = {}
  for name, value in pairs(effective or {}) do copy[name] = value end
  return copy
end

return setmetatable(options, {
  __call = function(_, declared) return options.declare(declared) end,
})
