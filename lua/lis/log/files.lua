--- The files of a data set: a folder that holds them, or one of them.
local core = require "lis.core"

local files = {}

local watched -- paths that were found while someone watches

--- The paths that find and beside gave while a function ran.
---@param fn fun()
---@return string[]
function files.watch(fn)
  local outer = watched
  watched = {}
  local ok, message = pcall(fn)
  local found = watched
  watched = outer
  if not ok then error(message, 0) end
  return found
end

local function noted(path)
  if watched and not watched[path] then
    watched[path], watched[#watched + 1] = true, path
  end
  return path
end

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
      if matches(name, one) then return noted(joined(folder, name)), one end
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

local function ending_as(folder, endings)
  local found = {}
  for _, name in ipairs(core.base.list_folder(folder) or {}) do
    for _, ending in ipairs(endings) do
      for _, packing in ipairs(packings) do
        if name:sub(-#ending - #packing) == ending .. packing then found[#found + 1] = name end
      end
    end
  end
  return found
end

---@class lis.WantedFiles
---@field names string[]? names, in order of preference
---@field endings string[]? or how the name of the one such file ends

--- The wanted file of a folder, by name or as the only one of its kind; nil where there is none, or no one.
---@param folder string
---@param wanted lis.WantedFiles
---@return string? path
---@return string[]? several more than one fits: their names
function files.look(folder, wanted)
  if wanted.names then return files.beside(folder, wanted.names) or nil end
  local found = ending_as(folder, wanted.endings)
  if #found > 1 then return nil, found end
  return found[1] and joined(folder, found[1])
end

--- The main file of a data set. `path` is that file, or a folder where it lies.
---@param path string
---@param wanted lis.WantedFiles
---@return string? path
---@return string? problem what is wrong where it is not found
function files.find(path, wanted)
  local expected = wanted.names and table.concat(wanted.names, " or ")
    or "one file *" .. table.concat(wanted.endings, " or *")
  local names = core.base.list_folder(path)
  if not names then
    if is_file(path) then return noted(path) end
    return nil, ("there is no file or folder '%s'; wanted %s, or the folder that holds it"):format(path, expected)
  end
  local found, several = files.look(path, wanted)
  if found then return noted(found) end
  if several then
    return nil, ("folder '%s' holds %d such files (%s): name one of them"):format(path, #several, listed(several, 8))
  end
  return nil, ("folder '%s' lacks %s (.gz and .zst are read, too); it holds %s"):format(path, expected,
    listed(names, 12))
end

return files
