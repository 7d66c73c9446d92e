-- lis.log.convert: a file in blocks becomes the log that lis.log.read and log:save make of it.
local lu = require "luaunit"
local core = require "lis.core"
local log = require "lis.log"
local folders = require "folders"
local progress = require "lis.util.progress"

local folder = folders.new()
core.base.make_folder(folder)
local function path_of(name) return folder .. "/" .. name end
local to = path_of "out.lisd"

local function write(name, text)
  core.base.save(path_of(name), text)
  return path_of(name)
end

-- Rows in order of time, some at one time; ids, prices and items that a row came from may be missing.
local function draw(n, line, glue)
  local rows = { line }
  for i = 1, n do
    local values = { "u" .. i * 7 % 31, "i" .. i * i % 43, 1500000000 + i // 3, i * 5 % 6,
      i % 4 == 0 and "" or "i" .. i % 60, i % 3 == 0 and "" or i / 4, i % 5 < 2 and "tv" or "web" }
    if i % 37 == 0 then values[1] = "" end
    for k, value in ipairs(values) do values[k] = tostring(value) end
    rows[#rows + 1] = table.concat(values, glue)
  end
  return table.concat(rows, "\n") .. "\n"
end

local header = "user_id,item_id,timestamp,rating,from,price,device"
local function csv(n) return draw(n, header, ",") end

local function copy(options, more)
  local out = {}
  for key, value in pairs(options) do out[key] = value end
  for key, value in pairs(more or {}) do out[key] = value end
  return out
end

local function strings(dict) return dict and dict:strings() end

local function same_columns(a, b)
  for name, values in pairs(a) do
    lu.assertEquals({ b[name]:dtype(), b[name]:hash() }, { values:dtype(), values:hash() }, name)
  end
  for name in pairs(b) do lu.assertNotNil(a[name], name) end
end

local function same_log(whole, made)
  for _, name in ipairs { "user", "item", "time", "label" } do
    lu.assertEquals(made[name]:hash(), whole[name]:hash(), name)
  end
  for _, name in ipairs { "rows", "users", "items", "name", "rule", "aliases", "cleaning" } do
    lu.assertEquals(made[name], whole[name], name)
  end
  for _, name in ipairs { "user_ids", "item_ids" } do lu.assertEquals(strings(made[name]), strings(whole[name])) end
  same_columns(whole.fields, made.fields)
  same_columns(whole.columns, made.columns)
  for name, dict in pairs(whole.dicts) do lu.assertEquals(strings(made.dicts[name]), strings(dict), name) end
  lu.assertEquals(tostring(made), tostring(whole))
end

-- Converts by blocks of several sizes; says what was printed by the last one.
local function check(path, options)
  local whole, said
  local said_whole = folders.silent(function() log.read(path, options):save(path_of "whole.lisd") end)
  whole = log.open(path_of "whole.lisd")
  for _, bytes in ipairs { 1, 300, 4000, 1 << 20 } do
    said = folders.silent(function() same_log(whole, log.convert(path, to, copy(options, { bytes = bytes }))) end)
    lu.assertStrContains(said, ("log: %d rows of "):format(whole.rows))
    lu.assertEquals(said:sub(1, #said_whole), said_whole)
    same_log(whole, log.open(to))
    os.remove(to)
  end
  return said
end

local function left_over()
  local names = {}
  for _, name in ipairs(core.base.list_folder(folder)) do
    if name:find "out%.lisd" then names[#names + 1] = name end
  end
  return names
end

TestConvert = {}

function TestConvert:test_columns_and_labels()
  local path = write("log.csv", csv(400))
  check(path, { label = "rating >= 4" })
  check(path, { label = "rating" })
  check(path, { label = 'rating >= 2 and device == "tv"', columns = { "price", "device", "rating" }, name = "mine" })
  check(path, { label = function(row) return row.device == "web" and row.rating > 1 end, columns = { "device" } })
end

function TestConvert:test_columns_of_item_ids()
  local path = write("log.csv", csv(400))
  check(path, { label = "rating >= 4", item_fields = { "from" } })
  check(path, { label = "rating >= 4", item_fields = { "from", "device" }, columns = { "from" }, quiet = false })
  lu.assertEquals(left_over(), {})
end

function TestConvert:test_ways_of_writing()
  local pieces = draw(200, "user_id::item_id::timestamp::rating::from::price::device", "::")
  check(write("log.dat", pieces), { label = "rating >= 4" })
  check(write("log.tsv", (csv(200):gsub(",", "\t"))), { label = "rating >= 4", columns = { "device" } })
  local bare = csv(200):gsub("^[^\n]*\n", "")
  check(write("bare.csv", bare), { label = "d > 3", user = "a", item = "b", time = "c",
    names = { "a", "b", "c", "d", "e", "f", "g" } })
  local atomic = csv(200):gsub("^[^\n]*", "user_id:token,item_id:token,timestamp:float,rating:float,from:token,"
    .. "price:float,device:token"):gsub(",", "\t")
  check(write("log.inter", atomic), { label = "rating >= 4", columns = { "price" } })
  check(write("latin.csv", (csv(200):gsub("u3", "\xe9"))), { label = "rating >= 4", encoding = "latin-1" })
  check(write("quoted.csv", (csv(200):gsub("web", '"a, ""b""\n"'))), { label = "rating >= 4", columns = { "device" } })
end

function TestConvert:test_times_and_types()
  local text = "user_id,item_id,timestamp,label,n\na,x,2019-11-14 02:14:46,1,1\nb,x,2019-11-14 02:14:47,0,2\n"
  check(write("iso.csv", text), { time_format = "iso", columns = { "n" } })
  check(write("iso.csv", text), { time_format = "iso", columns = { "n" }, types = { n = "string" } })
  check(write("ms.csv", "user_id,item_id,timestamp,label\na,x,1500,1\nb,x,2500,0\n"), { time_format = "ms" })
end

function TestConvert:test_json_lines()
  local lines = {}
  for i = 1, 100 do
    lines[i] = ('{"user_id": "u%d", "item_id": "i%d", "timestamp": %d, "rating": %d, "from": "i%d"}\n'):format(
      i % 7, i * i % 11, 1000 + i, i % 6, i % 13)
  end
  check(write("log.jsonl", table.concat(lines)), { label = "rating >= 4", item_fields = { "from" } })
end

function TestConvert:test_cleaning_by_row()
  local path = write("log.csv", csv(400))
  check(path, { label = "rating >= 4", clean = { { "where", "rating > 0" } } })
  check(path, { label = "rating >= 4", columns = { "device" }, item_fields = { "from" }, clean = {
    { "where", "price > 3 and device == \"web\"" }, { "time_range", from = 1500000020, to = 1500000110 },
    { "label", "rating >= 2" }, { "sample", share = 0.7, seed = 3 } } })
  local said = check(path, { label = "rating >= 4", clean = {
    { "where", function(row) return row.from and row.rating > 1 end } } })
  lu.assertStrContains(said, "where a Lua function: 400 -> ")
  check(path, { label = "rating >= 4", clean = { { "where", "user_id ~= \"u1\" and from in (\"i7\", \"i9\", \"i11\")" } },
    item_fields = { "from" } })
  local untimed = csv(300):gsub("1500000050", "")
  check(write("untimed.csv", untimed), { label = "rating >= 4", clean = { { "where", "abs(time) < 1e15" } } })
end

function TestConvert:test_a_cleaned_log_may_be_cleaned_further()
  local path = write("log.csv", csv(400))
  folders.silent(function()
    local made = log.convert(path, to, { label = "rating >= 4", clean = { { "where", "rating > 0" } } })
    local clean = require "lis.log.clean"
    local later = clean(made, { { "where", "timestamp > 1500000010" } })
    lu.assertEquals(#later.cleaning, 2)
  end)
  os.remove(to)
end

function TestConvert:test_chunks_of_what_was_converted()
  folders.silent(function()
    local made, rows = log.convert(write("log.csv", csv(400)), to, { label = "rating >= 4", compress = "none" }), 0
    for part in made:chunks { rows = 100 } do rows = rows + part.rows end
    lu.assertEquals(rows, 400)
  end)
  os.remove(to)
end

function TestConvert:test_progress_and_what_is_said()
  local seen = {}
  local former = progress.attach { clock = function() return #seen end, is_terminal = function() return true end,
    write = function(s) seen[#seen + 1] = s end, columns = function() return 100 end, lines = function() return 20 end }
  local said = folders.silent(function()
    log.convert(write("log.csv", csv(400)), to, { label = "rating >= 4", bytes = 1000, quiet = true })
  end)
  progress.attach(former)
  lu.assertEquals(said, "")
  local drawn = table.concat(seen)
  lu.assertStrContains(drawn, "convert log.csv")
  lu.assertStrContains(drawn, "left")
  os.remove(to)
end

-- ---- what is refused

TestRefused = {}

function TestRefused:setUp() os.remove(to) end

local function refuse(words, path, options)
  lu.assertErrorMsgContains(words, log.convert, path, to, options)
  lu.assertEquals(left_over(), {})
end

function TestRefused:test_options_that_need_the_whole_log()
  local path = write("log.csv", csv(50))
  refuse("option 'preset' needs the whole log: a preset joins", path, { preset = "mind" })
  refuse("option 'history' needs the whole log", path, { history = "from" })
  refuse("option 'cache' needs the whole log", path, { cache = true })
  refuse("column 'from' is a list", path, { label = "rating >= 4", types = { from = { "list", separator = "|" } } })
  refuse("clean[1], 'k_core': needs the whole log: how many rows", path, { clean = { { "k_core", 5 } } })
  refuse("clean[2], 'duplicates': needs the whole log: which row", path,
    { clean = { { "where", "rating > 0" }, { "duplicates" } } })
  refuse("unknown option 'lable'; did you mean 'label'?", path, { lable = "rating" })
  refuse("option 'bytes' must be at least 1", path, { bytes = 0 })
  lu.assertErrorMsgContains("over what it reads", log.convert, path, path, { label = "rating >= 4" })
  lu.assertErrorMsgContains("to must be a string", log.convert, path)
  lu.assertEquals(folders.read(path), csv(50))
end

function TestRefused:test_rows_that_are_not_in_order_of_time()
  local text = header .. "\nu,i,10,5,,,tv\n\nu,i,12,1,,,tv\nu,i,11,1,,,tv\n"
  local path = write("back.csv", text)
  for _, bytes in ipairs { 1, 1000 } do
    refuse("back.csv:5: the time 11 is before that of an earlier row, 12", path, { label = "rating >= 4", bytes = bytes })
  end
  refuse(("(head -n 1 %s; tail -n +2 %s | LC_ALL=C sort -s -t, -k3,3g) > %s"):format(path, path,
    path_of "back.sorted.csv"), path, { label = "rating >= 4" })
  refuse("back.csv:5:", path, { label = "rating >= 4", clean = { { "where", "timestamp > 10" } } })
end

function TestRefused:test_the_command_sorts()
  local lines = {}
  for line in csv(100):gmatch "[^\n]+" do lines[#lines + 1] = line end
  table.insert(lines, 40, table.remove(lines, 90))
  local path = write("back.csv", table.concat(lines, "\n") .. "\n")
  local ok, message = pcall(log.convert, path, to, { label = "rating >= 4" })
  lu.assertFalse(ok)
  lu.assertTrue(os.execute(message:match "\n  ([^\n]*)\n"))
  local sorted = path_of "back.sorted.csv"
  folders.silent(function()
    local whole = log.read(path, { label = "rating >= 4" })
    local made = log.convert(sorted, to, { label = "rating >= 4" })
    for _, name in ipairs { "time", "label" } do lu.assertEquals(made[name]:hash(), whole[name]:hash()) end
  end)
  os.remove(to)
end

function TestRefused:test_commands_for_other_files()
  local order = require "lis.log.order"
  local function command(path, more)
    return order.command(path, copy({ delimiter = ",", field = 3, kind = "f64", header = true }, more))
  end
  lu.assertEquals(command("a b.dat", { delimiter = "::", header = false, field = 4 }),
    "LC_ALL=C sort -s -t':' -k7,7g 'a b.dat' > 'a b.sorted.dat'")
  lu.assertEquals(command("x/u.tsv.gz", { delimiter = "\t", kind = "time:iso" }),
    "(zcat x/u.tsv.gz | head -n 1; zcat x/u.tsv.gz | tail -n +2 | LC_ALL=C sort -s -t$'\\t' -k3,3) > x/u.sorted.tsv")
  lu.assertEquals(command("u.zst", { header = false, kind = "time:%Y-%m-%dT%H:%M:%S" }),
    "zstdcat u.zst | LC_ALL=C sort -s -t, -k3,3 > u.sorted")
  lu.assertNil(command("u.csv", { kind = "time:%m/%d/%Y" }))
  lu.assertNil(command("u.csv", { delimiter = "ab" }))
  lu.assertNil(order.command("u.jsonl", { field = 1, kind = "f64", header = true }))
end

function TestRefused:test_lines_are_those_of_the_file()
  local options = { label = "rating >= 4", bytes = 200 }
  refuse("bad.csv:42: the row has 2 fields", write("bad.csv", csv(40) .. "a,b\n"), options)
  refuse("bad.csv:42: column 'user_id' (1) holds a NUL byte", write("bad.csv", csv(40) .. "a\0,b,1600000000,1,,,\n"),
    options)
  refuse("bad.csv:42: column 'item_id' (2) is not valid UTF-8", write("bad.csv", csv(40) .. "a,\xff,1600000000,1,,,\n"),
    options)
  refuse("log 'bad.csv': the time of line 42 is nan (1 such row)", write("bad.csv", csv(40) .. "a,b,,1,,,\n"), options)
  refuse("the label column 'rating' holds nan in line 42 (1 such row)",
    write("bad.csv", csv(40) .. "a,b,1600000000,,,,\n"), { label = "rating", bytes = 200 })
end

function TestRefused:test_files_that_make_no_log()
  local options = { label = "rating >= 4", quiet = true }
  refuse("cannot open", path_of "none.csv", options)
  refuse("the file is empty", write("empty.csv", ""), options)
  refuse("has no rows", write("header.csv", header .. "\n"), options)
  refuse("0 of 50 rows are positive", write("log.csv", csv(50)), { label = "rating >= 9" })
  refuse("no column 'ratng'", write("log.csv", csv(50)), { label = "ratng >= 4" })
  refuse("no column 'ratng'", write("log.csv", csv(50)), { label = "ratng + rating >= 4" })
  refuse("none of 50 rows is left", write("log.csv", csv(50)), copy(options, { clean = { { "where", "rating > 9" } } }))
  refuse("column 'device' is text", write("log.csv", csv(50)), copy(options, { columns = { "device" },
    types = { device = "text" } }))
  refuse("was taken for i64 by the rows before but holds 'x', and a file that is read in blocks is not begun anew; "
    .. "declare the column's type: types = { ['n'] = \"string\" }",
    write("guess.csv", "user_id,item_id,timestamp,label,n\n" .. ("a,b,1,1,1\n"):rep(3000) .. "a,b,1,0,x\n"),
    { columns = { "n" }, bytes = 1000 })
end

function TestRefused:test_an_interrupt_leaves_nothing()
  local calls = 0
  refuse("stopped", write("log.csv", csv(50)), { bytes = 500, item_fields = { "from" }, label = function()
    calls = calls + 1
    if calls == 30 then error("stopped", 0) end
    return calls % 2 == 0
  end })
  lu.assertEquals(calls, 30)
end

local status = lu.LuaUnit.run()
folders.remove(folder)
os.exit(status, true)
