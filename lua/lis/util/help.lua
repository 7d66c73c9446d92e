--- help(x) and apropos(word): what the doc comments say, at the prompt.
---
---     help(lis.split.by_time)   help "csr:ppmi"   ?lis.score   apropos "auc"
---
--- A function is found by where it was written, so an alias helps as well as its full name; a function of
--- the user's own shows the comment above it.
local base = require("lis.core").base
local doc = require "lis.util.doc"
local nearest = require "lis.util.nearest"
local text = require "lis.util.text"

local help = {}

-- How classes of the core are called in doc comments.
local classes = {
  ["lis.tensor"] = "lis.Tensor", ["lis.csr"] = "lis.Csr", ["lis.table"] = "lis.DataTable",
  ["lis.dict"] = "lis.Dict", ["lis.history"] = "lis.History", ["lis.graph"] = "lis.Graph",
  ["lis.node"] = "lis.Node", ["lis.model"] = "lis.Model",
}

local function width() return math.min(100, base.columns "stdout") end

-- ---------------------------------------------------------------------------------------------
-- From a value to an entry

-- "core.tensor.new" -> "lis.core.tensor.new"; "csr:ppmi" -> "lis.Csr:ppmi".
local function documented_name(name)
  local class, method = name:match("^([%w_]+):([%w_]+)$")
  if class then return (classes["lis." .. class] or class) .. ":" .. method end
  return "lis." .. name
end

