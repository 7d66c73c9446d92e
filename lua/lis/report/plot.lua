--- Pictures into files and pages, by gnuplot; or why there are none.
local base = require("lis.core").base
local curves = require "lis.report.curves"
local gnuplot = require "lis.util.gnuplot"
local rows = require "lis.report.rows"
local style = require "lis.report.style"

local plot = {}

---@class lis.report.Figure
---@field name string      also of its files
---@field caption string
---@field size ("full"|"half"|"side")?
---@field rows lis.report.RowsSpec?
---@field curves lis.report.CurvesSpec?

local function sheet_of(figure, width, narrow)
  if figure.rows then return rows.draw(figure.rows, width, narrow) end
  return curves.draw(figure.curves, width)
end

-- A cairo terminal counts letters in points and a PDF its size in inches: 96 pixels, 72 points. (The scale of the PDF's
-- letters was found by measuring them.)
local terminals = {
  svg = "svg noenhanced dashed size %d,%d font '%s,%d' background '#ffffff'",
  page = "svg noenhanced dashed size %d,%d font '%s,%d'",
  pdf = "pdfcairo noenhanced color fontscale 0.56 size %.3fin,%.3fin font '%s,%d'",
  png = "pngcairo noenhanced fontscale 0.75 size %d,%d font '%s,%d'",
}

-- Commands that draw a figure into a file.
local function commands(figure, kind, path, width, narrow)
  local sheet = sheet_of(figure, width, narrow)
  local function scale(pixels) return kind == "pdf" and pixels / 96 or pixels end
  return table.concat({
    "reset", "set terminal " .. terminals[kind]:format(scale(sheet.width), scale(sheet.height),
      style.font.family, style.font.size),
    "set encoding utf8", "set output " .. gnuplot.quoted(path), sheet:script() .. "unset output",
  }, "\n")
end

local function width_of(figure) return style.width[(figure.size or "full") == "full" and "full" or "half"] end

-- gnuplot's SVG takes "sans-serif:Bold" for the name of a font.
local function with_weights(svg)
  return (svg:gsub('font%-family="([^":]*):Bold"', 'font-family="%1" font-weight="700"'))
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

--- Draws a figure into a file, by its ending .svg, .pdf or .png; the file appears whole or not at all.
---@param figure lis.report.Figure
---@param path string
function plot.file(figure, path)
  local kind = path:match "%.(%w+)$"
  if not terminals[kind] or kind == "page" then error("a picture's name ends in .svg, .pdf or .png: " .. path, 0) end
  base.make_folder(path:match "^(.*)/" or ".")
  gnuplot.files({ path }, function(part) return commands(figure, kind, part[1], width_of(figure)) end)
  if kind == "svg" then base.save(path, with_weights(read(path))) end
end

-- What the page needs of an SVG file: neither prologue nor definitions, colours of the page.
local function for_page(svg)
  svg = svg:gsub("^.-<svg.->", "", 1):gsub("</svg>%s*$", ""):gsub("<title>.-</title>", ""):gsub("<desc>.-</desc>", "")
    :gsub("<defs>.-</defs>", ""):gsub("xlink:href", "href"):gsub(' id="gnuplot_[^"]*"', "")
    :gsub('<rect x="0" y="0" [^>]*fill="#ffffff"/>', "", 1):gsub("<g[^>]*>%s*</g>", ""):gsub("[ \t\n]+\n",
      "\n"):gsub("\n[ \t]+", "\n")
  return style.follow_page(with_weights(svg))
end

-- The point shapes, which all pictures of gnuplot share by name.
local function symbols_of(svg)
  local symbols = svg:match "<defs>.-</defs>" or ""
  return (symbols:gsub("<filter.-</filter>", ""):gsub("xlink:href", "href"))
end

-- An SVG file's text and size.
local function picture(svg, width)
  return { svg = for_page(svg), width = width, height = tonumber(svg:match 'height="(%d+)"') }
end

--- Draws a figure as FOLDER/NAME.svg and .pdf, and gives its SVG for a page: wide, and narrow for phones
--- where the two differ.
---@param figure lis.report.Figure
---@param folder string
---@return { wide: table, narrow: table?, symbols: string } pictures as { svg, width, height }
function plot.for_page(figure, folder)
  base.make_folder(folder)
  local stem, width = folder .. "/" .. figure.name, width_of(figure)
  local pages = { stem .. ".page.part" }
  if width == style.width.full then pages[2] = stem .. ".narrow.part" end
  local ok, why = pcall(gnuplot.files, { stem .. ".svg", stem .. ".pdf" }, function(part)
    local all = { commands(figure, "svg", part[1], width), commands(figure, "pdf", part[2], width) }
    for i, path in ipairs(pages) do
      all[#all + 1] = commands(figure, "page", path, i == 1 and width or style.width.narrow, i == 2)
    end
    return table.concat(all, "\n")
  end)
  local drawn = {}
  for i, path in ipairs(pages) do
    drawn[i] = ok and read(path)
    os.remove(path)
  end
  if not ok then error(why, 0) end
  base.save(stem .. ".svg", with_weights(read(stem .. ".svg")))
  return { wide = picture(drawn[1], width), narrow = drawn[2] and picture(drawn[2], style.width.narrow),
    symbols = symbols_of(drawn[1]) }
end

--- Draws every figure of some sections into a folder. Pictures never stop a report: what could not be drawn is left
--- out and told.
---@param list lis.report.Section[]
---@param folder string
---@return table<string, table> pictures by name, as of for_page
---@return string? missing why some are not there
---@return string note the same as a sentence for the reader
function plot.all(list, folder)
  local pictures, missing, programless = {}, nil, false
  for _, section in ipairs(list) do
    for _, figure in ipairs(section.figures or {}) do
      local ok, got = true, nil
      if not programless then ok, got = pcall(plot.for_page, figure, folder) end
      if ok then pictures[figure.name] = got else missing = tostring(got) end
      programless = programless or not ok and not missing:find "could not draw"
    end
  end
  if not missing then return pictures, nil, "The pictures lie beside it in plots/ as SVG and PDF." end
  if not next(pictures) then os.remove(folder) end -- made for them, and empty
  return pictures, missing, (next(pictures) and "Some pictures are missing: " or "Tables only: ") .. missing .. "."
end

return plot
