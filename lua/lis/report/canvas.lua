--- A sheet to draw on: axes, lines, boxes, points and letters at pixels or at values, as gnuplot commands.
---
--- Names come from data of others, so they are cut to the room they have and quoted whole.
local gnuplot = require "lis.util.gnuplot"
local style = require "lis.report.style"
local text = require "lis.util.text"

local canvas = {}

---@class lis.report.Canvas
---@field width integer
---@field height integer
---@field commands string[]
---@field curves string[] what `plot` draws
local Canvas = {}
Canvas.__index = Canvas

---@class lis.report.Look
---@field colour string   a name of style.colours
---@field point integer?  gnuplot's point type
---@field dash integer?   gnuplot's dash type

-- A name as gnuplot reads it: one line of letters.
local function quoted(s)
  if not utf8.len(s) then s = s:gsub("[\128-\255]", "?") end
  return gnuplot.quoted((s:gsub("%c", " ")))
end

--- Pixels that a text takes, about.
---@param s string
---@param size number? of the letters
---@return number
function canvas.text_width(s, size) return text.width(s) * style.font.letter * (size
  or style.font.size) / style.font.size end

--- Cuts a name to the room it has, though its letters be wide ones.
---@param s string
---@param pixels number
---@param size number?
---@param bold boolean?
---@return string
function canvas.fit(s, pixels, size, bold)
  return text.cut(s, math.max(4, math.floor(pixels / (canvas.text_width("x", size) * (bold and 1.25 or 1.12)))))
end

local function colour_of(name) return style.colours[name].light end

--- A new sheet; margins are the pixels around the axes.
---@param size { width: integer, height: integer, left: number, right: number, top: number, bottom: number }
---@return lis.report.Canvas
function canvas.new(size)
  local self = setmetatable({ width = size.width, height = math.ceil(size.height), commands = {}, curves = {},
    blocks = 0, left = size.left, top = size.top }, Canvas)
  self:add "set key off; set border 0; unset xtics; unset ytics; set bars small"
  self:add("set lmargin at screen %.5f; set rmargin at screen %.5f", size.left / self.width,
    1 - size.right / self.width)
  self:add("set tmargin at screen %.5f; set bmargin at screen %.5f", 1 - size.top / self.height,
    size.bottom / self.height)
  return self
end

