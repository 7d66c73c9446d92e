--- Strict globals: a mistyped name in a recipe is an error with the nearest name, not a nil.
---
--- Only the recipe's own chunk is strict: its environment is an empty table in front of the real
--- globals, so that modules it requires, also foreign ones, see the plain _G.
local nearest = require "lis.util.nearest"

local strict = {}

local function read(globals)
  return function(_, name)
    local value = globals[name]
    if value ~= nil then return value end
    error(("undeclared variable '%s'%s"):format(
      tostring(name), nearest.hint(tostring(name), nearest.keys(globals))), 2)
  end
end

local function write(globals)
  return function(_, name, value)
    if rawget(globals, name) == nil then
      local hint = nearest.hint(tostring(name), nearest.keys(globals))
      error(("assignment to the undeclared variable '%s'%s"):format(tostring(name),
        hint ~= "" and hint or (" (write 'local %s = ...')"):format(tostring(name))), 2)
    end
    globals[name] = value
  end
end

--- An environment for a chunk: reads and writes go to `globals`, unknown names are errors.
---@param globals table? default: _G
---@return table
function strict.environment(globals)
  globals = globals or _G
  return setmetatable({}, {
    __index = read(globals),
    __newindex = write(globals),
    __pairs = function() return pairs(globals) end,
    __metatable = "strict globals",
  })
end

return strict
