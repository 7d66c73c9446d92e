local lu = require "luaunit"
local base = require("lis.core").base
local encode, decode, array = base.json_encode, base.json_decode, base.json_array

local function fails(pattern, f, ...)
  local ok, message = pcall(f, ...)
  lu.assertFalse(ok)
  lu.assertStrMatches(message, ".*" .. pattern .. ".*")
end

local function line(value) return encode(value, { indent = 0 }) end

TestEncode = {}

function TestEncode:test_plain_values()
  lu.assertEquals(line(nil), "null")
  lu.assertEquals(line(true), "true")
  lu.assertEquals(line(42), "42")
  lu.assertEquals(line(math.mininteger), "-9223372036854775808")
  lu.assertEquals(line("a\"\\\n\t\1"), [["a\"\\\n\t\u0001"]])
end

function TestEncode:test_reals_read_back_as_they_were()
  lu.assertEquals(line(0.1), "0.1")
  lu.assertEquals(line(3.0), "3.0")
  lu.assertEquals(line(1e300), "1e+300")
  lu.assertEquals(line(-0.0), "-0.0")
  lu.assertEquals(line(0 / 0), "null")
  lu.assertEquals(line(-math.huge), "null")
  local x = 1
  for _ = 1, 2000 do
    x = (x * 48271) % 2147483647
    local number = (x / 2147483647 - 0.5) * 10.0 ^ (x % 600 - 300)
    lu.assertTrue(decode(line(number)) == number)
  end
end

function TestEncode:test_lists_and_objects()
  lu.assertEquals(line({ 1, 2, 3 }), "[1,2,3]")
  lu.assertEquals(line({ b = 1, a = 2, ["a b"] = 3 }), '{"a":2,"a b":3,"b":1}')
  lu.assertEquals(line({}), "{}")
  lu.assertEquals(line(array()), "[]")
  lu.assertEquals(line(array({ 1 })), "[1]")
  lu.assertEquals(line({ x = array({}), y = {} }), '{"x":[],"y":{}}')
end

function TestEncode:test_layout()
  lu.assertEquals(encode({ b = { 1, 2 }, a = { { x = 1 }, { 2, 3 } }, c = {} }), [[
{
  "a": [
    {
      "x": 1
    },
    [2, 3]
  ],
  "b": [1, 2],
  "c": {}
}]])
end

function TestEncode:test_bytes_that_are_not_utf8()
  lu.assertEquals(line("caf\xC3\xA9"), '"caf\xC3\xA9"')
  lu.assertEquals(line("caf\xE9!"), '"caf\xEF\xBF\xBD!"') -- Latin-1
  lu.assertEquals(line("\xF0\x9F\x98\x80"), '"\xF0\x9F\x98\x80"')
  for _, bad in ipairs { "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\x80", "\xE0\x80\x80" } do
    lu.assertStrContains(line(bad), "\xEF\xBF\xBD")
    lu.assertNotNil(decode(line(bad)))
  end
  lu.assertEquals(decode(line("a\0b")), "a\0b")
end

function TestEncode:test_what_has_no_json_form()
  fails("bad argument 'value' to core.base.json_encode: a function has no JSON form", encode, { print })
  fails("a lis.tensor has no JSON form", encode, { require("lis.core").tensor.new("f32", 1) })
  fails("a table has a key of type number", encode, { [3] = 1 })
  fails("a table has a key of type boolean", encode, { [true] = 1 })
  fails("a table has a key of type number", encode, { 1, 2, x = 3 })
  local loop = {}
  loop.loop = loop
  fails("nested deeper than 100 %(a cycle%?%)", encode, loop)
  fails("unknown option 'indnet'; did you mean 'indent'%?", encode, {}, { indnet = 2 })
end

TestDecode = {}

function TestDecode:test_values()
  lu.assertEquals(decode('{"a": [1, 2.5, "x", true, false], "b": {}}'),
    { a = { 1, 2.5, "x", true, false }, b = {} })
  lu.assertEquals(math.type(decode("1")), "integer")
  lu.assertEquals(math.type(decode("1.0")), "float")
  lu.assertNil(decode("null"))
  lu.assertEquals(decode('[1, null, 3]')[3], 3)
  lu.assertNil(decode('{"a": null}').a)
end

function TestDecode:test_round_trip()
  local text = '{"empty":[],"list":[1,[2.5]],"nothing":{},"text":"\xC3\xA9"}'
  lu.assertEquals(line(decode(text)), text)
end

function TestDecode:test_errors_name_the_place()
  fails("JSON text, line 2, column %d+: .*", decode, '{"a": 1,\n "b": }')
  fails("JSON text, line 1", decode, "")
  fails("JSON text, line 1", decode, "[1, 2")
  fails("JSON text", decode, '{"a": 1} x')
  fails("JSON text", decode, ("["):rep(5000))
  fails("nested deeper than 100", decode, ("["):rep(200) .. ("]"):rep(200))
  fails("wanted a string, got number", decode, 1)
end

os.exit(lu.LuaUnit.run(), true)
