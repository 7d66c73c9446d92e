--- What may follow the cursor: names, fields, methods, module names, paths inside quotes.
---
--- Nothing is called on the way: only tables and metatables are looked into, so that Tab never runs
--- the user's code.
local complete = {}

local keywords = {
  "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
  "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
}

-- Debian's packages; package.loaded, package.preload and lisrun's own list add theirs.
local modules = { "argparse", "lfs", "luaunit" }

local function starts_with(s, prefix) return s:sub(1, #prefix) == prefix end

-- All string keys that `value` answers to, by name: own fields, then those of __index tables.
local function fields(value)
  local names, hops = {}, 0
  local holder = value
  while holder ~= nil and hops < 10 do
    if type(holder) == "table" then
      for key, field in next, holder do
        if type(key) == "string" and names[key] == nil then names[key] = field end
      end
    end
    local meta = debug.getmetatable(holder)
    if meta and type(meta.__stages) == "table" then
      for key in next, meta.__stages do
        if names[key] == nil then names[key] = true end
      end
    end
    local index = meta and meta.__index
    if type(index) == "function" then index = meta.methods end -- a box of the core
    holder = type(index) == "table" and index or nil
    hops = hops + 1
  end
  return names
end

--- The value of "lis.util" or "study.arms", read without calling anything; nil where it ends.
---@param path string
---@param globals table?  default _G
---@return any
function complete.resolve(path, globals)
  local value = globals or _G
  for name in path:gmatch("[%a_][%w_]*") do
    value = fields(value)[name]
    if value == nil then return nil end
  end
  return value
end

local function matching(names, prefix, before, methods_only)
  local found = {}
  for name, value in pairs(names) do
    local shown = starts_with(name, prefix) and name:find("^[%a_][%w_]*$")
      and (prefix ~= "" or not starts_with(name, "_"))
    if shown and (not methods_only or type(value) == "function") then
      found[#found + 1] = before .. name
    end
  end
  table.sort(found)
  return found
end

local function module_names(prefix)
  local found = {}
  local function add(name)
    if starts_with(name, prefix) then found[name] = true end
  end
  for _, name in ipairs(modules) do add(name) end
  for name in pairs(package.loaded) do add(name) end
  for name in pairs(package.preload) do add(name) end
  for _, name in ipairs(package.embedded or {}) do add(name) end
  local names = {}
  for name in pairs(found) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function paths(prefix)
  local folder, start = prefix:match("^(.*/)([^/]*)$")
  folder, start = folder or "", start or prefix
  local lfs = require "lfs"
  local found = {}
  local ok, entries, state = pcall(lfs.dir, folder == "" and "." or folder)
  if not ok then return found end
  for name in entries, state do
    if starts_with(name, start) and (start ~= "" or not starts_with(name, ".")) and name ~= "."
      and name ~= ".." then
      local is_folder = lfs.attributes(folder .. name, "mode") == "directory"
      found[#found + 1] = folder .. name .. (is_folder and "/" or "")
    end
  end
  table.sort(found)
  return found
end

-- The text inside a string that is still open at the end of the line, and what stands before it.
local function open_string(line)
  local quote, start
  local i = 1
  while i <= #line do
    local c = line:sub(i, i)
    if quote and c == "\\" then
      i = i + 1
    elseif quote == c then
      quote = nil
    elseif not quote and (c == '"' or c == "'") then
      quote, start = c, i
    elseif not quote and line:sub(i, i + 1) == "--" then
      return nil
    end
    i = i + 1
  end
  if quote then return line:sub(start + 1), line:sub(1, start - 1) end
end

-- The string keys of a value, names or not: for t["...
local function string_keys(value, prefix)
  local found = {}
  for name in pairs(fields(value)) do
    if starts_with(name, prefix) then found[#found + 1] = name end
  end
  table.sort(found)
  return found
end

--- Completes a line.
---@param line string      what stands before the cursor
---@param globals table?   default _G
---@return string[] candidates  each a replacement for the last `#line - start + 1` bytes, sorted
---@return integer start        where the replaced part begins
function complete.line(line, globals)
  globals = globals or _G
  local inside, before = open_string(line)
  if inside then
    local start = #line - #inside + 1
    if before:find("require%s*%(?%s*$") then return module_names(inside), start end
    local base = before:match("([%a_][%w_%.]*)%[%s*$")
    local value = base and complete.resolve(base, globals)
    if value ~= nil then return string_keys(value, inside), start end
    return paths(inside), #line - #inside + 1
  end
  local word = line:match("[%a_][%w_%.:]*$") or ""
  local base, separator, prefix = word:match("^(.-)([%.:])([%w_]*)$")
  local start = #line - #word + 1
  if base then
    local value = complete.resolve(base, globals)
    if value == nil then return {}, start end
    return matching(fields(value), prefix, base .. separator, separator == ":"), start
  end
  local names = fields(globals)
  if word ~= "" then
    for _, keyword in ipairs(keywords) do names[keyword] = true end
  end
  return matching(names, word, ""), start
end

--- The longest beginning that all candidates share.
---@param candidates string[]
---@return string
function complete.common(candidates)
  local common = candidates[1] or ""
  for _, name in ipairs(candidates) do
    while not starts_with(name, common) do common = common:sub(1, -2) end
  end
  return common
end

--- Candidates in columns, as a shell lists them; only what follows the last dot, colon or slash.
---@param candidates string[]
---@param width integer   of the terminal
---@return string
function complete.columns(candidates, width)
  local names, widest = {}, 1
  for i, name in ipairs(candidates) do
    names[i] = name:match("[^%.:/]+/?$") or name
    widest = math.max(widest, #names[i])
  end
  local columns = math.max(1, (width + 2) // (widest + 2))
  local rows = (#names + columns - 1) // columns
  local lines = {}
  for row = 1, rows do
    local parts = {}
    for at = row, #names, rows do parts[#parts + 1] = names[at] .. (" "):rep(widest - #names[at]) end
    lines[row] = (table.concat(parts, "  "):gsub("%s+$", ""))
  end
  return table.concat(lines, "\n")
end

return complete
