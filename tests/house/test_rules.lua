-- Each house rule against small trees: what breaks it must be named, what keeps it must pass.
package.path = (arg[0]:match("^(.*/)") or "./") .. "?.lua;" .. package.path
local lu = require "luaunit"
local source = require "source"

-- What a rule says about one file, as "line: message" strings.
local function verdict(rule, path, text)
  local messages = {}
  require(rule)({ { path = path, text = text } }, function(at, line, message)
    lu.assertEquals(at, path)
    messages[#messages + 1] = line .. ": " .. message
  end)
  return messages
end

local function refuses(rule, path, text, wanted)
  local messages = verdict(rule, path, text)
  lu.assertEquals(#messages, 1, path .. ": " .. table.concat(messages, "\n"))
  lu.assertStrContains(messages[1], wanted)
end

local function accepts(rule, path, text)
  lu.assertEquals(verdict(rule, path, text), {})
end

-- Words are put together here, so that this file keeps the rule that it tests.
local function word(...) return table.concat { ... } end

TestLayers = {}

function TestLayers:test_core_sees_only_lower_rooms()
  refuses("layers", "src/base/mem.c", '#include "lis/tensor/tensor.h"\n', "1: room 'base' may not see room 'tensor'")
  refuses("layers", "src/tensor/gemm.c", "\n#include \"lis/sparse/csr.h\"", "2: room 'tensor' may not see room 'sparse'")
  refuses("layers", "src/sparse/csr.c", '#include "lis/data/dict.h"', "may not see room 'data'")
  refuses("layers", "src/data/dict.c", '#include "lis/sparse/csr.h"', "may not see room 'sparse'")
  refuses("layers", "src/metric/auc.c", '#include "lis/nn/graph.h"', "may not see room 'nn'")
  refuses("layers", "src/host/main.c", '#include "lis/nn/graph.h"', "may not see room 'nn'")
  refuses("layers", "include/lis/tensor/x.h", '#include "lis/nn/graph.h"', "may not see room 'nn'")
end

function TestLayers:test_core_accepts_lower_rooms()
  accepts("layers", "src/nn/fit.c", '#include "lis/data/history.h"\n#include "lis/sparse/csr.h"\n#include "op.h"\n')
  accepts("layers", "src/bind/l_nn.c", '#include "lis/nn/graph.h"\n#include <lua.h>\n#include "box.h"\n')
  accepts("layers", "src/host/main.c", '#include "bind/open.h"\n#include "../bind/open.h"\n#include <lualib.h>\n')
end

function TestLayers:test_lua_stays_in_bind_and_host()
  for _, room in ipairs { "base", "tensor", "sparse", "data", "nn", "metric" } do
    refuses("layers", "src/" .. room .. "/x.c", "#include <lua.h>\n", "may not include <lua.h>")
  end
end

function TestLayers:test_libraries_are_declared_by_room()
  accepts("layers", "src/tensor/gemm.c", "#include <cblas.h>\n#include <string.h>\n")
  refuses("layers", "src/data/table.c", "#include <cblas.h>\n", "may not include <cblas.h>")
  refuses("layers", "src/base/file.c", "  #  include <curl/curl.h>\n", "may not include <curl/curl.h>")
end

function TestLayers:test_private_headers_stay_private()
  refuses("layers", "src/nn/op.c", '#include "../tensor/elem.h"\n', "reaches into room 'tensor'")
  refuses("layers", "src/nn/op.c", '#include "tensor/elem.h"\n', "reaches into room 'tensor'")
end

function TestLayers:test_comments_are_no_includes()
  accepts("layers", "src/base/mem.c", '/*\n#include "lis/nn/graph.h"\n*/\n// #include <lua.h>\n')
end

function TestLayers:test_new_room_must_be_declared()
  refuses("layers", "src/cellar/wine.c", "int x;\n", "unknown room 'cellar'")
end

function TestLayers:test_meson_mirrors_the_rule()
  refuses("layers", "src/tensor/meson.build", "x = [base_dep,\n  sparse_dep]\n", "2: room 'tensor' may not depend on 'sparse'")
  refuses("layers", "src/nn/meson.build", "x = [lua_dep]\n", "may not depend on 'lua'")
  accepts("layers", "src/tensor/meson.build", "x = [base_dep, m_dep, openblas_dep] # not sparse_dep\n")
end

function TestLayers:test_stages_see_core_and_util_only()
  accepts("layers", "lua/lis/leak.lua", 'local core = require "lis.core"\nlocal c = require("lis.util.check")\n')
  refuses("layers", "lua/lis/leak.lua", "local log = require 'lis.log'\n", "may not require 'lis.log'")
  refuses("layers", "lua/lis/leak.lua", 'local f = require("lfs")\n', "may not require 'lfs'")
  refuses("layers", "lua/lis/util/check.lua", 'require "lis.study"', "may not require 'lis.study'")
  refuses("layers", "lua/lis/leak.lua", "local m = require(name)", "computed name")
  refuses("layers", "lua/lis/leak.lua", "local ok, m = pcall(require, name)", "computed name")
  refuses("layers", "lua/lis/leak.lua", 'local ok, m = pcall(require, "argparse")', "may not require 'argparse'")
  accepts("layers", "lua/lis/options.lua", 'local ok, m = pcall(require, "argparse")\n')
  accepts("layers", "lua/lis/leak.lua", 'read{ require = { "user_id" } } -- require "lis.log"\n')
end

function TestLayers:test_study_init_and_recipes_see_more()
  accepts("layers", "lua/lis/study.lua", 'local leak = require "lis.leak"\n')
  accepts("layers", "lua/lis/study/plan.lua", 'local leak = require "lis.leak"\n')
  accepts("layers", "lua/lis/init.lua", 'lis.leak = require "lis.leak"\n')
  accepts("layers", "lua/lis/contract/bench.lua", 'local leak = require "lis.leak"\n')
  accepts("layers", "recipes/quickstart.lua", 'local lis = require "lis"\n')
  refuses("layers", "recipes/quickstart.lua", 'local lfs = require "lfs"\n', "may not require 'lfs'")
end

TestDoors = {}

function TestDoors:test_one_door_each()
  refuses("doors", "src/nn/op.c", "x = malloc(3);\n", "malloc(): memory goes through lis_alloc")
  refuses("doors", "src/nn/op.c", "\nfree (x);\n", "2: free()")
  refuses("doors", "src/nn/op.c", "#pragma omp parallel for\n", "lis_parallel_for")
  refuses("doors", "src/nn/op.c", "x = rand();\n", "keyed streams")
  refuses("doors", "src/bind/box.c", 'printf("x");\n', "only the host speaks")
  refuses("doors", "src/data/table.c", "exit(1);\n", "only the host ends the process")
  refuses("doors", "src/data/table.c", "assert(n > 0);\n", "only the host ends the process")
  refuses("doors", "src/host/main.c", "strcpy(a, b);\n", "unbounded")
end

function TestDoors:test_what_looks_like_one_is_none()
  accepts("doors", "src/base/mem.c", "x = malloc(3); free(x);\n")
  accepts("doors", "src/base/parallel.c", "#pragma omp parallel\n")
  accepts("doors", "src/host/main.c", 'printf("x"); exit(1);\n')
  accepts("doors", "src/nn/op.c", 'lis_free(x); box->free(x); t.free(x); _Static_assert(1, "malloc()");\n')
  accepts("doors", "src/nn/op.c", "/* malloc(3) */ // free(x)\nsnprintf(t, n, \"exit(1)\");\n")
  accepts("doors", "tests/c/nn/test_op.c", "x = malloc(3);\n")
end

TestSizes = {}

function TestSizes:test_files_have_limits()
  local function lines(n) return ("x\n"):rep(n) end
  local limits = { ["src/nn/a.c"] = 600, ["include/lis/nn/a.h"] = 250, ["lua/lis/a.lua"] = 400, ["recipes/a.lua"] = 80 }
  for path, limit in pairs(limits) do
    accepts("sizes", path, lines(limit))
    refuses("sizes", path, lines(limit + 1), ("%d lines, limit %d"):format(limit + 1, limit))
  end
end

function TestSizes:test_functions_have_a_limit()
  local function body(n) return "int x;\nstatic int f(int a,\n             int b) {\n" .. ("    g();\n"):rep(n) .. "}\n" end
  accepts("sizes", "src/nn/a.c", body(77))
  refuses("sizes", "src/nn/a.c", body(78), "2: f() has 81 lines, limit 80")
end

function TestSizes:test_tables_are_no_functions()
  accepts("sizes", "src/nn/a.c", "int f(void);\nstatic const int t[] = {\n" .. ("    1,\n"):rep(90) .. "};\n")
end

TestWords = {}

function TestWords:test_unfinished_marks()
  refuses("words", "src/nn/a.c", word("/* TO", "DO: later */"), "unfinished")
  refuses("words", "docs/a.md", word("\nFIX", "ME\n"), "2: ")
  refuses("words", "lua/lis/a.lua", word("-- a place", "holder"), "unfinished")
  accepts("words", "lua/lis/a.lua", "-- the placeholders\n")
  accepts("words", "src/nn/a.c", 'mkstemp("XXXXXX"); /* TODOS */')
end

function TestWords:test_paths_and_hosts()
  refuses("words", "README.md", word("see /wo", "rk/data"), "path of one machine")
  refuses("words", "setup.sh", word("cd /ho", "me/ann"), "path of one machine")
  refuses("words", "setup.sh", word("curl https:/", "/deb.example.org"), "package host")
  refuses("words", "setup.sh", word("npm https:/", "/regis", "try.example.org"), "package host")
  accepts("words", "README.md", "the frame/work/flow and https://arxiv.org/abs/2508.04963\n")
end

TestContracts = {}

local function header(text) return "/* What this is. */\n#ifndef A_H\n#define A_H\n\n" .. text .. "\n#endif\n" end

function TestContracts:test_bare_function_is_named()
  refuses("contracts", "include/lis/nn/a.h", header "int lis_a_run(int x);\n", "5: lis_a_run has no contract")
  refuses("contracts", "include/lis/nn/a.h", header "/* About something else. */\n\nint *lis_a_run(\n    int x);\n", "7: lis_a_run")
  refuses("contracts", "include/lis/nn/a.h",
    header "struct a {\n    int x; /* a field */\n};\n\nstatic inline int lis_a_x(int b) {\n    return b;\n}\n", "9: lis_a_x")
end

function TestContracts:test_comment_above_beside_or_over_the_group()
  accepts("contracts", "include/lis/nn/a.h", header "/* Runs.\n *\n * Twice. */\nint lis_a_run(int x);\nint lis_a_walk(void);\n")
  accepts("contracts", "include/lis/nn/a.h", header "int lis_a_run(int x); /* runs */\n")
  accepts("contracts", "include/lis/nn/a.h", header "/* A kind of function.\n\n With a gap. */\nint lis_a_run(int x);\n")
  accepts("contracts", "include/lis/nn/a.h", header "typedef int lis_a_fn(int x);\n\n#define lis_a_x(t) (t)\n")
end

TestSource = {}

function TestSource:test_blanks_comments_and_strings_in_place()
  local code = source.c_code('a/*b\nc*/d "e/*f" // g\n\'"\' h / i', true)
  lu.assertEquals(code, 'a   \n   d "    "     \n\' \' h / i')
  lu.assertEquals(source.c_code('"e/*f" /* x */', false), '"e/*f"        ')
end

function TestSource:test_lines_keep_their_numbers()
  local seen = {}
  for number, line in source.lines("a\n\nb") do seen[#seen + 1] = number .. line end
  lu.assertEquals(seen, { "1a", "2", "3b" })
end

TestRecipes = {}

function TestRecipes:test_each_is_run_by_a_test()
  local text = 'local elsewhere = { first = "x.lua" }\nfunction T:test_dose() end\n'
  local tests = { path = "tests/e2e/test_recipes.lua", text = text }
  local function found(path)
    local messages = {}
    require("recipes")({ tests, { path = path, text = "" } }, function(at, _, message)
      messages[#messages + 1] = at .. ": " .. message
    end)
    return messages
  end
  for _, name in ipairs { "first", "dose", "protocol/shape" } do lu.assertEquals(found("recipes/" .. name .. ".lua"), {}) end
  lu.assertStrContains(found("recipes/dos.lua")[1], "recipes/dos.lua: no test runs it: give")
end

os.exit(lu.LuaUnit.run(), true)
