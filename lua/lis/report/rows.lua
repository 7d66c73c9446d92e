--- Pictures of one row a thing: bars, points with intervals, spans, on a shared horizontal axis. On a wide
--- sheet the names stand left of the rows, on a narrow one above them.
local canvas = require "lis.report.canvas"

local rows = {}

---@class lis.report.Mark
---@field kind "bar"|"outline"|"point"|"span"
---@field value number? of a bar or point
---@field low number? end of the interval or span
---@field high number?
---@field look lis.report.Look
---@field over boolean?   the next mark shares its lane

---@class lis.report.Row
---@field label string
---@field header boolean? a title over the rows below
---@field note string? figures at the right
---@field marks lis.report.Mark[]?

---@class lis.report.RowsSpec
---@field rows lis.report.Row[]
---@field legend lis.report.LegendEntry[]?
---@field band number[]? values between which nothing is told from nothing
---@field zones { from: number, to: number, label: string }[]?
---@field axis { label: string?, signed: boolean?, low: number?, high: number?, format: string? }
---@field lane integer? pixels of a mark

local LABEL_LINE <const> = 19 -- pixels of a name that stands above its row

-- Ends of the axis: all values, and 0 where values are signed.
local function ends_of(spec)
  local low, high = math.huge, -math.huge
  local function see(x)
    if x and x - x == 0 then low, high = math.min(low, x), math.max(high, x) end
  end
  for _, row in ipairs(spec.rows) do
    for _, mark in ipairs(row.marks or {}) do
      see(mark.value)
      see(mark.low)
      see(mark.high)
    end
  end
  if spec.axis.signed then see(0) end
  for _, value in ipairs(spec.band or {}) do see(value) end
  if low > high then low, high = 0, 1 end
  local pad = math.max(high - low, 1e-6) * 0.04
  return spec.axis.low or low - pad, spec.axis.high or high + pad
end

local function height_of(row, lane, narrow)
  if row.header then return 26 end
  local lanes = 0
  for _, mark in ipairs(row.marks) do lanes = lanes + (mark.over and 0 or 1) end
  return lanes * lane + 10 + (narrow and LABEL_LINE or 0)
end

local function widest(list, key, limit)
  local width = 0
  for _, row in ipairs(list) do
    if row[key] and not row.header then width = math.max(width, 1.15 * canvas.text_width(row[key], 12)) end
  end
  return math.min(width, limit)
end

-- Margins, and the pixels of all rows.
local function layout(spec, width, narrow)
  local body = 0
  for _, row in ipairs(spec.rows) do body = body + height_of(row, spec.lane or 16, narrow) end
  local legend = canvas.legend_height(spec.legend or {}, width)
  return {
    left = narrow and 10 or widest(spec.rows, "label", 250) + 18, right = narrow and 14
      or widest(spec.rows, "note", 220) + 20,
    top = legend + (spec.zones and 24 or 6), bottom = spec.axis.label and 52 or 30, legend = legend, body = body,
  }
end

local function draw_mark(sheet, mark, y, lane)
  local half = math.min(8, lane / 2 - 1) - (mark.kind == "bar" and 3 or 0)
  local colour = mark.look.colour
  if mark.kind == "bar" or mark.kind == "outline" then
    sheet:box(canvas.at(0, y - half), canvas.at(mark.value, y + half), { colour = colour,
      outline = mark.kind == "outline" })
  elseif mark.kind == "span" then
    sheet:box(canvas.at(mark.low, y - half), canvas.at(mark.high, y + half),
      { colour = colour, outline = mark.look.outline })
  end
  if mark.low and mark.kind ~= "span" then
    sheet:line(canvas.at(mark.low, y), canvas.at(mark.high, y),
      { colour = mark.kind == "bar" and "ink" or colour, width = 2 })
  end
  if mark.kind == "point" and mark.value then sheet:point(canvas.at(mark.value, y), mark.look) end
end