-- "@lis/split.lua", or a file below LIS_LUA_PATH -> "lis.split".
local function module_of(chunk)
  local path = chunk:match("^@(lis/.*)%.lua$")
  local folder = os.getenv("LIS_LUA_PATH")
  if not path and folder and chunk:sub(2, #folder + 1) == folder then
    path = chunk:sub(#folder + 3):match("^(lis/.*)%.lua$") or chunk:sub(#folder + 3):match("^(lis)%.lua$")
  end
  return path and path:gsub("/init$", ""):gsub("/", ".")
end

local function function_entry(f)
  local name = base.function_name(f)
  if name then return doc.find(documented_name(name)) end
  local info = debug.getinfo(f, "S")
  local module = info.what ~= "C" and module_of(info.source)
  return module and doc.at(module, info.linedefined)
end

local function module_entry(t)
  for _, name in ipairs(doc.modules()) do
    if package.loaded[name] == t then return doc.find(name) end
  end
  local core = package.loaded["lis.core"]
  for room, value in pairs(core) do
    if value == t then return doc.find("lis.core." .. room) end
  end
end

-- The class behind a metatable: by its name, or by where its methods are documented.
local function class_entry(value)
  local meta = debug.getmetatable(value)
  if not meta then return nil end
  local named = type(meta.__name) == "string" and doc.find(classes[meta.__name] or meta.__name)
  if named then return named end
  for _, method in pairs(type(meta.__index) == "table" and meta.__index or {}) do
    local entry = type(method) == "function" and function_entry(method)
    local class = entry and entry.name:match("^(.*):")
    if class then return doc.find(class) end
  end
end

-- ---------------------------------------------------------------------------------------------
-- From an entry to lines

local function add_text(lines, words)
  if words and words ~= "" then
    for line in (words .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  end
end

-- Names, types and words in columns; a long line is continued below its words.
local function add_columns(lines, rows)
  local first, second = 0, 0
  for _, row in ipairs(rows) do
    first = math.max(first, text.width(row[1]))
    second = math.max(second, math.min(34, text.width(row[2])))
  end
  local indent = (" "):rep(first + second + 6)
  for _, row in ipairs(rows) do
    local head = "  " .. text.pad(row[1], first) .. "  " .. text.pad(row[2], second)
    local words = row[3] ~= "" and text.wrap(row[3], math.max(30, width()), indent) or ""
    local is_wide = text.width(row[2]) > second
    if words == "" then
      lines[#lines + 1] = head:gsub("%s+$", "")
    elseif is_wide then
      lines[#lines + 1] = head
      add_text(lines, words)
    else
      add_text(lines, head .. "  " .. words:gsub("^%s+", ""))
    end
  end
end

local function rows_of(list)
  local rows = {}
  for i, item in ipairs(list) do rows[i] = { item.name or "", item.type or "", item.text or "" } end
  return rows
end

-- The first sentence, where the first line does not end before it does.
local function first_line(entry)
  local words = entry.text:match("^(.-)\n%s*\n") or entry.text
  local sentence = words:gsub("%s+", " "):match("^(.-)%.%f[%s\0]") or words:gsub("%s+", " ")
  return (sentence:gsub("[%.:;]$", ""))
end

local function signature(entry)
  return entry.name .. "(" .. table.concat(entry.arguments or {}, ", ") .. ")"
end

-- The fields of a class, those that it inherits first.
local function fields_of(entry)
  local fields = {}
  local parent = entry.parent and doc.find(entry.parent)
  if parent then table.move(fields_of(parent), 1, #fields_of(parent), 1, fields) end
  table.move(entry.fields, 1, #entry.fields, #fields + 1, fields)
  return fields
end

-- Parameters, and the fields of the options that are a class of their own.
local function add_parameters(lines, entry)
  if #entry.params > 0 then
    lines[#lines + 1] = ""
    add_columns(lines, rows_of(entry.params))
  end
  for _, param in ipairs(entry.params) do
    local class = doc.find((param.type:gsub("%?$", "")))
    if class and class.kind == "class" and #fields_of(class) > 0 and param.name == "options" then
      lines[#lines + 1] = ""
      lines[#lines + 1] = "options:"
      add_columns(lines, rows_of(fields_of(class)))
    end
  end
  if #entry.returns > 0 then
    lines[#lines + 1] = ""
    lines[#lines + 1] = "returns:"
    add_columns(lines, rows_of(entry.returns))
  end
end

-- A name and as much of its first sentence as a line holds.
local function add_index(lines, rows)
  local first = 0
  for _, row in ipairs(rows) do first = math.max(first, text.width(row[1])) end
  for _, row in ipairs(rows) do
    local line = "  " .. text.pad(row[1], first) .. "  " .. row[2]
    lines[#lines + 1] = text.cut(line, width()):gsub("%s+$", "")
  end
end

-- Functions and fields of a module, methods of a class: the shortest names, with a first line each.
local function add_members(lines, entry)
  local prefix = entry.name:gsub("%p", "%%%0")
  local rows = {}
  for _, member in ipairs(doc.entries(entry.module)) do
    local name = member.name:match("^" .. prefix .. "[%.:]([%w_]+)$")
    if name and member.kind ~= "module" and member.kind ~= "class" then
      rows[#rows + 1] = { member.name:sub(#entry.name + 1), first_line(member) }
    end
  end
  if #rows == 0 then return end
  lines[#lines + 1] = ""
  lines[#lines + 1] = entry.kind == "class" and "methods:" or "functions:"
  add_index(lines, rows)
end

local function describe(entry)
  local lines = { entry.kind == "function" and signature(entry) or entry.name, "" }
  add_text(lines, entry.text)
  if entry.kind == "function" then
    add_parameters(lines, entry)
  else
    local fields = fields_of(entry)
    if #fields > 0 then
      lines[#lines + 1] = ""
      lines[#lines + 1] = "fields:"
      add_columns(lines, rows_of(fields))
    end
    add_members(lines, entry)
  end
  return (table.concat(lines, "\n"):gsub("\n\n\n+", "\n\n"))
end

-- ---------------------------------------------------------------------------------------------
-- What the library does not document

-- "string.format" for Lua's own functions.
local function standard_name(value)
  for _, name in ipairs{ "_G", "string", "table", "math", "io", "os", "utf8", "coroutine", "debug" } do
    for key, member in pairs(package.loaded[name] or {}) do
      if rawequal(member, value) and type(key) == "string" then
        return name == "_G" and key or name .. "." .. key
      end
    end
  end
end

-- The comment above a function in a file of the user's.
local function own_comment(f)
  local info = debug.getinfo(f, "S")
  local file = info.source:sub(1, 1) == "@" and io.open(info.source:sub(2))
  if not file then return nil end
  local lines, head = {}, nil
  local number = 0
  for line in file:lines() do
    number = number + 1
    if number == info.linedefined then
      head = line
      break
    end
    lines = line:match("^%s*%-%-") and lines or {}
    lines[#lines + 1] = line:match("^%s*%-%-+ ?(.*)$")
  end
  file:close()
  return head and table.concat({ head:match("^%s*(.-)%s*$"), "", table.unpack(lines) }, "\n")
end

local function undocumented(value)
  local name = standard_name(value)
  if name then
    return ("%s is part of Lua: https://www.lua.org/manual/5.4/manual.html#pdf-%s"):format(name, name)
  end
  if type(value) == "function" then
    local info = debug.getinfo(value, "S")
    return own_comment(value) or ("a function without a description, from %s:%d"):format(
      info.short_src, info.linedefined)
  end
  return ("a %s without a description"):format(type(value))
end

-- ---------------------------------------------------------------------------------------------

-- Entries of a name as people write it: "split.by_time", "tensor:take", "Tensor".
local function find_name(name)
  local class, method = name:match("^([%a_][%w_]*)[:%.]([%w_]+)$")
  local candidates = { name, "lis." .. name, "lis.core." .. name }
  if class then
    candidates[#candidates + 1] = (classes["lis." .. class] or "lis." .. class) .. ":" .. method
  end
  candidates[#candidates + 1] = classes["lis." .. name]
  for _, candidate in ipairs(candidates) do
    local entry = doc.find(candidate)
    if entry then return entry end
  end
end

--- All entries whose name or description holds the word, those by name first.
---@param word string
---@return lis.doc.entry[]
function help.search(word)
  word = word:lower()
  local by_name, by_text = {}, {}
  for _, module in ipairs(doc.modules()) do
    for _, entry in ipairs(doc.entries(module)) do
      if entry.name:lower():find(word, 1, true) then
        by_name[#by_name + 1] = entry
      elseif entry.text:lower():find(word, 1, true) then
        by_text[#by_text + 1] = entry
      end
    end
  end
  table.move(by_text, 1, #by_text, #by_name + 1, by_name)
  return by_name
end

local function apropos_text(word)
  local found, rows = help.search(word), {}
  for i, entry in ipairs(found) do rows[i] = { entry.name, first_line(entry) } end
  if #rows > 0 then
    local lines = {}
    add_index(lines, rows)
    return table.concat(lines, "\n")
  end
  local names = {}
  for _, module in ipairs(doc.modules()) do
    for _, entry in ipairs(doc.entries(module)) do names[#names + 1] = entry.name:match("[%w_]+$") end
  end
  return ("nothing about '%s'%s"):format(word, nearest.hint(word, names))
end

local welcome = [[
help(x), ?x       what a function, module or value is:   ?lis.split.by_time   help "tensor:take"
apropos "auc"     all names and descriptions that hold a word
describe(x)       a log, tensor, table or study in figures; head(x, n): its first rows
hist(x), plot(y)  pictures in the terminal; plot(x, y, { out = "curve.svg" }) to a file
Tab               completes names, fields, methods, modules and paths

The stages of a study, in order: lis.log, split, preference, leak, represent, inject, ranker, score,
report; lis.study composes them. docs: man lisrun]]

--- What help prints about a value, or about a name in a string; without one, where to begin.
---@return string
function help.text(...)
  if select("#", ...) == 0 then return welcome end
  local value = ...
  if type(value) == "string" then
    local entry = find_name(value)
    return entry and describe(entry) or apropos_text(value)
  end
  local entry
  if type(value) == "function" then
    entry = function_entry(value)
  elseif type(value) == "table" then
    entry = module_entry(value) or class_entry(value)
  elseif type(value) == "userdata" then
    entry = class_entry(value)
  end
  return entry and describe(entry) or undocumented(value)
end

--- Prints what there is to say about a value, or about a name in a string.
function help.help(...) print(help.text(...)) end

--- Prints every name of the library whose name or description holds the word.
---@param word string
function help.apropos(word) print(apropos_text(tostring(word))) end

--- What the prompt does with `?lis.split.by_time`: a name is looked up in the globals, without calling
--- anything, and then among the documented ones.
---@param words string
---@param resolve fun(path: string): any
---@return string
function help.answer(words, resolve)
  words = words:match("^%s*(.-)%s*$"):gsub("%(.*$", "")
  if words == "" then return help.text() end
  local value = words:find("^[%a_][%w_%.:]*$") and resolve(words)
  if value ~= nil and type(value) ~= "string" then
    local said = help.text(value)
    if not said:find("without a description$") then return said end
  end
  return help.text(words)
end

return help