--- A command as it is.
---@param command string
function Canvas:add(command, ...)
  self.commands[#self.commands + 1] = select("#", ...) > 0 and command:format(...) or command
end

--- A place by pixels from the sheet's upper left corner.
---@return string
function Canvas:pixel(x, y) return ("screen %.5f, screen %.5f"):format(x / self.width, 1 - y / self.height) end

--- A place by values.
---@return string
function canvas.at(x, y) return ("first %.10g, first %.10g"):format(x, y) end

--- A step between marks of an axis: 1, 2 or 5 times a power of ten, so that about `room` of them fit.
---@param low number
---@param high number
---@param room integer
---@return number step
---@return integer digits after the point that tell marks apart
function canvas.step(low, high, room)
  local least = (high - low) / math.max(1, room)
  local power = 10 ^ math.floor(math.log(least, 10))
  local step = power * (least / power <= 1 and 1 or least / power <= 2 and 2 or least / power <= 5 and 5 or 10)
  return step, math.max(0, math.ceil(-math.log(step, 10) - 1e-9))
end

---@class lis.report.Axis
---@field low number
---@field high number
---@field signed boolean?
---@field format string?
---@field marks { [1]: number, [2]: string }[]? instead of numbers
---@field label string?
---@field bare boolean? no marks
---@field no_grid boolean?

--- The values at which an axis is marked, and the digits that tell them apart.
---@param low number
---@param high number
---@param room integer
---@return number[]
---@return integer digits
function canvas.ticks(low, high, room)
  local step, digits = canvas.step(low, high, room)
  local values = {}
  for k = math.ceil(low / step), math.floor(high / step) do values[#values + 1] = k * step end
  return values, digits
end

-- Marks of an axis whose sign is the message: 0 has none.
local function signed_marks(options, room)
  local marks, values, digits = {}, canvas.ticks(options.low, options.high, room)
  for i, value in ipairs(values) do marks[i] = { value, value == 0 and "0" or text.signed(value, digits) } end
  return marks
end

-- "'label' value, ..." of an axis with words.
local function mark_list(marks)
  local list = {}
  for i, mark in ipairs(marks) do list[i] = ("%s %.10g"):format(quoted(mark[2]), mark[1]) end
  return "(" .. table.concat(list, ", ") .. ")"
end

--- Range, grid lines and marks of one axis.
---@param axis "x"|"y"
---@param options lis.report.Axis
---@param room integer how many marks fit
function Canvas:axis(axis, options, room)
  self:add("set %srange [%.10g:%.10g]", axis, options.low, options.high)
  if options.bare then return end
  local step, digits = canvas.step(options.low, options.high, room)
  local marks = options.marks or options.signed and signed_marks(options, room)
  self:add("set format %s '%s'", axis, options.format or "%." .. digits .. "f")
  self:add("set %stics scale 0 textcolor rgb '%s' %s", axis, colour_of "grey",
    marks and mark_list(marks) or ("%.10g"):format(step))
  if not options.no_grid then self:add("set grid %stics lt 1 lw 1 lc rgb '%s'", axis, colour_of "line") end
end

---@class lis.report.TextOptions
---@field align ("left"|"right"|"center")?
---@field colour string?
---@field size number?
---@field bold boolean?

--- Letters at a place.
---@param place string of pixel or at
---@param words string
---@param options lis.report.TextOptions?
function Canvas:text(place, words, options)
  options = options or {}
  self:add("set label %s at %s %s front textcolor rgb '%s' font '%s,%g'", quoted(words), place,
    options.align or "left", colour_of(options.colour or "ink"),
    options.bold and style.font.family .. ":Bold" or style.font.family, options.size or style.font.size)
end

--- A straight line between two places.
---@param from string
---@param to string
---@param look { colour: string, width: number?, dash: integer?, layer: ("back"|"front")? }
function Canvas:line(from, to, look)
  self:add("set arrow from %s to %s nohead lw %g lc rgb '%s' dt %d %s", from, to, look.width or 1,
    colour_of(look.colour), look.dash or 1, look.layer or "front")
end

--- A box between two places: filled, or its outline.
---@param from string
---@param to string
---@param look { colour: string, outline: boolean?, behind: boolean? }
function Canvas:box(from, to, look)
  local fill = look.outline and ("fs empty border rgb '%s' lw 2"):format(colour_of(look.colour))
    or ("fc rgb '%s' fs solid 1 noborder"):format(colour_of(look.colour))
  self:add("set object rectangle from %s to %s %s %s", from, to, look.behind and "behind" or "back", fill)
end

--- A point at a place.
---@param place string
---@param look lis.report.Look
function Canvas:point(place, look)
  self:add("set label '' at %s front point pt %d ps 0.8 lw 2 lc rgb '%s'", place, look.point or 7,
    colour_of(look.colour))
end

--- A curve through values, drawn as gnuplot's `kind`; numbers that are none are left out.
---@param rows number[][]
---@param kind string such as "using 1:2 with lines"
---@param look lis.report.Look
---@param extra string? of the curve's look
function Canvas:curve(rows, kind, look, extra)
  self.blocks = self.blocks + 1
  self:add("$data%d << EOD", self.blocks)
  for _, row in ipairs(rows) do
    local numbers = {}
    for i, value in ipairs(row) do numbers[i] = ("%.10g"):format(value) end
    local line = table.concat(numbers, " ")
    if not line:find "[in]" then self:add(line) end -- nan, inf
  end
  self:add "EOD"
  self.curves[#self.curves + 1] = ("$data%d %s lc rgb '%s' %s notitle"):format(self.blocks, kind,
    colour_of(look.colour), extra or "")
end

-- Entries broken into lines that fit the width.
local function legend_lines(entries, width)
  local lines, x = { {} }, 0
  for _, entry in ipairs(entries) do
    local label = canvas.fit(entry.label, width - 34, 12)
    local needs = canvas.text_width(label, 12) + 40
    if x > 0 and x + needs > width then
      lines[#lines + 1], x = {}, 0
    end
    table.insert(lines[#lines], { x = x, label = label, look = entry })
    x = x + needs
  end
  return lines
end

---@class lis.report.LegendEntry: lis.report.Look
---@field label string
---@field kind ("line"|"point"|"box"|"outline")?

--- Pixels that a legend takes from the height.
---@param entries lis.report.LegendEntry[]
---@param width number
---@return integer
function canvas.legend_height(entries, width) return #entries == 0 and 0
  or #legend_lines(entries, width - 12) * 20 + 4 end

local function draw_entry(self, entry, x, y)
  local look = entry.look
  if look.kind == "box" or look.kind == "outline" then
    self:box(self:pixel(x, y - 6), self:pixel(x + 18, y + 6), { colour = look.colour,
      outline = look.kind == "outline" })
  else
    if look.kind ~= "point" then
      -- Dashes as pieces: gnuplot's SVG forgets them between lines of one colour.
      for _, piece in ipairs((look.dash or 1) == 1 and { { 0, 22 } } or { { 0, 5 }, { 8.5, 13.5 }, { 17, 22 } }) do
        self:line(self:pixel(x + piece[1], y), self:pixel(x + piece[2], y), { colour = look.colour, width = 2 })
      end
    end
    if look.point then self:point(self:pixel(x + 11, y), look) end
  end
  self:text(self:pixel(x + 28, y), entry.label, { size = 12 })
end

--- Draws a legend from a height on, in pixels.
---@param entries lis.report.LegendEntry[]
---@param y number
function Canvas:legend(entries, y)
  for i, line in ipairs(legend_lines(entries, self.width - 12)) do
    for _, entry in ipairs(line) do draw_entry(self, entry, 6 + entry.x, y + 20 * i - 10) end
  end
end

--- All commands, the drawing included.
---@return string
function Canvas:script()
  local curves = #self.curves > 0 and table.concat(self.curves, ", ") or "NaN notitle"
  return table.concat(self.commands, "\n") .. "\nplot " .. curves .. "\n"
end

return canvas
