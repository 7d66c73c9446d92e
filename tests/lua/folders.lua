-- Folders and output that tests of saved studies share.
local lfs = require "lfs"

local folders = {}

--- A path below the system's temporary folder at which nothing is yet.
function folders.new()
  local path = os.tmpname()
  os.remove(path)
  return path
end

--- Removes a file or a folder with all it holds.
function folders.remove(path)
  if lfs.attributes(path, "mode") == "directory" then
    for name in lfs.dir(path) do
      if name ~= "." and name ~= ".." then folders.remove(path .. "/" .. name) end
    end
  end
  os.remove(path)
end

function folders.read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

--- Runs a function with `print` kept back; returns what it would have said.
function folders.silent(fn)
  local said, real = {}, print
  rawset(_G, "print", function(text) said[#said + 1] = text end)
  local ok, result = pcall(fn)
  rawset(_G, "print", real)
  if not ok then error(result, 0) end
  return table.concat(said, "\n")
end

return folders
