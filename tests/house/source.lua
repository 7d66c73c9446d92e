-- Source text for the rules: files of the tree, and C with comments or strings blanked out so that
-- a rule never trips over prose. Line numbers stay as they are.
local source = {}

local PRUNE = "-name .git -o -name 'build*' -o -name runs -o -name packagecache"

---@param root string
---@return table files  { { path =, text = }, ... } sorted by path; text files only
function source.tree(root)
  local command = ("cd '%s' && find . \\( %s \\) -prune -o -type f -print | sort"):format(root, PRUNE)
  local files = {}
  for path in io.popen(command):lines() do
    local file = assert(io.open(root .. "/" .. path, "rb"))
    local text = file:read("a")
    file:close()
    if not text:find("\0", 1, true) then
      files[#files + 1] = { path = path:gsub("^%./", ""), text = text }
    end
  end
  return files
end

local function blank(text) return (text:gsub("[^\n]", " ")) end

--- C without comments; without the content of strings too, where `strings` is true.
function source.c_code(text, strings)
  local out, at = {}, 1
  while at <= #text do
    local from, to = text:find("[/\"']", at)
    if not from then break end
    out[#out + 1] = text:sub(at, from - 1)
    local two = text:sub(from, from + 1)
    if two == "/*" then
      to = select(2, text:find("*/", from + 2, true)) or #text
      out[#out + 1] = blank(text:sub(from, to))
    elseif two == "//" then
      to = (text:find("\n", from, true) or #text + 1) - 1
      out[#out + 1] = blank(text:sub(from, to))
    elseif two:sub(1, 1) == "/" then
      out[#out + 1] = "/"
    else
      local quote = two:sub(1, 1)
      to = from + 1
      while to <= #text and text:sub(to, to) ~= quote and text:sub(to, to) ~= "\n" do
        to = to + (text:sub(to, to) == "\\" and 2 or 1)
      end
      local content = text:sub(from + 1, to - 1)
      out[#out + 1] = quote .. (strings and blank(content) or content) .. text:sub(to, to)
    end
    at = to + 1
  end
  out[#out + 1] = text:sub(at)
  return table.concat(out)
end

--- Iterates over lines: number, line.
function source.lines(text)
  local number, at = 0, 1
  return function()
    if at > #text then return nil end
    local stop = text:find("\n", at, true) or #text + 1
    local line = text:sub(at, stop - 1)
    number, at = number + 1, stop + 1
    return number, line
  end
end

return source
