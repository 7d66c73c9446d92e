-- Writes the library's doc comments in LDoc's words, one source a module, for `ldoc` to make pages of:
--   lisrun docs/manual/generate.lua FOLDER
-- The comments carry LuaCATS tags, which editors read and LDoc does not; lis.util.doc knows them.
local base = require("lis").core.base
local doc = require "lis.util.doc"

local folder = assert(arg[1], "usage: lisrun docs/manual/generate.lua FOLDER")

-- LDoc hands text on as HTML, and takes @ at the beginning of a line for a tag.
local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ["@"] = "&#64;" }
local function plain(words) return (words:gsub("[&<>@]", entities)) end

-- One line: what stands behind a tag may not contain another.
local function line(words) return plain(words:gsub("%s+", " ")) end

-- Paragraphs; rows that are indented are code.
local function comment(lines, words)
  local inside = false
  for row in (words .. "\n"):gmatch("([^\n]*)\n") do
    local is_code = row:find("^    ") ~= nil or (inside and row == "")
    if is_code ~= inside then lines[#lines + 1] = is_code and "-- <pre>" or "-- </pre>" end
    inside = is_code
    lines[#lines + 1] = "-- " .. plain(row) .. (row == "" and not inside and "<p>" or "")
  end
  if inside then lines[#lines + 1] = "-- </pre>" end
end

local function described(item)
  local type = item.type and item.type ~= "" and ("<code>%s</code> "):format(line(item.type)) or ""
  return type .. line(item.text or "")
end

-- "lis.Csr:ppmi" stands in its module under its own name: "Csr:ppmi".
local function own_name(entry)
  local prefix = entry.module .. "."
  if entry.name:sub(1, #prefix) == prefix then return entry.name:sub(#prefix + 1) end
  return entry.name:gsub("^lis%.", "")
end

local function add_function(lines, entry)
  lines[#lines + 1] = "---"
  comment(lines, entry.text ~= "" and entry.text or own_name(entry) .. ".")
  lines[#lines + 1] = "-- @function " .. own_name(entry)
  local types = {}
  for _, param in ipairs(entry.params) do types[param.name] = param end
  for _, name in ipairs(entry.arguments or {}) do
    lines[#lines + 1] = ("-- @param %s %s"):format(name, types[name] and described(types[name]) or "")
  end
  for _, item in ipairs(entry.returns) do lines[#lines + 1] = "-- @return " .. described(item) end
  lines[#lines + 1] = ""
end

local function add_class(lines, entry)
  if #entry.fields == 0 and entry.text == "" then return end
  lines[#lines + 1] = "---"
  comment(lines, entry.text ~= "" and entry.text or own_name(entry) .. ".")
  lines[#lines + 1] = "-- @table " .. own_name(entry)
  for _, field in ipairs(entry.fields) do
    lines[#lines + 1] = ("-- @field %s %s"):format(field.name:gsub("[%[%]]", ""), described(field))
  end
  lines[#lines + 1] = ""
end

-- The source that stands for a module; nil where there is nothing to tell.
local function page(module)
  local entries = doc.entries(module)
  if not entries[1] or entries[1].kind ~= "module" then return nil end
  local lines = { "---" }
  comment(lines, entries[1].text)
  lines[#lines + 1] = "-- @module " .. module
  lines[#lines + 1] = ""
  for i = 2, #entries do
    local add = entries[i].kind == "function" and add_function or add_class
    add(lines, entries[i])
  end
  return table.concat(lines, "\n") .. "\n"
end

local count = 0
for _, module in ipairs(doc.modules()) do
  local text = page(module)
  if text then
    base.save(("%s/%s.lua"):format(folder, module), text)
    count = count + 1
  end
end
print(count .. " modules")
