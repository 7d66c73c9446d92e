std = "lua54"
max_line_length = 120
read_globals = { package = { fields = { "embedded", "embedded_text" } } } -- what is built into lisrun
ignore = { "212/self" } -- a method need not use its object
-- LuaUnit finds its cases as globals named Test...; a table of cases may run wide.
files["tests/**/*.lua"] = { max_line_length = 132, allow_defined_top = true, ignore = { "131/Test.*" } }
files["docs/library/**"] = { ignore = { "2..", "631" } } -- declarations for editors: nothing in there runs
files["lua/lis/util/safe.lua"] = { ignore = { "12." } } -- replacing what Lua offers is its work
