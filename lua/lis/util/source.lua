--- The library's own Lua sources: for help, and for checking recipes against what modules accept.
local source = {}

local function override_path()
  local folder = os.getenv("LIS_LUA_PATH")
  return folder and folder ~= "" and ("%s/?.lua;%s/?/init.lua"):format(folder, folder)
end

local function read(path)
  local file = path and io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

--- The source of a module such as "lis.score": that of LIS_LUA_PATH, else that inside the program,
--- else a file on package.path. Nil where there is none.
---@param name string
---@return string?
function source.text(name)
  local path = override_path()
  local text = path and read((package.searchpath(name, path)))
  if text then return text end
  text = package.embedded_text and package.embedded_text(name)
  return text or read((package.searchpath(name, package.path)))
end

--- The names of all modules of the library, sorted.
---@return string[]
function source.names()
  local names = {}
  for _, name in ipairs(package.embedded or {}) do names[#names + 1] = name end
  table.sort(names)
  return names
end

return source
