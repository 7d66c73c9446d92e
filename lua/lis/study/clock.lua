--- What a study spends: wall and CPU seconds by stage.
local base = require("lis.core").base

---@class lis.Clock
---@field wall table<string, number> seconds
---@field cpu table<string, number> seconds, all threads together
local Clock = {}
Clock.__index = Clock

local function add(seconds, stage, more) seconds[stage] = (seconds[stage] or 0) + more end

--- Runs fn(...), charges it to a stage and returns what it returned.
---@param stage string
---@param fn function
function Clock:time(stage, fn, ...)
  local wall, cpu = base.clock(), base.cpu()
  local result = table.pack(fn(...))
  add(self.wall, stage, base.clock() - wall)
  add(self.cpu, stage, base.cpu() - cpu)
  return table.unpack(result, 1, result.n)
end

--- Seconds since the clock was made: wall, CPU.
---@return number, number
function Clock:total() return base.clock() - self.start, base.cpu() - self.start_cpu end

local clock = {}

---@return lis.Clock
function clock.new()
  return setmetatable({ wall = {}, cpu = {}, start = base.clock(), start_cpu = base.cpu() }, Clock)
end

return clock
