--- One hash for any Lua value: what it says, not where it lies.
---
--- A table is its keys and values, a tensor or sparse matrix its content, a function its bytecode and
--- the values it closes over, a module its name. Two values with one fingerprint may be taken for each
--- other; a function changed in any way that its result could depend on has another. Globals that a
--- function reads are known by name only.
local base = require("lis.core").base

local function module_names()
  local names = {}
  for name, module in pairs(package.loaded) do
    if type(module) == "table" or type(module) == "function" then names[module] = name end
  end
  return names
end

local describe

-- Length first, so that no two different lists join to the same text.
local function joined(tag, parts)
  for i, part in ipairs(parts) do parts[i] = #part .. ":" .. part end
  return tag .. table.concat(parts)
end

local function of_table(value, state)
  local parts = {}
  for key, element in next, value do
    parts[#parts + 1] = joined("=", { describe(key, state), describe(element, state) })
  end
  table.sort(parts)
  return joined("table", parts)
end

local function of_function(value, state)
  local ok, code = pcall(string.dump, value, true)
  if not ok then return "C function" end
  local parts = { base.hash(code) }
  for i = 1, math.huge do
    local name, upvalue = debug.getupvalue(value, i)
    if not name then break end
    parts[#parts + 1] = upvalue == _G and "_G" or describe(upvalue, state)
  end
  return joined("function", parts)
end

local function of_box(value)
  local meta = debug.getmetatable(value)
  local name = meta and tostring(meta.__name) or "userdata"
  local ok, hash = pcall(function() return value:hash() end)
  return name .. (ok and hash or "")
end

local makers = {
  table = of_table, ["function"] = of_function, userdata = of_box,
  number = function(value) return math.type(value) == "integer" and ("%d"):format(value) or ("%a"):format(value) end,
  string = function(value) return "'" .. value end,
}

function describe(value, state)
  local make = makers[type(value)]
  if not make then return tostring(value) end
  if type(value) ~= "table" and type(value) ~= "function" then return make(value) end
  if state.modules[value] then return "module " .. state.modules[value] end
  if state.known[value] then return state.known[value] end
  state.known[value] = "cycle"
  state.known[value] = base.hash(make(value, state))
  return state.known[value]
end

--- 16 hex digits.
---@param value any
---@return string
return function(value)
  return base.hash(describe(value, { modules = module_names(), known = {} }))
end
