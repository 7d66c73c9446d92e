--- Doc comments, read from sources: what `help`, the manual and the tests know about every name.
---
--- A doc comment is a block of lines that begin with three dashes, and the two-dash lines that follow
--- them; it belongs to the definition below it. Tags are LuaCATS's, as editors read them:
---
---     --- Rows at the given codes.
---     ---@param index lis.Tensor  i32 [n]
---     ---@return lis.Tensor
---     function Tensor:take(index) end
local source = require "lis.util.source"

local doc = {}

---@class lis.doc.entry
---@field name string       "lis.core.tensor.new", "lis.Tensor:take", "lis.split", "lis.FitOptions"
---@field kind string       "module", "function", "class" or "field"
---@field text string       the description, lines as written
---@field params table[]    { name =, type =, text =, optional = }
---@field returns table[]   { type =, name =, text = }
---@field fields table[]    of a class: as params
---@field line integer      of the definition
---@field module string

-- A type ends at the first space outside of brackets: "table<string, x>? what it is".
local function split_type(s)
  local depth, i = 0, 1
  while i <= #s do
    local c = s:sub(i, i)
    if c:find("[%(<{%[]") then
      depth = depth + 1
    elseif c:find("[%)>}%]]") then
      depth = depth - 1
    elseif c == " " and depth == 0 and not (s:sub(1, i):find("^fun%(.*%):? $")) then
      break
    end
    i = i + 1
  end
  return s:sub(1, i - 1), (s:sub(i):gsub("^%s+", ""))
end

local tags = {}

function tags.param(entry, rest)
  local name, optional, more = rest:match("^([%w_%.]+)(%??)%s*(.*)$")
  if not name then return end
  local type, text = split_type(more)
  entry.params[#entry.params + 1] = { name = name, type = type, text = text,
    optional = optional == "?" or type:sub(-1) == "?" }
end

