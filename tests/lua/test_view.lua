local lu = require "luaunit"
local core = require "lis.core"
local figures = require "lis.util.figures"
local gnuplot = require "lis.util.gnuplot"
local log = require "lis.log"
local view = require "lis.view"

TestDescribe = {}

function TestDescribe:test_tensor()
  lu.assertEquals(view.description(core.tensor.from { 1, 2, 3, 0 }), table.concat({
    "f32 [4], 4 numbers",
    "mean 1.5, standard deviation 1.291, 1 zeros",
    "min  5%  25%  50%  75%  95%  max",
    "---  --  ---  ---  ---  ---  ---",
    "  0   0    0    1    2    2    3" }, "\n"))
  lu.assertStrContains(view.description(core.tensor.from { 1, 0 / 0 }), "1 NaN")
  lu.assertStrContains(view.description(core.tensor.new("f32", 0, 3)), "f32 [0, 3]")
  lu.assertStrContains(view.description(core.tensor.normal({ 4, 5 }):T()), "f32 [5, 4], 20 numbers")
end

local function small_log()
  return log.from_columns { user = core.tensor.from({ 0, 1, 0 }, "i32"), item = core.tensor.from({ 1, 0, 0 }, "i32"),
    time = core.tensor.from({ 1, 2, 3 }, "i64"), label = core.tensor.from({ 1, 0, 1 }, "u8"), users = 2, items = 2 }
end

function TestDescribe:test_log()
  local text = view.description(small_log())
  lu.assertStrContains(text, "rows a user")
  lu.assertStrContains(text, "positives a user")
  lu.assertEquals(figures.head(small_log(), 2), table.concat({
    "user  item  time  label",
    "----  ----  ----  -----",
    "   0     1     1      1",
    "   1     0     2      0" }, "\n"))
end

function TestDescribe:test_sparse_and_history()
  local m = core.sparse.from_triples(2, 2, core.tensor.from({ 0, 1 }, "i32"), core.tensor.from({ 1, 0 }, "i32"))
  lu.assertStrContains(view.description(m), ", symmetric")
  lu.assertStrContains(view.description(m), "entries a row")
  lu.assertStrContains(figures.head(m, 1), "  0       1      1")
  lu.assertEquals(figures.head(small_log():histories(), 3), "1: (nothing yet)\n2: (nothing yet)\n3: 1")
end

function TestDescribe:test_file()
  local path = os.tmpname()
  core.base.save(path, "name\tage\tnote\nann\t31\tx\nbob\t27\ty\n")
  local t = core.data.read_table(path, { types = { note = "text" } })
  os.remove(path)
  local text = view.description(t)
  lu.assertStrContains(text, "2 different")
  lu.assertStrContains(text, "27 to 31, half below 27")
  lu.assertStrContains(figures.head(t, 1), "ann   31   x")
end

function TestDescribe:test_lua_values()
  lu.assertEquals(view.description { a = 1 }, "{ a = 1 }")
  lu.assertEquals(figures.head({ "a", "b", "c" }, 2), '[1] "a"\n[2] "b"')
end

function TestDescribe:test_networks_print_their_layers()
  local g = core.nn.graph { seed = 1 }
  local e = g:embedding(g:ids("user", 10), { dim = 4, name = "user" })
  g:logistic(g:linear(e, { units = 1, name = "out" }))
  lu.assertStrContains(tostring(g), "graph: 4 nodes, 45 parameters")
  lu.assertStrContains(tostring(g), "embedding   user             [B, 4]")
  lu.assertStrContains(tostring(g), "5  <- user")
  lu.assertStrContains(tostring(g:build { batch = 8 }), "model, batches of 8, 0 steps taken: 4 nodes")
end

TestHistogram = {}

function TestHistogram:test_counts()
  local x = core.tensor.from({ 0, 0, 1, 4, 0 / 0 }, "f64")
  lu.assertEquals(figures.histogram(x, 2, nil, nil, 30), table.concat({
    "0 | ################# 3",
    "2 | ###### 1",
    "    4 values, up to 4" }, "\n"))
  lu.assertEquals(figures.histogram(x:fill(0 / 0), 2, nil, nil, 30), "no numbers")
end

function TestHistogram:test_a_range()
  local x = core.tensor.from({ 0, 1, 2, 3 }, "f64")
  lu.assertStrContains(figures.histogram(x, 1, 1, 2, 30), "4 values (2 outside), up to 2")
  lu.assertStrContains(figures.histogram(core.tensor.full("f64", 7, 3), 10, nil, nil, 30), "3 values, up to 7.5")
end

TestPlot = {}

local defaults = { style = "lines", title = "it's" }

function TestPlot:test_script()
  local script = gnuplot.script(nil, { { name = "a 50%", values = core.tensor.from({ 1, 0 / 0, 3 }, "f64") } }, defaults, 80)
  lu.assertStrContains(script, "set terminal dumb size 80,22")
  lu.assertStrContains(script, [[set title "it\047s"]])
  lu.assertStrContains(script, "1 1\n3 3\nEOD") -- NaN is left out
  lu.assertStrContains(script, [[title "a 50\045"]])
end

function TestPlot:test_a_name_is_no_command()
  for _, name in ipairs { "a''; print 1 #", "`id`", "$(id)", "\\", "a\nprint 1" } do
    lu.assertNil(gnuplot.quoted(name):sub(2, -2):find "['`$\n]")
    lu.assertNil(gnuplot.quoted(name):sub(2, -2):find '"')
  end
end

function TestPlot:test_quoting_keeps_the_letters()
  lu.assertEquals(gnuplot.quoted [[a"1'2 (b_c) 50%]], [["a\042\061\047\062 (b_c) 50\045"]])
end

function TestPlot:test_arguments_are_checked()
  lu.assertErrorMsgContains("x has 2 values and y has 3", view.plot, { 1, 2 }, { 1, 2, 3 }, {})
  lu.assertErrorMsgContains("unknown option 'titel'; did you mean 'title'?", view.plot, { 1, 2 }, { titel = "x" })
  lu.assertErrorMsgContains(".svg, .pdf or .png", view.plot, { 1, 2 }, { out = "x.gif" })
end

function TestPlot:test_file()
  if not package.searchpath("gnuplot", os.getenv("PATH"):gsub(":", "/?;") .. "/?") then return end
  local path = os.tmpname() .. ".svg"
  view.plot({ 1, 2, 3 }, { base = { 1, 4, 9 }, arm = core.tensor.from { 2, 3, 4 } }, { out = path })
  local file = assert(io.open(path))
  lu.assertStrContains(file:read "a", "<svg")
  file:close()
  os.remove(path)
end

os.exit(lu.LuaUnit.run(), true)
