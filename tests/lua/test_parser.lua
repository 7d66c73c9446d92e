local lu = require "luaunit"
local lexer = require "lis.util.lexer"
local parser = require "lis.util.parser"

TestLexer = {}

local function kinds(source)
  local list = {}
  for i, token in ipairs((lexer.tokens(source))) do list[i] = token.kind end
  return table.concat(list, " ")
end

local function texts(source)
  local list = {}
  for i, token in ipairs((lexer.tokens(source))) do list[i] = token.text end
  return list
end

function TestLexer:test_kinds()
  lu.assertEquals(kinds "local x <const> = a.b[1]", "local name < name > = name . name [ number ] end")
  lu.assertEquals(kinds "a..b ... a//b >= c::d::", "name .. name ... name // name >= name :: name :: end")
end

function TestLexer:test_strings()
  lu.assertEquals(texts [==['a\'b' "c\n" [[d]] [=[e]]]=]]==], { "a'b", "c\n", "d", "e]]", "" })
end

function TestLexer:test_numbers()
  lu.assertEquals(texts "1 0x1F 1.5e-3 .5 0xA.8p1 3..2", { "1", "0x1F", "1.5e-3", ".5", "0xA.8p1", "3..2", "" })
end

function TestLexer:test_lines_and_comments()
  local tokens, comments = lexer.tokens("#!x\n-- one\na --[[ two\nthree ]] b\n[[\n]] c")
  lu.assertEquals({ tokens[1].line, tokens[2].line, tokens[3].line, tokens[4].line }, { 3, 4, 5, 6 })
  lu.assertEquals(comments, { [2] = " one", [4] = " two\nthree " })
end

TestParser = {}

-- "x g!": locals by name, globals with "!", in the order of the text.
local function names(source)
  assert(load(source))
  local list = {}
  parser.walk((parser.parse(source)), function(node)
    if node.kind == "name" then list[#list + 1] = node.name .. (node.variable and "" or "!") end
  end)
  return table.concat(list, " ")
end

function TestParser:test_scopes()
  lu.assertEquals(names "local x = x; x = y", "x! y! x")
  lu.assertEquals(names "do local a end return a", "a!")
  lu.assertEquals(names "local function f(a, ...) return f(a, b) end", "f a b!")
  lu.assertEquals(names "local f = function() return f end", "f!")
  lu.assertEquals(names "repeat local x until x", "x")
  lu.assertEquals(names "for i = i, 2 do print(i) end return i", "i! print! i i!")
  lu.assertEquals(names "for k, v in pairs(k) do k() end", "pairs! k! k")
  lu.assertEquals(names "function a.b:c() return self end", "self a!")
  lu.assertEquals(names "if a then local b else return b end goto x ::x:: while c do break end", "a! b! c!")
end

function TestParser:test_calls()
  local calls = {}
  parser.walk((parser.parse [[f "x"; g{1, k = 2, [3] = h}; a.b:c(1, ...)(2)]]), function(node)
    if node.kind == "call" then calls[#calls + 1] = (node.method or "") .. #node.arguments end
  end)
  lu.assertEquals(calls, { "1", "1", "1", "c2" })
end

function TestParser:test_values_of_locals()
  local seen = {}
  parser.walk((parser.parse "local a, b = {}, 'x'; b = 1; return a, b"), function(node)
    if node.kind == "name" and node.variable then
      seen[node.name] = { node.variable.value.kind, node.variable.assigned }
    end
  end)
  lu.assertEquals(seen, { a = { "table" }, b = { "string", true } })
end

function TestParser:test_the_library_itself()
  for _, name in ipairs(package.embedded) do
    local unknown = {}
    parser.walk((parser.parse(package.embedded_text(name))), function(node)
      if node.kind == "name" and not node.variable and _G[node.name] == nil then
        unknown[#unknown + 1] = node.name
      end
    end)
    lu.assertEquals(unknown, {}, name)
  end
end

function TestParser:test_no_lua_ends_too()
  for _, source in ipairs{ "x = = 3", "local", "if", "f(", "{", "((", "for", "a.b:", "@", "'open" } do
    lu.assertEquals(parser.parse(source).kind, "block")
  end
end

os.exit(lu.LuaUnit.run(), true)
