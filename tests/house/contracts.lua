-- Every public function has its contract: a comment above it, on its line, or above the group of
-- declarations (no blank line between) that it belongs to.
local source = require "source"

-- Declarations of lis_* functions, as a list of { line =, name = }; types and macros left out.
local function declarations(code)
  local found, depth, statement, start = {}, 0, "", nil
  for number, line in source.lines(code) do
    if not line:find("^%s*#") then
      for piece, mark in (line .. "\n"):gmatch("([^{};\n]*)([{};\n])") do
        if depth == 0 then
          if piece:find("%S") then start = start or number end
          statement = statement .. piece .. " "
          if mark == ";" or mark == "{" then
            local name = not statement:find("^%s*typedef") and not statement:find("=")
              and statement:match("(lis_[%w_]+)%s*%(")
            if name then found[#found + 1] = { line = start, name = name } end
            statement, start = "", nil
          end
        end
        if mark == "{" then depth = depth + 1 end
        if mark == "}" then depth, statement, start = depth - 1, "", nil end
      end
    end
  end
  return found
end

-- For each line, whether its block (lines up to a blank one; blank lines of a comment do not count)
-- holds a comment.
local function commented_lines(text, code)
  local commented, block, has = {}, {}, false
  local code_lines = {}
  for number, line in source.lines(code) do code_lines[number] = line end
  local function close()
    for _, number in ipairs(block) do commented[number] = has end
    block, has = {}, false
  end
  local inside = false
  for number, line in source.lines(text) do
    if not line:find("%S") and not inside then
      close()
    else
      block[#block + 1] = number
      has = has or (line ~= code_lines[number])
    end
    local opened, closed = line:match(".*()/%*"), line:match(".*()%*/")
    if opened and not (closed and closed > opened) then inside = true end
    if closed and not (opened and opened > closed) then inside = false end
  end
  close()
  return commented
end

---@param files table  { { path =, text = }, ... }
---@param report fun(path: string, line: integer, message: string)
return function(files, report)
  for _, file in ipairs(files) do
    if file.path:find("^include/.*%.h$") then
      local code = source.c_code(file.text, true)
      local commented = commented_lines(file.text, code)
      for _, declaration in ipairs(declarations(code)) do
        if not commented[declaration.line] then
          report(file.path, declaration.line, declaration.name .. " has no contract above it")
        end
      end
    end
  end
end
