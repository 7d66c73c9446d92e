--- Looking at things: figures and pictures of whatever a recipe holds, in the terminal or in a file.
--
--     lis.view.describe(log)            lis.view.head(log, 10)      lis.view.hist(scores)
--     lis.view.plot(curve, { title = "loss" })    lis.view.plot(x, { base = y, arm = z }, { out = "a.svg" })
--     lis.view(result)                  a study's report
--
-- At the prompt the same are globals. Everything is text; pictures are gnuplot's.
local core = require "lis.core"
local check = require "lis.util.check"
local figures = require "lis.util.figures"
local gnuplot = require "lis.util.gnuplot"
local show = require "lis.util.show"

---@class lis.view
local view = {}

--- What is in a value: a log, tensor, table of a file, sparse matrix, history, dictionary, graph, model,
--- or any Lua value.
---@param value any
---@return string
function view.description(value)
  return figures.describe(value) or show.value(value)
end

--- Prints view.description of a value.
---@param value any
function view.describe(value) print(view.description(value)) end

--- Prints the first rows of a value, strings in place of codes.
---@param value any     a log, tensor, table of a file, sparse matrix, history or list
---@param rows integer?  default 6
function view.head(value, rows)
  check.argument(rows or 6, { type = "integer", min = 1 }, "lis.view.head", "rows")
  print(figures.head(value, rows or 6) or show.value(value))
end

-- Numbers of a tensor, or of a list, as an f64 tensor of one dimension.
local function numbers(value, where, name)
  if core.tensor.is(value) then return value:to "f64":reshape(-1) end
  check.argument(value, { type = "list", of = "number" }, where, name)
  return core.tensor.from(value, "f64")
end

local hist_options = {
  bins = { default = 20, type = "integer", min = 1, max = 1000 },
  low = { type = "number" },
  high = { type = "number" },
}

--- Prints a histogram: a line for each bin.
---@param values lis.Tensor|number[]
---@param options { bins: integer?, low: number?, high: number? }?  default: 20 bins over all values
function view.hist(values, options)
  options = check.options(options, hist_options, "lis.view.hist")
  local x = numbers(values, "lis.view.hist", "values")
  print(figures.histogram(x, options.bins, options.low, options.high, core.base.columns "stdout"))
end

---@class lis.PlotOptions
---@field title string?
---@field xlabel string?
---@field ylabel string?
---@field style ("lines"|"points"|"linespoints"|"steps"|"boxes")?
---@field out string?      a file; nil: the terminal
---@field width integer?   in columns, or pixels of a file
---@field height integer?  in lines, or pixels of a file

local plot_options = {
  title = { type = "string" },
  xlabel = { type = "string" },
  ylabel = { type = "string" },
  style = { default = "lines", choices = { "lines", "points", "linespoints", "steps", "boxes" } },
  out = { type = "string" },
  width = { type = "integer", min = 20 },
  height = { type = "integer", min = 5 },
}

-- plot(y), plot(x, y), each perhaps with options behind: what the arguments are.
local function plot_arguments(first, second, third)
  local is_series = core.tensor.is(second) or (type(second) == "table" and third ~= nil)
    or (type(second) == "table" and type(second[1]) == "number")
  if is_series then return first, second, third end
  if second ~= nil and third == nil and type(second) == "table" then
    for key, value in pairs(second) do
      if type(key) == "string" and (core.tensor.is(value) or type(value) == "table") then
        return first, second, nil -- { base = y, arm = z }
      end
    end
  end
  return nil, first, second
end

local function named_series(y)
  if core.tensor.is(y) or type(y[1]) == "number" then return { { values = y } } end
  local series = {}
  for name, values in pairs(y) do series[#series + 1] = { name = tostring(name), values = values } end
  table.sort(series, function(a, b) return a.name < b.name end)
  return series
end

--- Draws curves with gnuplot: in the terminal, or to a file whose name ends in .svg, .pdf or .png.
---@param x lis.Tensor|number[]  may be left out: 1, 2, 3, ...
---@param y lis.Tensor|number[]|table<string, lis.Tensor|number[]>  one curve, or several by name
---@param options lis.PlotOptions?
function view.plot(x, y, options)
  x, y, options = plot_arguments(x, y, options)
  options = check.options(options, plot_options, "lis.view.plot")
  check.argument(y, { type = { "lis.tensor", "table" } }, "lis.view.plot", "y")
  local at = x and numbers(x, "lis.view.plot", "x")
  local series = named_series(y)
  for _, one in ipairs(series) do
    one.values = numbers(one.values, "lis.view.plot", one.name or "y")
    if at and #at ~= #one.values then
      check.fail("lis.view.plot", "x has %d values and %s has %d", #at, one.name or "y", #one.values)
    end
  end
  gnuplot.draw(at, series, options, core.base.columns "stdout")
end

-- A study's result knows how to print itself; a file is shown as it is.
local function view_value(_, value)
  if type(value) == "string" then
    local file, reason = io.open(value)
    if not file then check.fail("lis.view", "cannot open %s", reason) end
    io.write(file:read("a"))
    file:close()
  else
    view.describe(value)
  end
end

--- Shows a value as well as text can: a study's result with all its tables, a report's file by its name.
---@param value any
view.show = function(value) view_value(nil, value) end

return setmetatable(view, { __call = view_value })
