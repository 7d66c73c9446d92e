--- Progress on stderr: a bar with the time left on a terminal, a plain line every few seconds
--- elsewhere (logs stay short), nothing under --quiet.
---
---     local p = progress.start("base, seed 1", rows)
---     for batch = 1, batches do train(batch); p:update(batch * 1024, "loss 0.61") end
---     p:finish()
---
--- Bars nest: the label of an inner one follows that of the outer one, "study > base > epoch 1".
--- A bar is also a to-be-closed value: `local p <close> = progress.start(...)` ends it on errors.
local settings = require "lis.util.settings"
local text = require "lis.util.text"

local progress = {}

local LINE_EVERY = 5    -- seconds between plain lines
local DRAW_EVERY = 0.1  -- seconds between redraws of a bar
local BAR_WIDTH = 24

local quiet = false
local stack = {} -- bars that are running, outermost first
local drawn = false
local above = 0 -- lines drawn over the bar

-- What is told from outside, so that tests can be a terminal and a clock.
local world = {}

local function base() return require("lis.core").base end
function world.clock() return base().clock() end
function world.is_terminal() return base().is_terminal("stderr") end
function world.write(s) io.stderr:write(s) end
function world.columns() return base().columns("stderr") end
function world.lines() return base().lines("stderr") end

--- Replaces clock, is_terminal, write, columns or lines (tests); returns the former ones.
---@param functions table<string, function>
---@return table<string, function>
function progress.attach(functions)
  local former = {}
  for name, value in pairs(functions) do former[name], world[name] = world[name], value end
  return former
end

--- Silences all bars, or lets them speak again.
---@param silent boolean?
function progress.quiet(silent) quiet = silent ~= false end

--- Erases a half-drawn bar, so that what is printed next starts on a clean line.
function progress.clear()
  if drawn then
    world.write(above > 0 and ("\r\27[%dA\27[J"):format(above) or "\r\27[K")
    drawn, above = false, 0
  end
end

--- Ends all bars: what the host does after an error that nobody caught.
function progress.abandon()
  progress.clear()
  stack = {}
end

---@class lis.progress.bar
local bar = {}
bar.__index = bar

local function path()
  local labels = {}
  for i, one in ipairs(stack) do labels[i] = one.label end
  return table.concat(labels, " > ")
end

local function time_left(self, now)
  local fraction = self.total and self.total > 0 and self.done / self.total or 0
  if fraction <= 0 then return nil end
  return (now - self.began) * (1 - fraction) / fraction
end

-- The lines over the bar: those of the innermost bar that has some, as many as the screen holds.
local function board()
  for i = #stack, 1, -1 do
    if stack[i].lines_above then return stack[i].lines_above(world.lines() - 2) end
  end
  return {}
end

-- Draws over what was drawn before, line by line, so that nothing flickers.
local function write_screen(lines, last)
  local width, out = world.columns() - 1, { "\r" }
  if drawn and above > 0 then out[2] = ("\27[%dA"):format(above) end
  for _, one in ipairs(lines) do out[#out + 1] = text.cut(one, width) .. "\27[K\n" end
  out[#out + 1] = text.cut(last, width) .. (#lines < above and "\27[J" or "\27[K")
  world.write(table.concat(out))
  drawn, above = true, #lines
end

local function draw(self, now)
  local parts = { path() }
  if self.total then
    local fraction = self.total > 0 and math.min(1, self.done / self.total) or 1
    local filled = math.floor(fraction * BAR_WIDTH)
    parts[#parts + 1] = ("[%s%s] %3d%%"):format(("="):rep(filled), (" "):rep(BAR_WIDTH - filled),
      math.floor(100 * fraction))
    local left = time_left(self, now)
    parts[#parts + 1] = left and text.duration(left) .. " left"
  end
  parts[#parts + 1] = self.note
  write_screen(board(), table.concat(parts, "  "))
end

local function line(self, now)
  local parts = { path() }
  if self.total then
    parts[1] = ("%s: %s of %s"):format(parts[1], text.count(self.done), text.count(self.total))
    local left = time_left(self, now)
    parts[#parts + 1] = left and "about " .. text.duration(left) .. " left"
  end
  parts[#parts + 1] = self.note
  world.write(table.concat(parts, ", ") .. "\n")
end

local last_shown = -math.huge

local function is_silent() return quiet or settings.quiet end

local function show(self, force)
  if is_silent() then return end
  local now = world.clock()
  local terminal = world.is_terminal()
  if not force and now - last_shown < (terminal and DRAW_EVERY or LINE_EVERY) then return end
  last_shown = now;
  (terminal and draw or line)(self, now)
end

--- Begins a piece of work.
---@param label string
---@param total number?  in any unit; nil where it is not known
---@return lis.progress.bar
function progress.start(label, total)
  local self = setmetatable({ label = label, total = total, done = 0, began = world.clock() }, bar)
  if #stack == 0 then last_shown = world.is_terminal() and -math.huge or self.began end
  stack[#stack + 1] = self
  if world.is_terminal() then show(self) end
  return self
end

--- Says how far it has come: `done` of `total`, with an optional note behind the bar.
---@param done number
---@param note string?
function bar:update(done, note)
  self.done, self.note = done, note or self.note
  show(self)
end

--- Lines to stand over the bar on a terminal, such as a table that changes with it.
---@param lines fun(room: integer): string[]  called at each redraw: at most `room` lines
---@return lis.progress.bar self
function bar:above(lines)
  self.lines_above = lines
  return self
end

--- One more step done.
---@param note string?
function bar:step(note) self:update(self.done + 1, note) end

--- Ends it, and the bars inside it that an error left open. Returns the seconds it took.
---@return number seconds
function bar:finish()
  local seconds = world.clock() - self.began
  for i = #stack, 1, -1 do
    if stack[i] == self then
      for inner = #stack, i, -1 do stack[inner] = nil end
      progress.clear()
      break
    end
  end
  return seconds
end

bar.__close = function(self) self:finish() end

--- Iterates over a list under a bar: `for i, arm in progress.steps("arms", arms) do ... end`.
---@param label string
---@param list any[]
---@param name (fun(element: any): string)?  what to show of an element, default tostring
---@return fun(): integer?, any
function progress.steps(label, list, name)
  local self = progress.start(label, #list)
  local i = 0
  local function next_element()
    i = i + 1
    if list[i] == nil then
      self:finish()
      return nil
    end
    self:update(i - 1, (name or tostring)(list[i]))
    return i, list[i]
  end
  return next_element, nil, nil, self
end

return progress
