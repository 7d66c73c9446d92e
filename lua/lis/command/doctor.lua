--- `lisrun doctor`: what this lisrun is made of, what the machine offers, which optional parts are
--- there and how to get those that are not.
local core = require "lis.core"
local lfs = require "lfs"
local options = require "lis.options"
local settings = require "lis.util.settings"
local text = require "lis.util.text"

local doctor = { summary = "tells versions, processor, threads, and what is missing", arguments = "" }

local about = [[
usage: lisrun [--json] doctor

Tells versions, processor, threads, and which parts are missing and how to get them.
Exit status 1 where a part is missing that recipes need.]]

-- A program as a shell would find it, without starting anything.
local function find_program(name)
  for folder in (os.getenv("PATH") or ""):gmatch("[^:]+") do
    local path = folder .. "/" .. name
    if lfs.attributes(path, "mode") == "file" then return path end
  end
end

local function find_package(name) return package.searchpath(name, package.path) end

-- What lisrun can use: name, what for, where it is, how to get it.
local function parts()
  local edits = settings.line_editor ~= "none" and settings.line_editor
  local openmp = core.base.machine().openmp
  return {
    { "argparse", "the options of recipes", find_package("argparse"), "apt-get install lua-argparse",
      needed = true },
    { "OpenMP", "more than one thread", openmp and tostring(openmp), "rebuild with -Dopenmp=enabled" },
    { "libedit", "editing and history at the prompt", edits,
      "apt-get install libedit-dev, then rebuild" },
    { "gnuplot", "plots", find_program("gnuplot"), "apt-get install gnuplot-nox" },
    { "luaunit", "tests in Lua", find_package("luaunit"), "apt-get install lua-unit" },
    { "tmux", "tests of the prompt", find_program("tmux"), "apt-get install tmux" },
  }
end

-- Billions of multiplications and additions a second, of a product large enough for so many threads: the best of three.
local function speed(threads)
  local n, rows, before = 768, 256 * math.max(3, threads), core.base.threads()
  core.base.threads(threads)
  local a, b = core.tensor.normal({ rows, n }, { seed = 1 }), core.tensor.normal({ n, n }, { seed = 2 })
  local best = math.huge
  for _ = 1, 3 do
    local began = core.base.clock()
    core.tensor.matmul(a, b)
    best = math.min(best, core.base.clock() - began)
  end
  core.base.threads(before)
  return 2 * rows * n ^ 2 / best / 1e9
end

--- Everything `lisrun doctor` tells, as a table.
---@return table
function doctor.examine()
  local facts = core.base.machine()
  facts.version, facts.lua = core.base.version, _VERSION
  facts.gflops = { speed(1) }
  if facts.threads > 1 then facts.gflops[2] = speed(facts.threads) end
  facts.parts = {}
  for i, part in ipairs(parts()) do
    facts.parts[i] = { name = part[1], purpose = part[2], found = part[3] or false,
      install = not part[3] and part[4] or nil, needed = part.needed or false }
  end
  return facts
end

local function sorted_out(facts)
  local speeds = ("%.0f GFLOP/s with 1 thread"):format(facts.gflops[1])
  if facts.gflops[2] then
    speeds = speeds .. (", %.0f with %d"):format(facts.gflops[2], facts.threads)
  end
  return {
    { "lisrun", ("%s, built by %s"):format(facts.version, facts.compiler) },
    { "Lua", facts.lua },
    { "system", facts.system },
    { "processor", ("%s (%d, of which %d granted)"):format(facts.processor, facts.processors,
      facts.granted) },
    { "features", #facts.features > 0 and table.concat(facts.features, " ") or "none of interest" },
    { "kernels", ("%s, bf16 %s"):format(facts.kernels, facts.bf16) },
    { "memory", text.bytes(facts.memory) },
    { "BLAS", facts.blas },
    { "speed", speeds .. " (product of f32 matrices)" },
  }
end

local function print_facts(facts)
  for _, line in ipairs(sorted_out(facts)) do print(text.pad(line[1], 11) .. line[2]) end
  print("\nparts:")
  for _, part in ipairs(facts.parts) do
    local state = part.found or ("missing: " .. part.install)
    print(("  %s %s%s"):format(text.pad(part.name, 9), text.pad(part.purpose, 36), state))
  end
end

---@param arguments string[]
---@return integer status  1 where something is missing that recipes need
function doctor.run(arguments)
  -- Not through lis.options: that needs argparse, which may be the very thing that is missing.
  if arguments[1] then
    local wants_help = arguments[1] == "--help" or arguments[1] == "-h"
    error(options.ending(wants_help and 0 or 2, wants_help and about
      or ("lisrun doctor: unexpected argument '%s'"):format(arguments[1])), 0)
  end
  local facts = doctor.examine()
  if settings.json then
    print(core.base.json_encode(facts))
  else
    print_facts(facts)
  end
  for _, part in ipairs(facts.parts) do
    if part.needed and not part.found then return 1 end
  end
  return 0
end

return doctor
