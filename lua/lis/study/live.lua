--- The table of arms that stands over the progress bar while a study runs on a terminal: what is done and
--- what it gave so far, what runs and how long it will take, what waits.
local arm_of = require "lis.study.arm"
local core = require "lis.core"
local text = require "lis.util.text"

local live = {}

---@class lis.Live
---@field arms lis.Arm[]
---@field epochs integer passes over the train rows that a run takes
---@field first integer? places in the list of the arms that run; nil before any does
---@field last integer?
---@field runs integer that are trained together
---@field passes integer of theirs
---@field began number when they began
local Live = {}
Live.__index = Live

--- A table where every arm waits.
---@param arms lis.Arm[]
---@param epochs integer
---@return lis.Live
function live.new(arms, epochs) return setmetatable({ arms = arms, epochs = epochs }, Live) end

--- Arms begin: so many runs of the arms from `first` to `last`.
---@param first integer
---@param last integer
---@param runs integer
function Live:begin(first, last, runs)
  self.first, self.last, self.runs, self.passes, self.began = first, last, runs, 0, core.base.clock()
end

--- One of the runs has taken one pass more.
function Live:pass() self.passes = self.passes + 1 end

-- Mean of the last AUC over the seeds that are finished.
local function auc_of(arm)
  local sum, n = 0, 0
  for _, run in ipairs(arm.runs or {}) do sum, n = sum + run.curve[#run.curve], n + 1 end
  return n > 0 and sum / n or nil
end

local function state_of(self, index)
  if index < self.first then return "done" end
  if index > self.last then return "waiting" end
  if self.passes == 0 then return "running" end
  local total = self.epochs * self.runs
  local left = (core.base.clock() - self.began) / self.passes * (total - self.passes)
  return ("epoch %d of %d, %s left"):format(math.min(self.epochs, self.passes // self.runs + 1), self.epochs,
    text.duration(left))
end

-- Which arms to show where not all fit: from a few before the running ones on.
local function window(self, room)
  local count = #self.arms
  if count <= room then return 1, count end
  local first = math.max(1, math.min(self.first - room // 2, count - room + 1))
  return first, first + room - 1
end

--- The table, in at most `room` lines.
---@param room integer
---@return string[]
function Live:lines(room)
  if not self.first or room < 4 then return {} end
  local base, rows = auc_of(self.arms[1]), {}
  local first, last = window(self, room - 2) -- less title and rule
  for index = first, last do
    local arm = self.arms[index]
    local auc = auc_of(arm)
    rows[#rows + 1] = { arm = arm_of.name(arm), state = state_of(self, index), auc = auc,
      gain = index > 1 and auc and base and auc - base or nil }
  end
  local drawn = text.table(rows, { { title = "arm", key = "arm" }, { title = "", key = "state" },
    { title = "AUC so far", key = "auc", format = "%.4f", align = "right" },
    { title = "gain", key = "gain", format = text.signed, align = "right" } })
  local lines = {}
  for line in drawn:gmatch "[^\n]+" do lines[#lines + 1] = line end
  return lines
end

return live
