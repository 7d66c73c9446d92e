-- A file that outgrows its limit usually holds two things.
local source = require "source"

local limits = {
  { pattern = "%.c$", lines = 600 },
  { pattern = "%.h$", lines = 250 },
  { pattern = "^lua/.*%.lua$", lines = 400 },
  { pattern = "^tests/.*%.lua$", lines = 600 },
  { pattern = "^recipes/.*%.lua$", lines = 80 },
}

local FUNCTION_LINES = 80 -- a C function; about 60 is the aim

-- clang-format puts the head of a function and its closing brace in column one, and nothing inside.
local function check_functions(file, report)
  local head, name, inside
  for number, line in source.lines(source.c_code(file.text, true)) do
    if not inside and line:find("^[%a_].*%(") then
      head, name = number, line:match("([%w_]+)%s*%(")
    end
    if line:find("^}") then
      local lines = inside and number - head + 1 or 0
      if lines > FUNCTION_LINES then
        report(file.path, head, ("%s() has %d lines, limit %d"):format(name, lines, FUNCTION_LINES))
      end
      head, inside = nil, false
    elseif head and not inside then
      if line:find("[;=]") then head = nil end -- a prototype, or a table
      inside = head and line:find("{%s*$")
    end
  end
end

---@param files table  { { path =, text = }, ... }
---@param report fun(path: string, line: integer, message: string)
return function(files, report)
  for _, file in ipairs(files) do
    local _, lines = file.text:gsub("\n", "\n")
    local written = not file.path:find("/golden/") -- those come out of a script
    for _, limit in ipairs(limits) do
      if written and file.path:find(limit.pattern) and lines > limit.lines then
        report(file.path, limit.lines + 1, ("%d lines, limit %d"):format(lines, limit.lines))
      end
    end
    if file.path:find("%.c$") then check_functions(file, report) end
  end
end
