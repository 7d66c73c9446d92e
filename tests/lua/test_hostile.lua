-- Logs that are not as they should be: a clear error with the place and the cure, or the right reading. The
-- readers themselves are tried in tests/c/data and tests/fuzz.
local lu = require "luaunit"
local core = require "lis.core"
local log = require "lis.log"

local path = os.tmpname() .. ".csv"
local head = "user_id,item_id,label,timestamp\n"

local function read(text, options)
  core.base.save(path, text)
  options = options or {}
  options.quiet = true
  return log.read(path, options)
end

local function refused(text, piece, options) lu.assertErrorMsgContains(piece, read, text, options) end

TestHostile = {}

function TestHostile:test_bytes_that_are_no_text()
  refused(head .. "a,x,1,5\nb\0,y,0,6\n", ":3: column 'user_id' (1) holds a NUL byte: 'b\\x00'")
  refused(head .. "a,x,1,5\n\xff,y,0,6\n", ":3: column 'user_id' (1) is not valid UTF-8 at '\\xff'")
  refused((head .. "a,x,1,5\n"):gsub(".", "%0\0"), ":1: column name 1, 'u\\x00s\\x00e\\x00r\\x00_\\x00i\\x00d\\x00', is not UTF-8")
  refused("\x7fELF" .. ("\1\0"):rep(200), ":1: ")
end

function TestHostile:test_shapes_that_are_no_table()
  refused("", "the file is empty")
  refused(head, "the file names its columns but has no rows")
  refused(head .. "a,x,1,5\n\"b,y,0,6\nc,y,0,6\n", ":3: column 'user_id' (1) opens a quote that is never closed")
  refused(head .. "a,x,1,5\nb,y,0\n", ":3: ")
  refused(head .. "a,x,1,5\nb,y,0,6,7\n", ":3: ")
  refused("user_id,item_id,label,label,timestamp\na,x,1,1,5\n", "columns 3 and 4 are both named 'label'")
  refused((head .. "a,x,1,5\nb,y,0,6\n"):gsub("\n", "\r"), "no column 'timestamp', which is required")
  refused(head .. "a,x,1,high\n", ":2: column 'timestamp' (4) is f64 but holds 'high'")
end

function TestHostile:test_line_ends_may_be_mixed_and_a_mark_stand_in_front()
  local plain = read(head .. "a,x,1,5\nb,y,0,6\n")
  for _, text in ipairs { "\xef\xbb\xbf" .. head .. "a,x,1,5\r\n\r\nb,y,0,6", head:gsub("\n", "\r\n") .. "a,x,1,5\nb,y,0,6\r\n" } do
    lu.assertEquals(read(text).hash, plain.hash)
  end
end

function TestHostile:test_a_row_without_time_is_named()
  for _, written in ipairs { "", "nan", "inf", "-inf", "1e300" } do
    refused(head .. "a,x,1,5\nb,y,0," .. written .. "\nc,y,0,6\n", "the time of row 2 is ")
    local cleaned = read(head .. "a,x,1,5\nb,y,0," .. written .. "\nc,y,0,6\n", { clean = { { "where", "abs(time) < 1e15" } } })
    lu.assertEquals(cleaned.time:totable(), { 5, 6 })
  end
end

function TestHostile:test_a_label_that_is_no_number_is_no_zero()
  for _, written in ipairs { "", "nan", "inf", "-inf" } do
    local text = head .. "a,x,1,5\nb,y," .. written .. ",5\nc,y,0,6\nd,y," .. written .. ",6\n"
    refused(text, "in row 2 (2 such rows): say what that means with a rule; label = \"label > 0\"")
    lu.assertEquals(read(text, { label = "label > 0 and label < 2" }).label:totable(), { 1, 0, 0, 0 })
  end
end

function TestHostile:test_times_out_of_order_equal_and_before_1970()
  local l = read(head .. "a,x,1,9\nb,y,0,-5\nc,z,1,9\nd,z,0,0.5\n")
  lu.assertEquals(l.time:totable(), { -5, 0, 9, 9 })
  lu.assertEquals({ l.user_ids:decode(l.user[3]), l.user_ids:decode(l.user[4]) }, { "a", "c" }) -- the file's order
end

function TestHostile:test_ids_of_any_size_are_strings()
  local l = read(head .. "2147483648,-1,1,5\n99999999999999999999999999,0,0,6\n007,1e3,1,7\n7,1000,1,8\n")
  lu.assertEquals({ l.users, l.items }, { 4, 4 })
  lu.assertEquals(l.user_ids:strings(), { "2147483648", "99999999999999999999999999", "007", "7" })
end

function TestHostile:test_missing_ids_are_nobody()
  local l = read(head .. "a,x,1,5\n,x,1,6\na,,0,7\n,,0,8\n")
  lu.assertEquals({ l.users, l.items }, { 1, 1 })
  lu.assertEquals(l.user:totable(), { 0, -1, 0, -1 })
  lu.assertEquals(l:histories():row(3, 9), { 0 })
end

os.exit((function()
  local failed = lu.LuaUnit.run()
  os.remove(path)
  return failed
end)(), true)
