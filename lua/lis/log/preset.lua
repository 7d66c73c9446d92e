--- Presets: public logs in the form in which they are published, read by one word.
---
---     lis.log.read("MINDsmall_train", { preset = "mind" })
local check = require "lis.util.check"
local files = require "lis.log.files"
local nearest = require "lis.util.nearest"
local rows = require "lis.log.rows"
local settings = require "lis.util.settings"
local text = require "lis.util.text"

---@class lis.Preset
---@field about string what it reads, in words
---@field files lis.WantedFiles the main file; what lies beside it, it finds itself
---@field options table<string, any> its own, as lis.util.check declares them
---@field read fun(path: string, options: table, where: string): table, string[] path: of the main file; gives what
---  lis.log.from_columns takes, and what is to be said

local preset = {}

---@type table<string, lis.Preset>
preset.known = {
  amazon = require "lis.log.preset.amazon",
  avazu = require "lis.log.preset.avazu",
  criteo = require "lis.log.preset.criteo",
  mind = require "lis.log.preset.mind",
  movielens = require "lis.log.preset.movielens",
  recbole = require "lis.log.preset.recbole",
}

local function options_of(one)
  local spec = { preset = { type = "string" }, name = { type = "string" }, quiet = false }
  for name, entry in pairs(one.options) do spec[name] = entry end
  return spec
end

-- "; preset 'recbole' would read ml-100k.inter", where another preset knows a file of the folder.
local function other_preset(path, given)
  for _, name in ipairs(nearest.keys(preset.known)) do
    local found = name ~= given and files.look(path, preset.known[name].files)
    if found then return ("; preset '%s' would read %s"):format(name, found:match "[^/]+$") end
  end
  return ""
end

local function main_file(where, path, one, given)
  local found, problem = files.find(path, one.files)
  if not found then error(("%s: %s%s"):format(where, problem, other_preset(path, given)), 0) end
  return found
end

-- Rows that name nobody, or nothing, are no events.
local function with_ids(made, said)
  local there = made.user:ge(0):land(made.item:ge(0))
  local missing = #there - there:count()
  if missing == 0 then return made end
  said[#said + 1] = ("%s rows without a user or an item are left out"):format(text.count(missing))
  return rows.take(made, there:nonzero())
end

--- The columns of a published log; says what was read, unless quiet.
---@param path string a file, or the folder it lies in
---@param given table options with `preset`
---@return table for lis.log.from_columns
function preset.read(path, given)
  local problem = check.problem(given.preset, { type = "string", choices = nearest.keys(preset.known) })
  if problem then check.fail("lis.log.read", "preset %s", problem) end
  local one = preset.known[given.preset]
  local where = ("lis.log.read, preset '%s'"):format(given.preset)
  local options = check.options(given, options_of(one), where)
  local made, said = one.read(main_file(where, path, one, given.preset), options, where)
  made = with_ids(made, said)
  for i, line in ipairs(said) do
    said[i] = given.preset .. ": " .. line
    if not options.quiet and not settings.quiet then print(said[i]) end
  end
  made.name = options.name or path:match "([^/]+)/*$"
  made.reading = { preset = given.preset, path = path, lines = said }
  return made
end

return preset
