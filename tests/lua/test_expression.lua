-- Row expressions against Lua itself: random expressions, evaluated in C over columns and in Lua row by
-- row. The grammar's corners and its errors are checked in C.
local lu = require "luaunit"
local core = require "lis.core"
local data = core.data

local path = os.tmpname()
local ROWS = 300

math.randomseed(7)
local below = math.random -- 1 to n
local function one_of(list) return list[below(#list)] end

-- A table, and its rows as Lua sees them: NaN for a missing number, "" for a missing string.
local names = { "a", "b", "ab", "Z", "" }
local function make_table()
  local lines, rows = { "i,x,s,u" }, {}
  for r = 1, ROWS do
    local i, x = below(7) - 4, below(9) > 1 and (below(41) - 21) / 4 or nil
    local s, u = one_of(names), one_of(names)
    lines[r + 1] = ("%d,%s,%s,%s"):format(i, x or "", s, u)
    rows[r] = { i = i + 0.0, x = x or 0 / 0, s = s, u = u }
  end
  core.base.save(path, table.concat(lines, "\n") .. "\n")
  return data.read_table(path, { types = { s = "string", u = "string", x = "f64" } }), rows
end

-- A node is { text, lua, power }: as our grammar writes it, with brackets only where it needs them (and
-- sometimes where not), and as Lua writes it, with brackets everywhere.
local OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, ATOM = 1, 2, 3, 4, 5, 6, 7, 8

local function wrap(node, power)
  if node.power >= power and below(5) > 1 then return node.text end
  return "(" .. node.text .. ")"
end

local function binary(operator, in_lua, power, a, b)
  return { text = wrap(a, power) .. " " .. operator .. " " .. wrap(b, power + 1), power = power,
    lua = ("(%s %s %s)"):format(a.lua, in_lua or operator, b.lua) }
end

local number, condition

local function call(name, ...)
  local texts, luas = {}, {}
  for k, node in ipairs { ... } do texts[k], luas[k] = node.text, node.lua end
  return { text = ("%s(%s)"):format(name, table.concat(texts, ", ")), power = ATOM,
    lua = ("F.%s(%s)"):format(name, table.concat(luas, ", ")) }
end

local number_makers = {
  function() local text = tostring((below(81) - 1) / 4); return { text = text, lua = text, power = ATOM } end,
  function() local name = one_of { "i", "x" }; return { text = name, lua = "row." .. name, power = ATOM } end,
  function(d) local a = number(d); return { text = "-" .. wrap(a, SIGN), lua = "(-" .. a.lua .. ")", power = SIGN } end,
  function(d) return binary(one_of { "+", "-" }, nil, SUM, number(d), number(d)) end,
  function(d) return binary(one_of { "*", "/", "%" }, nil, PRODUCT, number(d), number(d)) end,
  function(d) return call(one_of { "abs", "floor", "ceil", "sqrt", "log", "exp" }, number(d)) end,
  function(d) return call(one_of { "min", "max" }, number(d), number(d), number(d)) end,
}

function number(depth)
  return number_makers[depth <= 0 and below(2) or below(#number_makers)](depth - 1)
end

local function list_of(element)
  local list = {}
  for k = 1, below(20) do list[k] = element() end
  return table.concat(list, ", ")
end

local function member(operand, list)
  local negate = below(2) == 1
  return { text = ("%s %s (%s)"):format(wrap(operand, COMPARE + 1), negate and "not in" or "in", list),
    lua = ("(%sF.member(%s, {%s}))"):format(negate and "not " or "", operand.lua, list), power = COMPARE }
end

local function quoted() return ("%q"):format(one_of { "a", "b", "ab", "Z", "", "c" }) end

local condition_makers = {
  function(d) return binary(one_of { "==", "~=", "<", "<=", ">", ">=" }, nil, COMPARE, number(d), number(d)) end,
  function(d) return member(number(d), list_of(function() return tostring((below(33) - 17) / 4) end)) end,
  function()
    local a = one_of { "s", "u" }
    local nodes = { { text = a, lua = "row." .. a, power = ATOM }, { power = ATOM } }
    nodes[2].text = quoted()
    nodes[2].lua = nodes[2].text
    local swap = below(2)
    return binary(one_of { "==", "~=", "<", "<=", ">", ">=" }, nil, COMPARE, nodes[swap], nodes[3 - swap])
  end,
  function()
    return binary(one_of { "==", "~=" }, nil, COMPARE, { text = "s", lua = "row.s", power = ATOM },
      { text = "u", lua = "row.u", power = ATOM })
  end,
  function() return member({ text = "s", lua = "row.s", power = ATOM }, list_of(quoted)) end,
  function(d) return call("is_missing", below(2) == 1 and number(d) or { text = "u", lua = "row.u" }) end,
  function(d) local a = condition(d); return { text = "not " .. wrap(a, NOT), lua = "(not " .. a.lua .. ")", power = NOT } end,
  function(d) return binary("and", nil, AND, condition(d), condition(d)) end,
  function(d) return binary("or", nil, OR, condition(d), condition(d)) end,
}

function condition(depth)
  return condition_makers[depth <= 0 and below(6) or below(#condition_makers)](depth - 1)
end

local function fold(better)
  return function(first, ...)
    local best = first
    for _, value in ipairs { ... } do
      if best == best and (value ~= value or better(value, best)) then best = value end
    end
    return best
  end
end

local F = {
  abs = math.abs, log = math.log, exp = math.exp, sqrt = math.sqrt,
  floor = function(x) return x // 1 end,
  ceil = function(x) return -(-x // 1) end,
  min = fold(function(a, b) return a < b end), max = fold(function(a, b) return a > b end),
  is_missing = function(x) return x ~= x or x == "" end,
  member = function(x, list)
    for _, element in ipairs(list) do if element == x then return true end end
    return false
  end,
}

local function compile(node) return assert(load("local F = ...; return function(row) return " .. node.lua .. " end"))(F) end

local function same(a, b) return a == b or (a ~= a and b ~= b) end

TestExpression = {}

function TestExpression:test_random_conditions_are_those_of_lua()
  local t, rows = make_table()
  for _ = 1, 400 do
    local node = condition(4)
    local flags, in_lua = t:where(node.text):totable(), compile(node)
    for r = 1, ROWS do
      if (flags[r] == 1) ~= in_lua(rows[r]) then lu.fail(("row %d of %s"):format(r, node.text)) end
    end
  end
end

function TestExpression:test_random_numbers_are_those_of_lua()
  local t, rows = make_table()
  for _ = 1, 400 do
    local node = number(5)
    local values, in_lua = t:compute(node.text):totable(), compile(node)
    for r = 1, ROWS do
      local wanted = in_lua(rows[r])
      if not same(values[r], wanted) then
        lu.fail(("row %d of %s: got %.17g, wanted %.17g"):format(r, node.text, values[r], wanted))
      end
    end
  end
end

function TestExpression:test_columns_and_errors()
  local t = make_table()
  lu.assertEquals(data.expression_columns "x > 1 and s == 'i' or abs(x) < i", { "x", "s", "i" })
  lu.assertErrorMsgContains("table:where: column 'xx' at 7: no such column; did you mean 'x'?", t.where, t, "i > 1+xx")
  lu.assertErrorMsgContains("wanted a string, got number", t.where, t, 4)
  lu.assertErrorMsgContains("this is a condition, and a number is wanted", t.compute, t, "x > 1")
  t:close()
  lu.assertErrorMsgContains("the table was closed", t.where, t, "x > 1")
end

os.exit((function()
  local failed = lu.LuaUnit.run()
  os.remove(path)
  return failed
end)(), true)
