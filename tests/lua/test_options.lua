local lu = require "luaunit"
local options = require "lis.options"

local declared = {
  out = "runs/x",
  seeds = { default = 3, min = 1, max = 9, help = "trainings per arm" },
  by = { default = "day", choices = { "day", "week" } },
  max_rows = 100,
  shift = -0.5,
  plot = false,
  cache = true,
  encoders = { type = "list", default = { "a", "b" } },
  widths = { type = "list", of = "integer", default = { 8 } },
}

local function parse(line, specs)
  local args = {}
  for word in line:gmatch("%S+") do args[#args + 1] = word end
  return options.parse(specs or declared, args, "quick.lua", "What it does.")
end

local function refuses(line, expected, specs)
  local values, exit = parse(line, specs)
  lu.assertNil(values)
  lu.assertEquals(exit.code, 2)
  lu.assertStrContains(exit.message, expected)
  lu.assertNotStrContains(exit.message, "\n")
end

TestOptions = {}

function TestOptions:test_defaults()
  lu.assertEquals(parse(""), {
    out = "runs/x", seeds = 3, by = "day", max_rows = 100, shift = -0.5, plot = false, cache = true,
    encoders = { "a", "b" }, widths = { 8 }, seed = 1, quiet = false,
  })
end

function TestOptions:test_values_have_their_types()
  local opt = parse("--out d --seeds=5 --max-rows 7 --shift 2 --plot --no-cache --encoders x,y --widths 1,2")
  lu.assertEquals(opt.out, "d")
  lu.assertEquals(opt.seeds, 5)
  lu.assertEquals(opt.max_rows, 7)
  lu.assertEquals(opt.shift, 2)
  lu.assertTrue(opt.plot)
  lu.assertFalse(opt.cache)
  lu.assertEquals(opt.encoders, { "x", "y" })
  lu.assertEquals(opt.widths, { 1, 2 })
end

function TestOptions:test_negative_numbers_and_underscores()
  lu.assertEquals(parse("--shift -2.5").shift, -2.5)
  lu.assertEquals(parse("--max_rows 9").max_rows, 9)
end

function TestOptions:test_common_options()
  local opt = parse("--threads 2 --seed 7 --quiet")
  lu.assertEquals({ opt.threads, opt.seed, opt.quiet }, { 2, 7, true })
end

function TestOptions:test_a_recipe_may_declare_a_common_option_itself()
  lu.assertEquals(parse("", { seed = { default = 42 } }).seed, 42)
end

function TestOptions:test_wrong_options_are_one_line_and_code_2()
  refuses("--seads 3", "quick.lua: unknown option '--seads'; did you mean '--seeds'?")
  refuses("--seeds 10", "option '--seeds' must be at most 9, got 10")
  refuses("--seeds many", "option '--seeds' must be an integer, got the string 'many'")
  refuses("--seeds 2.5", "option '--seeds' must be an integer")
  refuses("--by wek", "did you mean 'week'?")
  refuses("--widths 1,x", "option '--widths' [2] must be an integer")
  refuses("--seeds", "option '--seeds' requires an argument")
  refuses("--plot=3", "option '--plot' does not take arguments")
  refuses("stray", "unexpected argument 'stray'")
  refuses("--threads 0", "option '--threads' must be at least 1")
end

function TestOptions:test_required()
  local specs = { data = options.required("folder with the log") }
  refuses("", "option '--data' is required: folder with the log", specs)
  lu.assertEquals(parse("--data d", specs).data, "d")
end

function TestOptions:test_help()
  local values, exit = parse("--seads --help")
  lu.assertNil(values)
  lu.assertEquals(exit.code, 2) -- the mistake came first
  values, exit = parse("--help --seads")
  lu.assertNil(values)
  lu.assertEquals(exit.code, 0)
  lu.assertStrContains(exit.message, "What it does.")
  lu.assertStrContains(exit.message, "trainings per arm (default: 3)")
  lu.assertStrContains(exit.message, "--no-cache")
  lu.assertStrContains(exit.message, "--max-rows N")
  lu.assertNotStrContains(exit.message, "unexpected")
end

function TestOptions:test_help_of_a_recipe_without_description()
  local _, exit = options.parse({}, { "-h" })
  lu.assertEquals(exit.code, 0)
end

TestLeadingComment = {}

function TestLeadingComment:test_reads_up_to_the_first_code()
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write("#!/usr/bin/env lisrun\n-- First.\n--\n-- Second.\nlocal x = 1 -- no\n-- nor this\n")
  file:close()
  lu.assertEquals(options.leading_comment(path), "First.\n\nSecond.")
  os.remove(path)
  lu.assertNil(options.leading_comment(path))
end

TestDeclare = {}

function TestDeclare:setUp() self.arg = arg end
function TestDeclare:tearDown() _G.arg = self.arg end

function TestDeclare:test_parses_arg_and_keeps_what_is_in_effect()
  local lis = require "lis"
  _G.arg = { [0] = "nowhere/r.lua", "--seeds", "4" }
  local opt = lis.options{ seeds = 3 }
  lu.assertEquals(opt.seeds, 4)
  lu.assertEquals(opt.threads, lis.core.base.threads())
  lu.assertEquals(lis.options.effective(), opt)
  lu.assertNotIs(lis.options.effective(), opt)
end

function TestDeclare:test_leaves_with_an_exit_object()
  _G.arg = { [0] = "nowhere/r.lua", "--sed", "4" }
  local ok, exit = pcall(options, { seeds = 3 })
  lu.assertFalse(ok)
  lu.assertEquals(getmetatable(exit).__name, "lis.exit")
  lu.assertEquals(exit.code, 2)
  lu.assertStrContains(tostring(exit), "r.lua: unknown option '--sed'; did you mean '--seed'?")
end

os.exit(lu.LuaUnit.run(), true)
