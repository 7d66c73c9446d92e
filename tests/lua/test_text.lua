local lu = require "luaunit"
local text = require "lis.util.text"

TestNumbers = {}

function TestNumbers:test_signed()
  lu.assertEquals(text.signed(0.02134), "+0.0213")
  lu.assertEquals(text.signed(-0.004), "-0.0040")
  lu.assertEquals(text.signed(0), "0.0000")
  lu.assertEquals(text.signed(-0.00001), "0.0000") -- no minus before nothing
  lu.assertEquals(text.signed(1.25, 1), "+1.2")
end

function TestNumbers:test_fixed_and_interval()
  lu.assertEquals(text.fixed(0.75691), "0.7569")
  lu.assertEquals(text.fixed(nil), "-")
  lu.assertEquals(text.fixed(0 / 0), "-")
  lu.assertEquals(text.interval(0.01, -0.002, 3), "[+0.010, -0.002]")
end

function TestNumbers:test_count()
  lu.assertEquals(text.count(0), "0")
  lu.assertEquals(text.count(999), "999")
  lu.assertEquals(text.count(1000), "1,000")
  lu.assertEquals(text.count(-1234567), "-1,234,567")
  lu.assertEquals(text.count(1e6), "1,000,000")
end

function TestNumbers:test_percent_and_bytes()
  lu.assertEquals(text.percent(0.125), "12.5%")
  lu.assertEquals(text.bytes(0), "0 B")
  lu.assertEquals(text.bytes(1500), "1.5 kB")
  lu.assertEquals(text.bytes(999600), "1.0 MB")
  lu.assertEquals(text.bytes(2.5e11), "250 GB")
end

function TestNumbers:test_duration()
  lu.assertEquals(text.duration(0.44), "0.4 s")
  lu.assertEquals(text.duration(9.96), "10 s")
  lu.assertEquals(text.duration(59.6), "1 min 00 s")
  lu.assertEquals(text.duration(185), "3 min 05 s")
  lu.assertEquals(text.duration(7620), "2 h 07 min")
  lu.assertEquals(text.duration(math.huge), "?")
end

TestWidth = {}

function TestWidth:test_pad()
  lu.assertEquals(text.pad("ab", 4), "ab  ")
  lu.assertEquals(text.pad("ab", 4, "right"), "  ab")
  lu.assertEquals(text.pad("ab", 5, "center"), " ab  ")
  lu.assertEquals(text.pad("\u{e9}", 2), "\u{e9} ")
  lu.assertEquals(text.pad("abc", 2), "abc")
end

function TestWidth:test_cut()
  lu.assertEquals(text.cut("abcdef", 6), "abcdef")
  lu.assertEquals(text.cut("abcdefg", 6), "abc...")
  lu.assertEquals(text.cut("\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}", 4), "\u{e9}...")
  lu.assertEquals(text.cut("abcdef", 2), "..")
end

function TestWidth:test_wrap()
  lu.assertEquals(text.wrap("one two three", 7), "one two\nthree")
  lu.assertEquals(text.wrap("one\ntwo\n\nthree", 40, "  "), "  one two\n\n  three")
  lu.assertEquals(text.wrap("averyverylongword x", 5), "averyverylongword\nx")
  lu.assertEquals(text.wrap("", 5), "")
end

TestTable = {}

local rows = { { arm = "base", auc = 0.736 }, { arm = "a | b", auc = 0.7569 }, { arm = "none" } }
local columns = { { title = "arm", key = "arm" }, { title = "AUC", key = "auc", format = "%.4f" } }

function TestTable:test_aligned()
  lu.assertEquals(text.table(rows, columns),
    "arm       AUC\n-----  ------\nbase   0.7360\na | b  0.7569\nnone        -")
end

function TestTable:test_bare_names_indent_and_function()
  lu.assertEquals(text.table({ { n = 1234 } }, { { title = "n", key = "n", format = text.count } }, "  "),
    "      n\n  -----\n  1,234")
  lu.assertEquals(text.table({ { a = 1 } }, { "a" }), "a\n-\n1")
  lu.assertEquals(text.table({}, { "a" }), "a\n-")
end

function TestTable:test_markdown()
  lu.assertEquals(text.markdown(rows, columns), table.concat({
    "| arm   |    AUC |",
    "| ----- | -----: |",
    "| base  | 0.7360 |",
    "| a \\| b | 0.7569 |",
    "| none  |      - |",
  }, "\n"))
end

os.exit(lu.LuaUnit.run(), true)