tags["return"] = function(entry, rest)
  local type, more = split_type(rest)
  local name, text = more:match("^([%a_][%w_]*)%s%s+(.*)$")
  if not name then name, text = more:match("^([%a_][%w_]*)$"), more end
  entry.returns[#entry.returns + 1] = { type = type, name = name, text = name == text and "" or text }
end

function tags.field(entry, rest)
  local name, more = rest:match("^(%S+)%s+(.*)$")
  if not name then return end
  local type, text = split_type(more)
  entry.fields[#entry.fields + 1] = { name = name:gsub("%?$", ""), type = type, text = text,
    optional = name:sub(-1) == "?" or type:sub(-1) == "?" }
end

function tags.class(entry, rest)
  local name, more = rest:match("^([%w_%.]+)(.*)$")
  local parent, words = more:match("^:%s*([%w_%.]+)%s*(.*)$")
  entry.class, entry.parent = name, parent
  words = words or more:gsub("^%s+", "")
  if words ~= "" then entry.lines[#entry.lines + 1] = words end
end

function tags.alias(entry, rest) entry.alias = rest:match("^[%w_%.]+") end

local function new_entry()
  return { lines = {}, params = {}, returns = {}, fields = {} }
end

local function add_line(entry, line)
  local tag, rest = line:match("^@(%a+)%s*(.*)$")
  if not tag then
    entry.lines[#entry.lines + 1] = line:gsub("^ ", "")
  elseif tags[tag] then
    tags[tag](entry, rest)
  end
end

-- What a line of code defines: a path ("split.by_time", "Log:days"), its parameters where it is a
-- function, and whether the line can define anything at all.
local function definition(line)
  local path, params = line:match("^function ([%w_%.:]+)%s*(%b())")
  if path then return path, params end
  path, params = line:match("^([%w_%.]+) = function%s*(%b())")
  if path then return path, params end
  path = line:match("^([%a_][%w_]*%.[%w_%.]+) = ")
  if path then return path end
  return line:match("^local ([%a_][%w_]*) = ")
end

-- The variable that the module returns: "return split", "return setmetatable(options, {...".
local function returned(text)
  return text:match("\nreturn ([%a_][%w_]*)%s*$") or text:match("\nreturn setmetatable%(([%a_][%w_]*),")
end

local function finish(entry, name, kind, line, module)
  while entry.lines[1] == "" do table.remove(entry.lines, 1) end
  while entry.lines[#entry.lines] == "" do entry.lines[#entry.lines] = nil end
  entry.text = table.concat(entry.lines, "\n")
  entry.name, entry.kind, entry.line, entry.module, entry.lines = name, kind, line, module, nil
  return entry
end

local function parameter_names(params)
  local names = {}
  for name in params:gmatch("[%w_%.]+") do names[#names + 1] = name end
  return names
end

-- The full name of a path in the code: its first word is the module's variable or a class's.
local function full_name(path, bases)
  local first, rest = path:match("^([%w_]+)(.*)$")
  return bases[first] and bases[first] .. rest
end

-- Adds an entry for what stands on the line below a doc comment; without one, for functions alone.
local function define(found, entry, line, number, module, bases)
  if entry and entry.class then
    local variable = line:match("^local ([%a_][%w_]*) = ")
    if variable and variable ~= bases.module then bases[variable] = entry.class end
    local is_module = entry.class == module or variable == bases.module
    found[#found + 1] = finish(entry, is_module and module or entry.class,
      is_module and "module" or "class", number, module)
    return
  end
  if entry and entry.alias then
    found[#found + 1] = finish(entry, entry.alias, "class", number, module)
    return
  end
  local path, params = definition(line)
  local name = path and path:find("[%.:]") and full_name(path, bases)
  if not name or path:find("%.__") or path:find(":__") then return end
  if not entry and not params then return end
  local made = finish(entry or new_entry(), name, params and "function" or "field", number, module)
  made.arguments = params and parameter_names(params)
  found[#found + 1] = made
end

-- The comment at the top tells of the module itself; joins it with the module's class, if it has one.
local function add_module(found, head, module)
  for i, entry in ipairs(found) do
    if entry.kind == "module" then
      if head then -- the module's own words first
        entry.text = table.concat(head.lines, "\n") .. "\n\n" .. entry.text
      end
      entry.text = entry.text:gsub("%s+$", "")
      table.insert(found, 1, table.remove(found, i))
      return
    end
  end
  table.insert(found, 1, finish(head or new_entry(), module, "module", 1, module))
end

--- The entries of one source, in its order; the module's own comes first.
---@param text string
---@param module string  "lis.split"
---@return lis.doc.entry[]
function doc.parse(text, module)
  local bases = { module = returned(text) }
  if bases.module then bases[bases.module] = module end
  local found, head, entry, number = {}, nil, nil, 0
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    local comment = line:match("^%-%-%-(.*)$") or (entry and line:match("^%-%-(.*)$"))
    if comment then
      entry = entry or new_entry()
      entry.first = entry.first or number
      add_line(entry, comment)
    else
      if entry and entry.first == 1 and not entry.class then
        head, entry = entry.lines[1] and entry, nil
      end
      if line ~= "" or (entry and (entry.class or entry.alias)) then
        define(found, entry, line, number, module, bases)
      end
      entry = nil
    end
  end
  add_module(found, head, module)
  return found
end

-- ---------------------------------------------------------------------------------------------
-- All of them

local rooms = { "base", "tensor", "sparse", "data", "metric", "nn" }

--- Names of modules that lis.core is made of, and of the library's own, in the order of reading.
---@return string[]
function doc.modules()
  local names = { "lis", "lis.core" }
  for _, room in ipairs(rooms) do names[#names + 1] = "lis.core." .. room end
  for _, name in ipairs(source.names()) do
    if name ~= "lis" then names[#names + 1] = name end
  end
  return names
end

-- The C side has no source to read; docs/library speaks for it.
local function text_of(module)
  if module == "lis.core" then return source.text "library/lis.lua" end
  local room = module:match("^lis%.core%.(%w+)$")
  return source.text(room and "library/lis/" .. room .. ".lua" or module)
end

local parsed = {}

--- The entries of a module by its name.
---@param module string
---@return lis.doc.entry[]
function doc.entries(module)
  if not parsed[module] then
    local text = text_of(module)
    parsed[module] = text and doc.parse(text, module) or {}
  end
  return parsed[module]
end

local index

--- The entry of a full name, or nil: "lis.core.tensor.new", "lis.Tensor:take", "lis.split.by_time".
---@param name string
---@return lis.doc.entry?
function doc.find(name)
  if not index then
    index = {}
    for _, module in ipairs(doc.modules()) do
      for _, entry in ipairs(doc.entries(module)) do index[entry.name] = index[entry.name] or entry end
    end
  end
  return index[name]
end

--- The names that a type's tables may hold: of a class its fields, of "{ a: integer, b: string? }" what is
--- written there. Nil where the type says nothing of the kind.
---@param type string
---@return table<string, boolean>?
function doc.fields(type)
  local names, known = {}, false
  local entry = doc.find((type:gsub("%?$", "")))
  while entry and entry.kind == "class" do
    for _, field in ipairs(entry.fields) do names[field.name], known = true, true end
    entry = entry.parent and doc.find(entry.parent)
  end
  local inside = type:match("^{(.*)}%??$")
  if inside then
    inside = inside:gsub("%b()", ""):gsub("%b{}", ""):gsub("%b<>", "")
    for name in inside:gmatch("([%a_][%w_]*):") do names[name], known = true, true end
  end
  return known and names or nil
end

--- The entry of a function defined at a line of a module, or nil.
---@param module string
---@param line integer
---@return lis.doc.entry?
function doc.at(module, line)
  for _, entry in ipairs(doc.entries(module)) do
    if entry.line == line and entry.kind == "function" then return entry end
  end
end

return doc
