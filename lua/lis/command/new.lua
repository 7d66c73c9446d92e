--- `lisrun new NAME`: a recipe to begin with, which runs as it stands.
local base = require("lis.core").base
local options = require "lis.options"

local new = { summary = "writes a recipe to begin with", arguments = "NAME" }

local template = [[
-- NAME: which preference data is worth aligning an encoder on?
--
-- Data:     the simulated feed; with --data FILE a log of your own, columns user_id, item_id, timestamp, label.
-- Time:     some seconds.
-- Expected: say here what you expect before you run it.
local lis = require "lis"

local opt = lis.options {
  data = { type = "string", help = "a delimited file with a header; default: the simulated feed" },
  out = { default = "runs/NAME", help = "folder for the report: report.html" },
  seeds = { default = 2, min = 2, help = "trainings of each arm" },
  impressions = { default = 30000, min = 1000, help = "size of the simulated feed" },
}

-- 1. Events: who saw which item when, and what came of it.
local function read()
  if opt.data then return lis.log.read(opt.data) end
  return lis.log.from_world(lis.world.simulate {
    seed = opt.seed, users = 500, items = 400, impressions = opt.impressions,
  })
end
local log = read()
print(log)

-- 2. The study: the same ranker, trained with and without vectors made from each preference data set.
local study = lis.study {
  name = "NAME",
  log = log,
  split = lis.split.by_time(log, { test = 0.2 }),
  ranker = lis.ranker.deepfm { dim = 8, hidden = { 16 }, batch = 512, epochs = 2 },
  channel = lis.inject.similarity {},
  preferences = {
    ["co-engagement"] = lis.preference.coengagement {},
    ["co-exposure"] = lis.preference.coexposure {}, -- one constructor a candidate: see help "lis.preference"
  },
  seeds = opt.seeds,
  options = opt,
}

-- 3. What came out, on the terminal and in files.
study:run():print():report(opt.out)
]]

--- The text of a new recipe.
---@param name string  without folder and ending
---@return string
function new.text(name) return (template:gsub("NAME", function() return name end)) end

---@param arguments string[]
---@return integer status
function new.run(arguments)
  local values, ending = options.parse({}, arguments, "lisrun new",
    "Writes NAME.lua, a recipe that runs as it stands: change it step by step.", { name = "NAME", args = 1 })
  if not values then error(ending, 0) end
  local path = values.words[1]
  if not path:find("%.lua$") then path = path .. ".lua" end
  local name = path:match("([^/]*)%.lua$")
  if not name:find("^[%w_%-]+$") then
    error(options.ending(2, "lisrun new: a name is made of letters, digits, - and _"), 0)
  end
  local there = io.open(path)
  if there then
    there:close()
    error(options.ending(2, ("lisrun new: %s exists already"):format(path)), 0)
  end
  base.save(path, new.text(name))
  print(("%s is written. Try:\n  lisrun %s --help\n  lisrun %s"):format(path, path, path))
  return 0
end

return new
