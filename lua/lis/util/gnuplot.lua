--- Curves through gnuplot, where it is installed: a picture of letters in the terminal, or a file.
local base = require("lis.core").base
local settings = require "lis.util.settings"

local gnuplot = {}

local terminals = {
  svg = "svg enhanced size %.0f,%.0f font 'sans,12' background 'white'",
  png = "pngcairo enhanced size %.0f,%.0f font 'sans,12'",
  pdf = "pdfcairo enhanced size %.3fin,%.3fin font 'sans,12'",
}

-- Wong's colours (Nature Methods 2011), which colour-blind people can tell apart.
local colours = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000" }

local function octal(s) return (s:gsub(".", function(c) return ("\\%03o"):format(c:byte()) end)) end

--- A string as gnuplot reads it. Whatever could mean more to it than a letter is written as its code: two quotes in
--- a row end a string even where each is doubled, and backticks run a command.
---@param s string
---@return string
function gnuplot.quoted(s)
  return '"' .. s:gsub("[^%w %.,:;/%+%-=()_\128-\255]+%d*", octal) .. '"' -- a digit behind a code would be part of it
end

local quoted = gnuplot.quoted

local function terminal_line(options, columns)
  if not options.out then
    return ("set terminal dumb size %d,%d noenhanced"):format(
      options.width or math.min(columns, 100), options.height or 22)
  end
  local kind = options.out:match("%.(%w+)$")
  local format = terminals[kind]
  if not format then error("the name of a plot's file ends in .svg, .pdf or .png: " .. options.out, 0) end
  local unit = kind == "pdf" and 72 or 1 -- a PDF counts in inches: a pixel is a point there
  return "set terminal " .. format:format((options.width or 720) / unit, (options.height or 440) / unit)
end

--- The script that draws the curves, its data included.
---@param x lis.Tensor?       f64 [n]; nil: 1, 2, ...
---@param series table[]      { name = string or nil, values = f64 [n] }
---@param options table       as lis.view.plot checked them
---@param columns integer     of the terminal
---@param out string?         where a file goes
---@return string
function gnuplot.script(x, series, options, columns, out)
  local lines = { terminal_line(options, columns) }
  local function add(...) lines[#lines + 1] = (...):format(select(2, ...)) end
  if out then add("set output %s", quoted(out)) end
  for _, name in ipairs{ "title", "xlabel", "ylabel" } do
    if options[name] then add("set %s %s", name, quoted(options[name])) end
  end
  add("set key %s", #series > 1 and "outside top center horizontal width 2" or "off")
  if out then add("set grid lc rgb '#dddddd'") end
  local curves = {}
  for i, one in ipairs(series) do
    curves[i] = ("$data%d using 1:2 with %s lw 2 lc rgb '%s' title %s"):format(i, options.style,
      colours[(i - 1) % #colours + 1], quoted(one.name or ""))
    add("$data%d << EOD", i)
    for row = 1, #one.values do
      local value = one.values[row]
      if value == value and value ~= math.huge and value ~= -math.huge then
        add("%.17g %.17g", x and x[row] or row, value)
      end
    end
    add("EOD")
  end
  add("plot %s", table.concat(curves, ", "))
  return table.concat(lines, "\n") .. "\n"
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

-- The exit status of gnuplot on a script, what it printed and what it complained of. The script goes through a file: a
-- pipe into a program that is not there would end ours, too (SIGPIPE).
local function execute(script)
  local path, log = os.tmpname(), os.tmpname()
  local file <close> = assert(io.open(path, "wb"))
  file:write(script)
  file:close()
  local pipe = assert(io.popen(("gnuplot '%s' 2>'%s'"):format(path, log)))
  local printed = pipe:read "a"
  local _, _, code = pipe:close()
  local said = read(log)
  os.remove(path)
  os.remove(log)
  return code, printed, said
end

--- Runs a script and prints what it draws in letters; raises what a person can do where gnuplot is missing, forbidden
--- or fails.
---@param script string
function gnuplot.run(script)
  if settings.safe then error("plots are drawn by gnuplot, a program, and --safe starts none", 0) end
  local code, printed, said = execute(script)
  if code == 127 then error("plots are drawn by gnuplot; on Debian: apt-get install gnuplot-nox", 0) end
  if code ~= 0 then
    local line = said:match "line %d+:[^\n]*"
    error("gnuplot could not draw this plot" .. (line and ": " .. line or ""), 0)
  end
  io.write(printed)
end

--- Runs the script that draws files, each of which appears whole or not at all.
---@param paths string[]
---@param script fun(parts: string[]): string  gets the names to draw into: gnuplot looks at no ending
function gnuplot.files(paths, script)
  local parts = {}
  for i, path in ipairs(paths) do parts[i] = path .. ".part" end
  local ok, why = pcall(gnuplot.run, script(parts))
  for i, path in ipairs(paths) do
    if ok then ok, why = os.rename(parts[i], path) end
    if not ok then os.remove(parts[i]) end
  end
  if not ok then error(why, 0) end
end

--- Draws: prints the picture, or writes options.out, which appears whole or not at all.
function gnuplot.draw(x, series, options, columns)
  if not options.out then return gnuplot.run(gnuplot.script(x, series, options, columns)) end
  base.make_folder(options.out:match("^(.*)/") or ".")
  gnuplot.files({ options.out }, function(parts) return gnuplot.script(x, series, options, columns, parts[1]) end)
end

return gnuplot
