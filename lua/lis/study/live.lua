--- The table of arms that stands over the progress bar while a study runs on a terminal: what is done and
--- what it gave so far, what runs and how long it will take, what waits.
local arm_of = require "lis.study.arm"
local core = require "lis.core"
local text = require "lis.util.text"

local live = {}

---@class lis.Live
---@field arms lis.Arm[]
---@field seeds integer
---@field epochs integer passes over the train rows that an arm takes at one seed
---@field running integer? the arm's place in the list
---@field passes integer of the running arm
---@field began number when it began
---@field pace number? seconds a pass, of the arms so far
local Live = {}
Live.__index = Live

--- A table where every arm waits.
---@param arms lis.Arm[]
---@param seeds integer
---@param epochs integer
---@return lis.Live
function live.new(arms, seeds, epochs)
  return setmetatable({ arms = arms, seeds = seeds, epochs = epochs, passes = 0, began = 0 }, Live)
end

--- An arm begins.
---@param index integer
function Live:begin(index) self.running, self.passes, self.began = index, 0, core.base.clock() end

--- The running arm has taken one pass more.
function Live:pass()
  self.passes = self.passes + 1
  self.pace = (core.base.clock() - self.began) / self.passes
end

-- Mean of the last AUC over the seeds that are finished.
local function auc_of(arm)
  local sum, n = 0, 0
  for _, run in ipairs(arm.runs or {}) do sum, n = sum + run.curve[#run.curve], n + 1 end
  return n > 0 and sum / n or nil
end

local function state_of(self, index)
  if index < self.running then return "done" end
  if index > self.running then return "waiting" end
  local left = self.epochs * self.seeds - self.passes
  local time = self.passes > 0 and (", %s left"):format(text.duration(left * self.pace)) or ""
  return ("seed %d of %d%s"):format(math.min(self.seeds, #(self.arms[index].runs or {}) + 1), self.seeds, time)
end

-- Which arms to show where not all fit: from a few before the running one on.
local function window(self, room)
  local count = #self.arms
  if count <= room then return 1, count end
  local first = math.max(1, math.min(self.running - room // 2, count - room + 1))
  return first, first + room - 1
end

--- The table, in at most `room` lines.
---@param room integer
---@return string[]
function Live:lines(room)
  if not self.running or room < 4 then return {} end
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
