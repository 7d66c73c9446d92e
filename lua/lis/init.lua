--- The facade: `local lis = require "lis"`.
---
--- Each stage of a study is a module of its own and is loaded when it is first touched:
--- log -> split -> preference -> leak -> represent -> inject -> ranker -> score -> report, with
--- `study` to compose them, `world` for a simulated feed and `options` for a recipe's command line.
---@class lis
---@field core lis.core                the C side: tensors, sparse matrices, tables, metrics, training
---@field contract table               what every constructor, channel and ranker holds, tried on yours
---@field log table                    events: reading, labels, histories
---@field clean table                  steps that drop rows: duplicates, k-core, time range, rules, samples
---@field split table                  cuts by global time
---@field preference table             constructors of weighted item pairs
---@field leak table                   which events may be seen: cross-fit, naive, history
---@field represent table              pairs -> one vector an item
---@field inject table                 vectors -> inputs of the ranker
---@field ranker table                 DeepFM- and DIN-style click models
---@field compare lis.compare          saved studies side by side
---@field score table                  AIS, LIS, intervals, controls
---@field score_import table           the same statistics from score files, no training
---@field study table                  base and arms, paired over seeds
---@field report table                 terminal, a page, Markdown, LaTeX, CSV, JSON, pictures
---@field view lis.view                figures and pictures of anything: describe, head, hist, plot
---@field world table                  the simulated feed
---@field options lis.options          a recipe's options: `lis.options{ seeds = 3 }`
---@field help fun(x: any)            what the doc comments say of a value or a name
---@field version string
local lis = {}

-- Written out, so that a reader (and the test of who requires whom) sees every name.
local stages = {
  compare = function() return require "lis.study.compare" end,
  clean = function() return require "lis.log.clean" end,
  contract = function() return require "lis.contract" end,
  core = function() return require "lis.core" end,
  help = function() return require("lis.util.help").help end,
  inject = function() return require "lis.inject" end,
  leak = function() return require "lis.leak" end,
  log = function() return require "lis.log" end,
  options = function() return require "lis.options" end,
  preference = function() return require "lis.preference" end,
  ranker = function() return require "lis.ranker" end,
  report = function() return require "lis.report" end,
  represent = function() return require "lis.represent" end,
  score = function() return require "lis.score" end,
  score_import = function() return require "lis.study.import" end,
  split = function() return require "lis.split" end,
  study = function() return require "lis.study" end,
  version = function() return require("lis.core").base.version end,
  view = function() return require "lis.view" end,
  world = function() return require "lis.world" end,
}

return setmetatable(lis, {
  __name = "lis",
  __stages = stages, -- what a prompt may complete without loading it
  __index = function(_, name)
    local load = stages[name]
    if load then
      lis[name] = load()
      return lis[name]
    end
    local nearest = require "lis.util.nearest"
    error(("lis has no stage '%s'%s"):format(tostring(name),
      nearest.hint(tostring(name), nearest.keys(stages))), 2)
  end,
})
