--- The facade: `local lis = require "lis"`.
---
--- Each stage of a study is a module of its own and is loaded when it is first touched:
--- log -> split -> preference -> leak -> represent -> inject -> ranker -> score -> report, with
--- `study` to compose them, `world` for a simulated feed and `options` for a recipe's command line.
---@class lis
---@field core lis.core                the C side: tensors, sparse matrices, tables, metrics, training
---@field log table                    events: reading, labels, histories
---@field split table                  cuts by global time
---@field preference table             constructors of weighted item pairs
---@field leak table                   which events may be seen: cross-fit, naive, history
---@field represent table              pairs -> one vector an item
---@field inject table                 vectors -> inputs of the ranker
---@field ranker table                 DeepFM- and DIN-style click models
---@field score table                  AIS, LIS, intervals, controls
---@field study table                  base and arms, paired over seeds
---@field report table                 terminal, Markdown, JSON
---@field world table                  the simulated feed
---@field options lis.options          a recipe's options: `lis.options{ seeds = 3 }`
---@field version string
local lis = {}

local stages = {
  "core", "inject", "leak", "log", "options", "preference", "ranker", "report", "represent", "score",
  "split", "study", "world",
}

local known = { version = true }
for _, name in ipairs(stages) do known[name] = "lis." .. name end

return setmetatable(lis, {
  __name = "lis",
  __index = function(_, name)
    if name == "version" then
      lis.version = require("lis.core").base.version
    elseif known[name] then
      lis[name] = require(known[name])
    else
      local nearest = require "lis.util.nearest"
      error(("lis has no stage '%s'%s"):format(tostring(name),
        nearest.hint(tostring(name), nearest.keys(known))), 2)
    end
    return rawget(lis, name)
  end,
  __stages = stages, -- what a prompt may complete without loading it
})