-- Name and figures of a row whose marks begin at pixel y.
local function draw_words(sheet, row, y, height, size, narrow)
  local note = row.note and canvas.text_width(row.note, 12) + 8 or 0
  if narrow then
    sheet:text(sheet:pixel(size.left, y + LABEL_LINE / 2 + 2), canvas.fit(row.label, sheet.width - 24 - note, 12,
      row.header),
      { size = 12, bold = row.header })
    if row.note then
      sheet:text(sheet:pixel(sheet.width - 10, y + LABEL_LINE / 2 + 2), row.note,
        { align = "right", size = 12, colour = "grey" })
    end
    return
  end
  local middle = y + height / 2
  if row.header then
    sheet:text(sheet:pixel(6, middle + 3), canvas.fit(row.label, sheet.width - 12, 12, true),
      { size = 12, bold = true })
    return
  end
  sheet:text(sheet:pixel(size.left - 8, middle), canvas.fit(row.label, size.left - 12, 12),
    { align = "right", size = 12 })
  if row.note then
    sheet:text(sheet:pixel(sheet.width - 6, middle), row.note, { align = "right", size = 12, colour = "grey" })
  end
end

local function draw_zones(sheet, zones, size)
  for i, zone in ipairs(zones or {}) do
    if i % 2 == 0 then
      sheet:box(canvas.at(zone.from, 0), canvas.at(zone.to, size.body), { colour = "band", behind = true })
    end
    sheet:line(canvas.at(zone.from, 0), canvas.at(zone.from, size.body), { colour = "grey", dash = 2, layer = "back" })
    sheet:text(("first %.10g, screen %.5f"):format((zone.from + zone.to) / 2, 1 - (size.top - 12) / sheet.height),
      zone.label, { align = "center", size = 12, bold = true })
  end
end

-- Grid, band and the line of 0 between two heights: all rows, or one without the name above it. Lines are boxes of
-- a pixel, which, unlike lines, can lie behind the bars.
local function draw_ground(sheet, spec, ticks, from, to)
  if spec.band then
    sheet:box(canvas.at(spec.band[1], from), canvas.at(spec.band[2], to), { colour = "band", behind = true })
  end
  for _, x in ipairs(ticks) do
    sheet:box(canvas.at(x - ticks.pixel / 2, from), canvas.at(x + ticks.pixel / 2, to),
      { colour = x == 0 and spec.axis.signed and "grey" or "line", behind = true })
  end
end

--- The sheet of a picture.
---@param spec lis.report.RowsSpec
---@param width integer pixels
---@param narrow boolean? names above the rows
---@return lis.report.Canvas
function rows.draw(spec, width, narrow)
  local lane, size = spec.lane or 16, layout(spec, width, narrow)
  size.width, size.height = width, size.top + size.body + size.bottom
  local sheet, low, high = canvas.new(size), ends_of(spec)
  local room = (width - size.left - size.right) // 64
  local ticks = canvas.ticks(low, high, room)
  ticks.pixel = (high - low) / (width - size.left - size.right)
  sheet:axis("x", { low = low, high = high, signed = spec.axis.signed, format = spec.axis.format, no_grid = true },
    room)
  sheet:axis("y", { low = size.body, high = 0, bare = true }) -- a pixel is a pixel
  draw_zones(sheet, spec.zones, size)
  if not narrow then draw_ground(sheet, spec, ticks, 0, size.body) end
  local y = 0
  for _, row in ipairs(spec.rows) do
    local height = height_of(row, lane, narrow)
    local first = y + (narrow and not row.header and LABEL_LINE or 0)
    if narrow and not row.header then draw_ground(sheet, spec, ticks, first, y + height) end
    draw_words(sheet, row, size.top + y, height, size, narrow)
    first = first + 5 + lane / 2
    for _, mark in ipairs(row.marks or {}) do
      draw_mark(sheet, mark, first, lane)
      first = first + (mark.over and 0 or lane)
    end
    y = y + height
  end
  if spec.axis.label then
    sheet:text(sheet:pixel((size.left + width - size.right) / 2, size.height - 10),
      canvas.fit(spec.axis.label, width - 12, 12), { align = "center", size = 12, colour = "grey" })
  end
  sheet:legend(spec.legend or {}, 0)
  return sheet
end

return rows
