--- Values as text for a person at the prompt: quoted strings, tables by sorted keys and cut to a
--- screen, functions with the place where they were written.
local show = {}

local WIDTH = 78  -- a table that fits on a line stays on a line
local DEPTH = 3   -- deeper tables are {...}
local ITEMS = 40  -- of one table

local escapes = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ["\\"] = "\\\\", ['"'] = '\\"' }

local function quoted(s)
  local cut = #s > 400 and ("... (%d bytes)"):format(#s) or ""
  if cut ~= "" then s = s:sub(1, 400) end
  local safe = s:gsub('[%c\\"]', function(c) return escapes[c] or ("\\%03d"):format(c:byte()) end)
  return '"' .. safe .. '"' .. cut
end

local function function_text(f)
  local info = debug.getinfo(f, "S")
  if info.what == "C" then return "function (C)" end
  return ("function (%s:%d)"):format(info.short_src, info.linedefined)
end

local function number_text(x)
  if math.type(x) == "integer" then return tostring(x) end
  local short = ("%.6g"):format(x)
  return tonumber(short) == x and short or ("%.10g"):format(x)
end

local order = { number = 1, string = 2, boolean = 3 }

local function sorted_keys(t)
  local keys = {}
  for key in next, t do
    if not (math.type(key) == "integer" and key >= 1 and key <= #t) then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b)
    local x, y = order[type(a)] or 4, order[type(b)] or 4
    if x ~= y then return x < y end
    if x <= 2 then return a < b end
    return tostring(a) < tostring(b)
  end)
  return keys
end

local value_text

local function key_text(key, depth, seen)
  if type(key) == "string" and key:find("^[%a_][%w_]*$") then return key end
  return "[" .. value_text(key, depth, seen) .. "]"
end

local function items(t, depth, seen)
  local list, total = {}, 0
  local function add(item)
    total = total + 1
    if total <= ITEMS then list[#list + 1] = item() end
  end
  for i = 1, #t do
    add(function() return value_text(rawget(t, i), depth + 1, seen) end)
  end
  for _, key in ipairs(sorted_keys(t)) do
    add(function()
      return key_text(key, depth + 1, seen) .. " = " .. value_text(rawget(t, key), depth + 1, seen)
    end)
  end
  if total > ITEMS then list[#list + 1] = ("... %d more"):format(total - ITEMS) end
  return list
end

local function table_text(t, depth, seen)
  if next(t) == nil then return "{}" end
  if seen[t] then return "{ (this table again) }" end
  if depth >= DEPTH then return "{...}" end
  seen[t] = true
  local list = items(t, depth, seen)
  seen[t] = nil
  local one_line = "{ " .. table.concat(list, ", ") .. " }"
  if #one_line + 2 * depth <= WIDTH and not one_line:find("\n") then return one_line end
  local indent = ("  "):rep(depth + 1)
  return "{\n" .. indent .. table.concat(list, ",\n" .. indent) .. "\n" .. ("  "):rep(depth) .. "}"
end

function value_text(value, depth, seen)
  local kind = type(value)
  if kind == "string" then return quoted(value) end
  if kind == "number" then return number_text(value) end
  if kind == "function" then return function_text(value) end
  local meta = debug.getmetatable(value)
  if meta and meta.__tostring then return tostring(value) end
  if kind == "table" then
    local name = meta and type(meta.__name) == "string" and meta.__name .. " " or ""
    return name .. table_text(value, depth, seen)
  end
  return tostring(value)
end

--- One value, over several lines where it is large.
---@param value any
---@return string
function show.value(value) return value_text(value, 0, {}) end

--- Several values, as the prompt prints the results of an input: separated by tabs, or by newlines
--- where one of them takes several lines.
---@return string
function show.values(...)
  local parts, separator = {}, "\t"
  for i = 1, select("#", ...) do
    parts[i] = show.value((select(i, ...)))
    if parts[i]:find("\n") then separator = "\n" end
  end
  return table.concat(parts, separator)
end

return show
