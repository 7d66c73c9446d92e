--- Pictures of curves and points over two axes: dose, horizon, windows, learning, spread, calibration.
local canvas = require "lis.report.canvas"

local curves = {}

---@class lis.report.Series
---@field name string?
---@field points number[][]  x, y, and ends of y's interval where there is one
---@field look lis.report.Look
---@field fill boolean?      the ground below the curve
---@field dots boolean?      points without a line
---@field cross number[][]?  ends of x's interval a point, where it has one

---@class lis.report.CurvesSpec
---@field series lis.report.Series[]
---@field x lis.report.Axis     low and high may be left out
---@field y lis.report.Axis
---@field title string?
---@field height integer?
---@field rays { slope: number, label: string, dash: integer? }[]? lines through the origin

local function see(range, value)
  if value and value - value == 0 then range[1], range[2] = math.min(range[1], value), math.max(range[2], value) end
end

-- Ends of both axes: all points with their intervals.
local function ends_of(spec)
  local x, y = { math.huge, -math.huge }, { math.huge, -math.huge }
  for _, series in ipairs(spec.series) do
    for i, point in ipairs(series.points) do
      see(x, point[1])
      for k = 2, #point do see(y, point[k]) end
      for _, value in ipairs(series.cross and series.cross[i] or {}) do see(x, value) end
    end
  end
  if spec.x.signed then see(x, 0) end
  if spec.y.signed or spec.y.from_zero then see(y, 0) end
  return x, y
end

local function padded(range, axis, share)
  local low, high = range[1], range[2]
  if low > high then low, high = 0, 1 end
  local pad = math.max(high - low, 1e-6) * share
  return { low = axis.low or axis.from_zero and 0 or low - pad, high = axis.high or high + pad, signed = axis.signed,
    format = axis.format,
    marks = axis.marks }
end

-- Curves beside each other rather than over each other, where they have intervals.
local function nudged(series, i, n, span)
  local shift, points = (i - (n + 1) / 2) * span * 0.009, {}
  for k, point in ipairs(series.points) do
    points[k] = { point[1] + shift, table.unpack(point, 2) }
  end
  return points
end

local function draw_series(sheet, series, points)
  local look, marked = series.look, series.look.point
  if series.fill then
    sheet:curve(points, "using 1:2 with filledcurves y1=0", look, "fs transparent solid 0.18")
  end
  if not series.dots then
    sheet:curve(points, "using 1:2 with lines", look, ("lw 2 dt %d"):format(look.dash or 1))
  end
  for i, ends in ipairs(series.cross or {}) do
    sheet:line(canvas.at(ends[1], points[i][2]), canvas.at(ends[2], points[i][2]),
      { colour = look.colour, width = 1.5 })
  end
  if points[1] and #points[1] >= 4 then
    sheet:curve(points, "using 1:2:3:4 with yerrorbars", look, ("lw 1.5 pt %d ps 0.75"):format(marked or 7))
  elseif marked then
    sheet:curve(points, "using 1:2 with points", look, ("pt %d ps 0.7 lw 1.5"):format(marked))
  end
end

local function draw_rays(sheet, spec, x, y)
  for _, ray in ipairs(spec.rays or {}) do
    local low, high = math.max(x.low, y.low / ray.slope), math.min(x.high, y.high / ray.slope)
    sheet:curve({ { low, low * ray.slope }, { high, high * ray.slope } }, "using 1:2 with lines", { colour = "grey" },
      "lw 1 dt " .. (ray.dash or 1))
  end
end

local function legend_of(spec)
  local entries = {}
  for _, series in ipairs(spec.series) do
    if series.name then
      entries[#entries + 1] = { label = series.name, colour = series.look.colour, point = series.look.point,
        dash = series.look.dash, kind = series.fill and "box" or series.dots and "point" or "line" }
    end
  end
  for _, ray in ipairs(spec.rays or {}) do
    entries[#entries + 1] = { label = ray.label, colour = "grey", dash = ray.dash, kind = "line" }
  end
  return entries
end

local function draw_labels(sheet, spec, size)
  if spec.title then
    sheet:text(sheet:pixel(6, 12), canvas.fit(spec.title, sheet.width - 12, nil, true), { bold = true })
  end
  if spec.y.label then
    sheet:text(sheet:pixel(6, size.top - 14), canvas.fit(spec.y.label, sheet.width - 12, 12),
      { size = 12, colour = "grey" })
  end
  if spec.x.label then
    sheet:text(sheet:pixel((size.left + size.width - size.right) / 2, size.height - 10),
      canvas.fit(spec.x.label, size.width - 12, 12), { align = "center", size = 12, colour = "grey" })
  end
end

--- The sheet of a picture.
---@param spec lis.report.CurvesSpec
---@param width integer pixels
---@return lis.report.Canvas
function curves.draw(spec, width)
  local entries, title = legend_of(spec), spec.title and 24 or 0
  local size = { width = width, left = 62, right = 16, bottom = spec.x.label and 52 or 30 }
  local legend = canvas.legend_height(entries, width)
  size.top = title + legend + (spec.y.label and 26 or 10)
  size.height = size.top + (spec.height or 220) + size.bottom
  local sheet, x, y = canvas.new(size), ends_of(spec)
  x, y = padded(x, spec.x, spec.x.share or 0.05), padded(y, spec.y, 0.06)
  sheet:axis("x", x, (width - size.left) // 76)
  sheet:axis("y", y, (spec.height or 220) // 44)
  if y.low < 0 and y.high > 0 then
    sheet:line(canvas.at(x.low, 0), canvas.at(x.high, 0), { colour = "grey", layer = "back" })
  end
  draw_rays(sheet, spec, x, y)
  for i, series in ipairs(spec.series) do
    local apart = series.points[1] and #series.points[1] >= 4 and not series.dots
    draw_series(sheet, series, apart and nudged(series, i, #spec.series, x.high - x.low) or series.points)
  end
  draw_labels(sheet, spec, size)
  sheet:legend(entries, title)
  return sheet
end

return curves
