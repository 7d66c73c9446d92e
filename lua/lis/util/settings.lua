--- What the command line of lisrun says, before the recipe says anything: a plain table of values,
--- the same for all modules. Under stock Lua these are the defaults.
---@class lis.settings
---@field quiet boolean   no progress, no greeting
---@field json boolean    results and errors as JSON
---@field safe boolean    programs, C libraries and writes outside `out` are refused
---@field seed integer?   where a recipe's `seed` begins
---@field out string?     where a recipe's `out` points
---@field line_editor string?  "libedit 3.1", "none"; nil outside lisrun
return { quiet = false, json = false, safe = false, seed = nil, out = nil }
