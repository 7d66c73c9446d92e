-- The README shows the first recipe as it is and its output as it comes (digits may differ by processor).
-- usage: lisrun --loose test_readme.lua LISRUN ROOT [luaunit options]
local lu = require "luaunit"

local lisrun, root = table.remove(arg, 1), table.remove(arg, 1)

local function read(path)
  local file = assert(io.open(path))
  local content = file:read "a"
  file:close()
  return content
end

local readme = read(root .. "/README.md")

-- What a person reads, whatever the figures: numbers, and the padding that their width causes, folded.
local function shape(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    line = line:gsub("[%+%-]?%d[%d%.,]*", "#"):gsub("%-%-+", "--"):gsub("%s+", " ")
    lines[#lines + 1] = line
  end
  return lines
end

TestReadme = {}

function TestReadme:test_the_recipe_is_the_file()
  lu.assertEquals(readme:match "```lua\n(.-)```", read(root .. "/recipes/first.lua"))
end

function TestReadme:test_the_output_is_what_comes()
  local folder = os.tmpname()
  os.remove(folder)
  local pipe = assert(io.popen(("%s %s/recipes/first.lua --threads 1 --quiet --out %s"):format(lisrun, root, folder)))
  local output = pipe:read "a"
  pipe:close()
  os.execute("rm -rf " .. folder)
  local shown = shape(readme:match "prints:\n\n```\n(.-)```")
  local came = shape(output)
  for i, line in ipairs(shown) do
    if line:find "^Guards" then break end -- the verdict may word other figures otherwise
    lu.assertEquals(came[i], line)
  end
end

os.exit(lu.LuaUnit.run(), true)
