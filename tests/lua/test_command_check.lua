local lu = require "luaunit"
local check = require "lis.command.check"

TestCheck = {}

-- "3: message" for each problem of a recipe.
local function problems(source)
  local list = {}
  for i, problem in ipairs(check.examine(source, "r.lua")) do
    list[i] = problem.line .. ": " .. problem.message
  end
  return list
end

local head = 'local lis = require "lis"\n'

function TestCheck:test_a_good_recipe()
  lu.assertEquals(problems(head .. [[
    local core, opt = lis.core, lis.options{ seeds = 3, out = { default = "x", help = "folder" } }
    local t = core.tensor.arange(opt.seeds)
    print(t:sum(), opt.out, opt.threads, arg[0], lis.score.arm)
  ]]), {})
end

function TestCheck:test_syntax()
  lu.assertEquals(problems "#!lisrun\nx = = 3", { "2: unexpected symbol near '='" })
end

function TestCheck:test_globals()
  lu.assertEquals(problems "local seeds = 1\nreturn sedes", { "2: undeclared variable 'sedes'; did you mean 'seeds'?" })
  lu.assertEquals(problems "x = 1", { "1: undeclared variable 'x'" })
end

function TestCheck:test_fields()
  lu.assertEquals(problems(head .. "local c = lis.core\nreturn c.tensor.nwe"),
    { "3: lis.core.tensor has no 'nwe'; did you mean 'new'?" })
  lu.assertEquals(problems "return string.formt", { "1: string has no 'formt'; did you mean 'format'?" })
  lu.assertEquals(problems(head .. "lis.score.mine = 1\nreturn lis.score.mine"), {}) -- its own
  lu.assertEquals(problems(head .. "local c = lis.core\nc = {}\nreturn c.x"), {}) -- no longer the library's
end

function TestCheck:test_modules()
  lu.assertEquals(problems 'require "lis.scores"', { "1: no module 'lis.scores'; did you mean 'lis.score'?" })
  lu.assertEquals(problems 'require "mine"', {})
end

function TestCheck:test_options_of_functions()
  lu.assertEquals(problems(head .. "lis.score.power({}, { levle = 0.9 })"),
    { "2: lis.score.power: unknown option 'levle'; did you mean 'level'?" })
  lu.assertEquals(problems(head .. "local o = { level = 0.9 }\nlis.score.power({}, o)"), {})
end

function TestCheck:test_options_that_parts_of_a_module_check()
  lu.assertEquals(problems(head .. 'lis.log.read("x", { preset = "mind", histroy = false, quiet = true })'),
    { "2: lis.log.read: unknown option 'histroy'; did you mean 'history'?" })
  lu.assertEquals(problems(head .. 'lis.represent.read("x.npy", lis, { arry = "x", id = "y" })'),
    { "2: lis.represent.read: unknown option 'arry'; did you mean 'array'?" })
  lu.assertEquals(problems(head .. "lis.preference.coexposure{ max_per_usr = 5, top_k = 3 }"),
    { "2: lis.preference.coexposure: unknown option 'max_per_usr'; did you mean 'max_per_user'?" })
  lu.assertEquals(problems(head .. "lis.preference.coengagement{ before = true, top_k = 3 }"), {}) -- keys from a loop
end

function TestCheck:test_options_of_modules_and_of_the_core()
  lu.assertEquals(problems(head .. "lis.study{ fold = 3 }"), { "2: lis.study: unknown option 'fold'; did you mean 'folds'?" })
  lu.assertEquals(problems(head .. "lis.core.tensor.normal({ 3 }, { sede = 1 })"),
    { "2: lis.core.tensor.normal: unknown option 'sede'; did you mean 'seed'?" })
  lu.assertEquals(problems(head .. "lis.core.sparse.swing{ user = u, alhpa = 1 }"),
    { "2: lis.core.sparse.swing: unknown option 'alhpa'; did you mean 'alpha'?", "2: undeclared variable 'u'" })
end

function TestCheck:test_options_put_together_as_the_program_runs_are_let_pass()
  lu.assertEquals(problems("local lis = require 'lis'\nlis.study.rolling{ train = 3, first = 1 }"), {})
end

function TestCheck:test_other_tables_are_no_options()
  lu.assertEquals(problems(head .. "lis.core.base.json_encode({ mine = 1 }, { indent = 0 })"), {})
end

function TestCheck:test_declarations()
  lu.assertEquals(problems(head .. "lis.options{ a = { defualt = 1, min = 0 }, b = { x = 1 } }"),
    { "2: option 'a': unknown key 'defualt'; did you mean 'default'?" })
  lu.assertEquals(problems(head .. "local opt = lis.options{ seeds = 1 }\nreturn opt.sedes"),
    { "3: no option 'sedes' is declared; did you mean 'seeds'?" })
  lu.assertEquals(problems(head .. "local opt = lis.options{ seeds = 1 }\nopt.mine = 2"), {})
end

os.exit(lu.LuaUnit.run(), true)
