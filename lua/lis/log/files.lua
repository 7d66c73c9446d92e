--- The files of a data set: a folder that holds them, or one of them.
local core = require "lis.core"

local files = {}

local packings = { "", ".gz", ".zst" }

local function is_file(path)
  local file = io.open(path, "rb")
  if not file then return false end
  file:close()
  return core.base.list_folder(path) == nil
end

local function joined(folder, name) return folder:gsub("/+$", "") .. "/" .. name end

local function listed(names, most)
  if #names == 0 then return "nothing" end
  if #names <= most then return table.concat(names, ", ") end
  return table.concat(names, ", ", 1, most) .. (" and %d more"):format(#names - most)
end

local function matches(name, wanted)
  for _, packing in ipairs(packings) do
    if name == wanted .. packing then return true end
  end
  return false
end

--- The first of the wanted files that a folder holds, packed or not; nil where it holds none.
---@param folder string
---@param wanted string[] in order of preference
---@return string? path
---@return string? wanted the name that it goes by, without .gz or .zst
function files.beside(folder, wanted)
  local names = core.base.list_folder(folder) or {}
  for _, one in ipairs(wanted) do
    for _, name in ipairs(names) do
      if matches(name, one) then return joined(folder, name), one end
    end
  end
end

--- The folder that a file lies in.
---@param path string
---@return string
function files.folder(path) return path:match "^(.*)/[^/]*$" or "." end

--- The name of a file without folder and packing.
---@param path string
---@return string
function files.name(path) return (path:match "([^/]+)/*$":gsub("%.gz$", ""):gsub("%.zst$", "")) end

-- The one file of a folder whose name ends as wanted.
local function only_one(where, folder, endings)
  local found = {}
  for _, name in ipairs(core.base.list_folder(folder)) do
    for _, ending in ipairs(endings) do
      for _, packing in ipairs(packings) do
        if name:sub(-#ending - #packing) == ending .. packing then found[#found + 1] = name end
      end
    end
  end
  if #found > 1 then
    error(("%s: folder '%s' holds %d such files (%s): name one of them"):format(where, folder, #found,
      listed(found, 8)), 0)
  end
  return found[1] and joined(folder, found[1])
end

--- The main file of a data set. `path` is that file, or a folder where it lies.
---@param where string for messages: "preset 'mind'"
---@param path string
---@param wanted { names: string[]?, endings: string[]? } names in order of preference, or how its name ends
---@return string path
function files.find(where, path, wanted)
  local expected = wanted.names and table.concat(wanted.names, " or ")
    or "one file *" .. table.concat(wanted.endings, " or *")
  if core.base.list_folder(path) then
    local found = wanted.names and files.beside(path, wanted.names)
      or wanted.endings and only_one(where, path, wanted.endings)
    if found then return found end
    error(("%s: folder '%s' lacks %s (.gz and .zst are read, too); it holds %s"):format(where, path, expected,
      listed(core.base.list_folder(path), 12)), 0)
  end
  if not is_file(path) then
    error(("%s: there is no file or folder '%s'; wanted %s, or the folder that holds it"):format(where, path,
      expected), 0)
  end
  return path
end

return files
