--- How reports look: colours, point shapes, sizes. Every picture and the page take them from here.
---
--- The colours are those of Okabe and Ito (2008), which colour-blind people can tell apart; shapes and
--- dashes repeat what colour says, so that a black-and-white print can be read.
local style = {}

--- Colours by name: on paper and in light mode; and lighter twins for dark mode.
---@type table<string, { light: string, dark: string }>
style.colours = {
  blue = { light = "#0072b2", dark = "#56a9e0" },
  orange = { light = "#d55e00", dark = "#f0803c" },
  green = { light = "#009e73", dark = "#2fc49a" },
  pink = { light = "#cc79a7", dark = "#e09bc3" },
  yellow = { light = "#e69f00", dark = "#f2b632" },
  sky = { light = "#56b4e9", dark = "#8fcdf2" },
  ink = { light = "#22262b", dark = "#e4e6e9" },
  grey = { light = "#6e757d", dark = "#9aa2ab" },
  line = { light = "#d9dde2", dark = "#3a4048" },
  band = { light = "#e8eaed", dark = "#2a2f36" },
  paper = { light = "#ffffff", dark = "#16191d" },
}

--- Series in a picture take these in order: colour, gnuplot's point and dash type.
style.series = {
  { colour = "blue", point = 7, dash = 1 },
  { colour = "orange", point = 9, dash = 2 },
  { colour = "green", point = 5, dash = 4 },
  { colour = "pink", point = 13, dash = 5 },
  { colour = "yellow", point = 11, dash = 1 },
  { colour = "sky", point = 6, dash = 2 },
  { colour = "grey", point = 4, dash = 4 },
}

-- Arms look alike in every picture, by what they are fed.
local roles = {
  { "^base$", "ink", 7, 1 },
  { "^crossfit$", "blue", 7, 1 },
  { "^shrunk:", "green", 5, 1 },
  { "^encoder:", "orange", 9, 1 },
  { "^naive$", "sky", 6, 2 },
  { "^history$", "yellow", 11, 4 },
  { "^placebo$", "grey", 4, 2 },
  { "^noise$", "grey", 8, 4 },
  { "^aa$", "ink", 6, 2 },
  { "^oracle$", "pink", 13, 1 },
  { "^popularity:future", "yellow", 5, 5 },
  { "^popularity:past", "sky", 8, 5 },
  { "^raw:", "orange", 8, 2 },
}

--- The look of an arm.
---@param source string
---@return { colour: string, point: integer, dash: integer }
function style.of_arm(source)
  for _, role in ipairs(roles) do
    if source:find(role[1]) then return { colour = role[2], point = role[3], dash = role[4] } end
  end
  return { colour = "grey", point = 10, dash = 5 } -- shares and horizons of an arm
end

--- The look of the i-th series.
---@param i integer
---@return { colour: string, point: integer, dash: integer }
function style.of_series(i) return style.series[(i - 1) % #style.series + 1] end

--- Widths of a picture in pixels: over the page's column, half of it, and on a phone.
style.width = { full = 760, half = 372, narrow = 336 }

--- Letters of pictures, in pixels; `letter` is the mean width that a name is cut by.
style.font = { family = "sans-serif", size = 13, letter = 7.3 }

--- The same colours as CSS properties, --blue and so on, for light or dark.
---@param mode "light"|"dark"
---@return string
function style.css(mode)
  local names = {}
  for name in pairs(style.colours) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do names[i] = ("--%s:%s"):format(name, style.colours[name][mode]) end
  return table.concat(names, ";")
end

-- "#0072b2" as gnuplot's SVG writes it, "rgb(  0, 114, 178)" or "rgb(0,114,178)", as a pattern.
local function as_written(colour)
  local r, g, b = colour:match "#(%x%x)(%x%x)(%x%x)"
  return ("rgb%%(%%s*%d,%%s*%d,%%s*%d%%)"):format(tonumber(r, 16), tonumber(g, 16), tonumber(b, 16))
end

--- A picture's text with its colours as CSS properties, so that it follows the page from light to dark.
---@param svg string
---@return string
function style.follow_page(svg)
  for name, colour in pairs(style.colours) do
    svg = svg:gsub(as_written(colour.light), "var(--" .. name .. ")")
  end
  return (svg:gsub("(['\"])black(['\"])", "%1var(--ink)%2"))
end

return style
