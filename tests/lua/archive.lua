-- Files that hold several arrays, written by hand for the tests.
local archive = {}

local function crc32(bytes)
  local crc = 0xffffffff
  for i = 1, #bytes do
    crc = crc ~ bytes:byte(i)
    for _ = 1, 8 do crc = (crc >> 1) ~ (0xedb88320 & -(crc & 1)) end
  end
  return ~crc & 0xffffffff
end

--- A zip archive of stored files.
---@param files { [1]: string, [2]: string }[] name and content
---@return string
function archive.zip(files)
  local body, directory, at = {}, {}, 0
  for _, entry in ipairs(files) do
    local name, bytes = entry[1], entry[2]
    local common = string.pack("<I2I2I2I2I2I4I4I4I2I2", 20, 0, 0, 0, 0x21, crc32(bytes), #bytes, #bytes, #name, 0)
    local piece = "PK\3\4" .. common .. name .. bytes
    directory[#directory + 1] = "PK\1\2" .. string.pack("<I2", 20) .. common
      .. string.pack("<I2I2I2I4I4", 0, 0, 0, 0, at) .. name
    body[#body + 1], at = piece, at + #piece
  end
  local list = table.concat(directory)
  return table.concat(body) .. list
    .. "PK\5\6" .. string.pack("<I2I2I2I2I4I4I2", 0, 0, #files, #files, #list, at, 0)
end

--- A safetensors file: a header and the bytes behind it.
---@return string
function archive.safetensors(header, bytes) return string.pack("<s8", header) .. bytes end

return archive
