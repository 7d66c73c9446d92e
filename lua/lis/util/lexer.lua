--- Lua source, cut into tokens: for tools that read a recipe without running it.
---
--- The source is expected to load (`load(source)` has said so): a lexer that need not explain errors
--- is short. Comments are kept apart, by the line on which they end.
local lexer = {}

---@class lis.token
---@field kind string    "name", "string", "number", "end", or the keyword or operator itself
---@field text string    a name's letters, a string's content, else as written
---@field line integer

local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch("%a+") do keywords[word] = true end

-- Longest first.
local operators = {
  "...", "<<", ">>", "//", "==", "~=", "<=", ">=", "::", "..", "+", "-", "*", "/", "%", "^", "#", "&",
  "~", "|", "<", ">", "=", "(", ")", "{", "}", "[", "]", ";", ":", ",", ".",
}

-- Where the long bracket at `at` ends, or nil where none stands there.
local function long_bracket(source, at)
  local level = source:match("^%[(=*)%[", at)
  if not level then return nil end
  local begin = at + #level + 2
  local stop, last = source:find("]" .. level .. "]", begin, true)
  if not stop then return nil end
  return last, source:sub(begin, stop - 1)
end

-- The end of a quoted string and its value: Lua itself knows the escapes best.
local function quoted(source, at)
  local quote, i = source:sub(at, at), at + 1
  while true do
    local c = source:sub(i, i)
    if c == quote or c == "" then break end
    i = i + (c == "\\" and 2 or 1)
  end
  local value = load("return " .. source:sub(at, i), "=string", "t", {})
  return i, value and value() or source:sub(at + 1, i - 1)
end

-- One token at `at`, which is no space: kind, text, its last byte.
local function token_at(source, at)
  local name = source:match("^[%a_][%w_]*", at)
  if name then return keywords[name] and name or "name", name, at + #name - 1 end
  local number = source:match("^0[xX][%x%.]*[pP][+-]?%d+", at) or source:match("^0[xX][%x%.]+", at)
    or source:match("^%.?%d[%d%.]*[eE][+-]?%d+", at) or source:match("^%.?%d[%d%.]*", at)
  if number then return "number", number, at + #number - 1 end
  local c = source:sub(at, at)
  if c == '"' or c == "'" then
    local last, value = quoted(source, at)
    return "string", value, last
  end
  local last, value = long_bracket(source, at)
  if last then return "string", value, last end
  for _, operator in ipairs(operators) do
    if source:sub(at, at + #operator - 1) == operator then
      return operator, operator, at + #operator - 1
    end
  end
  return "end", c, at -- what no Lua program holds
end

local function newlines(source, from, to)
  local count, at = 0, from
  while true do
    at = source:find("\n", at, true)
    if not at or at > to then return count end
    count, at = count + 1, at + 1
  end
end

--- All tokens, the last of kind "end", and the comments.
---@param source string
---@return lis.token[] tokens
---@return table<integer, string> comments  text without dashes by the line on which it ends
function lexer.tokens(source)
  local tokens, comments, line = {}, {}, 1
  local at = source:match("^#[^\n]*()") or 1
  while true do
    local start = source:find("%S", at)
    line = line + newlines(source, at, (start or #source + 1) - 1)
    if not start then break end
    local kind, text, last
    if source:find("^%-%-", start) then
      last, text = long_bracket(source, start + 2)
      if not last then
        text, last = source:match("^%-%-([^\n]*)()", start)
        last = last - 1
      end
      line = line + newlines(source, start, last)
      comments[line] = text
    else
      kind, text, last = token_at(source, start)
      tokens[#tokens + 1] = { kind = kind, text = text, line = line }
      line = line + newlines(source, start, last)
    end
    at = last + 1
  end
  tokens[#tokens + 1] = { kind = "end", text = "", line = line }
  return tokens, comments
end

return lexer
