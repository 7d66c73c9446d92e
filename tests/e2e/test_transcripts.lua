-- Sessions at the prompt, as docs/*.md show them: each block marked ```lisrun is typed again, and must
-- print what stands there. usage: lisrun --loose test_transcripts.lua LISRUN HOUSE [--write]
-- With --write what is printed replaces what stands there: the docs are generated so.
local lfs = require "lfs"
local lisrun, house, write = arg[1], arg[2], arg[3] == "--write"

local MARK = "\1end of the answer\1"

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

-- Inputs of a block, each with the lines that follow "> " and ">> ".
local function inputs_of(block)
  local inputs = {}
  for line in block:gmatch "[^\n]*" do
    if line:find "^> " then
      inputs[#inputs + 1] = { line }
    elseif line:find "^>> " then
      table.insert(inputs[#inputs], line)
    end
  end
  return inputs
end

-- The block as the prompt prints it today.
local function play(block)
  local inputs, typed = inputs_of(block), {}
  for _, input in ipairs(inputs) do
    for _, line in ipairs(input) do typed[#typed + 1] = line:gsub("^>+ ", "") end
    typed[#typed + 1] = ("do io.write(%q, '\\n') end"):format(MARK)
  end
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(table.concat(typed, "\n"), "\n")
  file:close()
  local pipe = assert(io.popen(("COLUMNS=80 '%s' --threads 2 -i <'%s' 2>&1"):format(lisrun, path)))
  local answers, lines, i = pipe:read "a", {}, 0
  pipe:close()
  os.remove(path)
  for answer in answers:gmatch("(.-)" .. MARK .. "\n") do
    i = i + 1
    for _, line in ipairs(inputs[i] or {}) do lines[#lines + 1] = line end
    if answer ~= "" then lines[#lines + 1] = (answer:gsub("\n$", "")) end
  end
  return table.concat(lines, "\n") .. "\n", i == #inputs
end

local cases = {}

local function check_page(path)
  local text = read(path)
  local number = 0
  local now = text:gsub("(\n```lisrun\n)(.-)(```\n)", function(open, block, close)
    number = number + 1
    local played, complete = play(block)
    cases[#cases + 1] = { name = ("%s, session %d"):format(path:match "[^/]*$", number),
      ok = complete and (write or played == block), played = played }
    return open .. played .. close
  end)
  if write and now ~= text then require("lis").core.base.save(path, now) end
end

local pages = {}
for name in lfs.dir(house .. "/docs") do
  if name:find "%.md$" then pages[#pages + 1] = name end
end
table.sort(pages)
for _, name in ipairs(pages) do check_page(house .. "/docs/" .. name) end

print("1.." .. #cases)
local failed = false
for i, case in ipairs(cases) do
  failed = failed or not case.ok
  print(("%s %d - %s"):format(case.ok and "ok" or "not ok", i, case.name))
  if not case.ok then print("# today:\n# " .. case.played:gsub("\n", "\n# ")) end
end
os.exit(not failed and #cases > 0, true)
