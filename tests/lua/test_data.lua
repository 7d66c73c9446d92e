-- core.data as Lua sees it: every function once, and its errors. The bytes are checked in C.
local lu = require "luaunit"
local core = require "lis.core"
local archive = require "archive"
local data, tensor = core.data, core.tensor

local folder = os.tmpname()
os.remove(folder)
core.base.make_folder(folder)

local function file(name, text)
  local path = folder .. "/" .. name
  core.base.save(path, text)
  return path
end

local function i32(list) return tensor.from(list, "i32") end

TestTable = {}

function TestTable:testTypedColumns()
  local path = file("log.csv", "user,item,time,rating,title\nb,x,5,2.5,\"a, b\"\na,y,6,,\nb,x,7,3,c\n")
  local t = data.read_table(path, { types = { title = "text" }, require = { "user", "item" } })
  lu.assertEquals({ t:rows(), #t }, { 3, 3 })
  lu.assertEquals(t:names(), { "user", "item", "time", "rating", "title" })
  lu.assertEquals({ t:type "user", t:type "time", t:type "rating", t:type "title" },
    { "string", "i64", "f64", "text" })
  lu.assertEquals(t:column("user"):totable(), { 0, 1, 0 })
  lu.assertEquals(t:column("time"):totable(), { 5, 6, 7 })
  lu.assertEquals(t:column("rating"):dtype(), "f64")
  lu.assertIsNaN(t:column("rating"):get(2))
  lu.assertEquals({ t:text("title", 1), t:text("title", 2) }, { "a, b", "" })
  lu.assertEquals(t:texts "title", { "a, b", "", "c" })
  lu.assertEquals(tostring(t), "table of 3 rows: user string, item string, time i64, rating f64, title text")
end

function TestTable:testDictionaryOutlivesTheTable()
  local t = data.read_table(file("ids.tsv", "id\nb\na\n\nb\n"))
  local dict, codes = t:dict "id", t:column "id"
  t:close()
  collectgarbage()
  lu.assertEquals({ dict:size(), #dict, tostring(dict) }, { 2, 2, "dict of 2 strings" })
  lu.assertEquals(codes:totable(), { 0, 1, 0 })
  lu.assertEquals({ dict:decode(0), dict:decode(1) }, { "b", "a" })
  lu.assertNil(dict:decode(-1))
  lu.assertNil(dict:decode(2))
  lu.assertEquals(dict:encode "a", 1)
  lu.assertNil(dict:encode "c")
  lu.assertEquals(dict:codes { "a", "c", "b" }:totable(), { 1, -1, 0 })
  lu.assertEquals(dict:strings(), { "b", "a" })
  lu.assertErrorMsgContains("the table was closed", t.rows, t)
  lu.assertErrorMsgContains("wanted a string at 1, got number", dict.codes, dict, { 1 })
end

function TestTable:testDelimitersAndNames()
  local path = file("ratings.dat", "1::10::5\n2::20::3\n")
  local t = data.read_table(path, { names = { "user", "item", "rating" }, types = { user = "string" } })
  lu.assertEquals(t:column("item"):totable(), { 10, 20 })
  lu.assertEquals(t:dict("user"):strings(), { "1", "2" })
  t = data.read_table(path, { header = false, only = { "column_3" } })
  lu.assertEquals(t:names(), { "column_3" })
  t = data.read_table(file("a.csv", "x;y\n1;\"2\n"), { delimiter = ";", quote = false })
  lu.assertEquals(t:dict("y"):strings(), { "\"2" })
end

function TestTable:testTimes()
  local path = file("times.tsv", "a\tb\tc\n1970-01-02\t1573697686999\t11/14/2019 2:14:46 AM\n")
  local t = data.read_table(path, { types = { a = "time:iso", b = "time:ms", c = "time:%m/%d/%Y %I:%M:%S %p" } })
  lu.assertEquals({ t:column("a")[1], t:column("b")[1], t:column("c")[1] }, { 86400, 1573697686, 1573697686 })
  lu.assertErrorMsgContains("holds '1970-01-02'", data.read_table, path, { types = { a = "time:s" } })
end

function TestTable:testLists()
  local path = file("behaviors.tsv", "1\ta b\tc-1 a-0\n2\t\tb-0\n")
  local t = data.read_table(path, { names = { "id", "history", "shown" },
    types = { history = "list", shown = { "list", mark = "-" } } })
  local offset, item, mark = t:list "history"
  lu.assertEquals({ offset:totable(), item:totable(), mark }, { { 0, 2, 2 }, { 0, 1 } })
  offset, item, mark = t:list "shown"
  lu.assertEquals({ offset:totable(), item:totable(), mark:totable() }, { { 0, 2, 3 }, { 0, 1, 2 }, { 1, 0, 0 } })
  lu.assertEquals(data.explode(offset):totable(), { 0, 0, 1 })
  local dict, of_history, of_shown = data.merge_dicts(t:dict "history", t:dict "shown")
  lu.assertEquals(dict:strings(), { "a", "b", "c" })
  lu.assertEquals({ of_history:totable(), of_shown:totable() }, { { 0, 1 }, { 2, 0, 1 } })
  t = data.read_table(file("genres.csv", "g\nx|y\n"), { types = { g = { "list", separator = "|" } } })
  lu.assertEquals(t:dict("g"):strings(), { "x", "y" })
  lu.assertErrorMsgContains("use :list(name)", t.column, t, "g")
  lu.assertErrorMsgContains("a list knows separator and mark, not 'sep'", data.read_table, path,
    { types = { history = { "list", sep = "|" } } })
  lu.assertErrorMsgContains("wanted mark = one byte", data.read_table, path,
    { types = { history = { "list", mark = "--" } } })
  lu.assertErrorMsgContains("column 'history': wanted {\"list\"", data.read_table, path,
    { types = { history = { "text" } } })
  lu.assertErrorMsgContains("descends behind row 1", data.explode, tensor.from({ 0, 2, 1 }, "i64"))
end

function TestTable:testRecbole()
  local path = file("x.inter", "user_id:token\trating:float\ttags:token_seq\n7\t3\ta b\n")
  local t = data.read_table(path, { recbole = true })
  lu.assertEquals(t:names(), { "user_id", "rating", "tags" })
  lu.assertEquals({ t:type "user_id", t:type "rating", t:type "tags" }, { "string", "f64", "text" })
  t = data.read_table(path, { recbole = false })
  lu.assertEquals(t:names()[1], "user_id:token")
end

function TestTable:testErrorsNameThePlace()
  local path = file("bad.csv", "user,rating\na,1\nb,high\n")
  local function read(options) return function() data.read_table(path, options) end end
  lu.assertErrorMsgContains("bad.csv:3: column 'rating' (2) is f64 but holds 'high'",
    read { types = { rating = "f64" } })
  lu.assertErrorMsgContains("no column 'ratng', which is required; the file has 'user', 'rating' "
    .. "(did you mean 'rating'?)", read { require = { "ratng" } })
  lu.assertErrorMsgContains("unknown option 'delimeter'; did you mean 'delimiter'?", read { delimeter = "," })
  lu.assertErrorMsgContains("column 'rating': wanted \"string\", \"f64\"", read { types = { rating = "number" } })
  lu.assertErrorMsgContains("wanted {column = \"type\"}, got number = string", read { types = { "f64" } })
  lu.assertErrorMsgContains("wanted a list of strings, got number at 1", read { names = { 1 } })
  lu.assertErrorMsgContains("wanted a list of strings, got string", read { require = "user" })
  lu.assertErrorMsgContains("header", read { header = 1 })
  lu.assertErrorMsgContains("none.csv", data.read_table, folder .. "/none.csv")
  local t = data.read_table(path)
  lu.assertErrorMsgContains("no column 'rtaing'; the table has 'user', 'rating' (did you mean 'rating'?)",
    t.column, t, "rtaing")
  t = data.read_table(path, { types = { user = "text" } })
  lu.assertErrorMsgContains("use :text(name, i)", t.column, t, "user")
  lu.assertErrorMsgContains("has no dictionary", t.dict, t, "user")
  lu.assertErrorMsgContains("is string, not text", t.text, t, "rating", 1)
  lu.assertErrorMsgContains("index 3 is outside 1 to 2", t.text, t, "user", 3)
end

function TestTable:testJsonLines()
  local path = file("log.jsonl", '{"user": "b", "time": 5, "ok": true}\n{"user": "a\\u00e9", "time": 6}\n')
  local t = data.read_jsonl(path, { require = { "user" }, types = { time = "f64" } })
  lu.assertEquals(tostring(t), "table of 2 rows: user string, time f64, ok f64")
  lu.assertEquals(t:dict("user"):strings(), { "b", "a\u{e9}" })
  lu.assertErrorMsgContains("unknown option 'delimiter'", data.read_jsonl, path, { delimiter = "," })
  lu.assertErrorMsgContains("log.csv:1: not JSON: wanted an object in braces", data.read_jsonl,
    file("log.csv", "a,b\n1,2\n"))
end

function TestTable:testManyShardsReadTheSame()
  local lines = { "user,title" }
  for i = 1, 500 do lines[#lines + 1] = ("u%d,\"t %d\"\"\"\n"):format(i * 7 % 31, i) end
  local path = file("shards.csv", table.concat(lines, "\n"))
  local options = { types = { title = "text" } }
  local whole = data.read_table(path, options)
  options.shard_bytes = 100
  local cut = data.read_table(path, options)
  lu.assertEquals(cut:column("user"):hash(), whole:column("user"):hash())
  lu.assertEquals(cut:texts "title", whole:texts "title")
  lu.assertEquals(cut:dict("user"):strings(), whole:dict("user"):strings())
end

TestVectors = {}

function TestVectors:testNpyAndLines()
  local path = folder .. "/v.npy"
  data.write_npy(path, tensor.from({ { 1, 2 }, { 3, 4 } }, "f64"):T())
  local t = data.read_npy(path)
  lu.assertEquals({ t:dtype(), t:totable() }, { "f64", { { 1, 3 }, { 2, 4 } } })
  lu.assertErrorMsgContains("not a .npy file", data.read_npy, file("x.npy", "hello there"))
  lu.assertErrorMsgContains("wanted lis.tensor", data.write_npy, path, 1)
  lu.assertEquals(data.read_lines(file("v.ids", "a\r\n\nb\n")), { "a", "", "b" })
  lu.assertErrorMsgContains("none.ids", data.read_lines, folder .. "/none.ids")
  lu.assertEquals(data.read_head(folder .. "/v.ids"), { "a", "", "b" })
  lu.assertEquals(data.read_table(file("l1.csv", "a\nL\xe9on\n"), { encoding = "latin-1" }):dict("a"):strings(), { "L\u{e9}on" })
end

function TestVectors:testSafetensors()
  local path = file("v.safetensors", archive.safetensors(
    '{"b":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"a":{"dtype":"BF16","shape":[1],"data_offsets":[8,10]}}',
    string.pack("<ffI2", 1.5, -2, 0x3f80)))
  lu.assertEquals(data.safetensors_names(path), { "b", "a" })
  lu.assertEquals(data.read_safetensors(path, "b"):totable(), { { 1.5, -2 } })
  lu.assertEquals(data.read_safetensors(path, "a"):totable(), { 1 })
  lu.assertErrorMsgContains("the file has 2 arrays: name one of 'b', 'a'", data.read_safetensors, path)
  lu.assertErrorMsgContains("no array 'c'", data.read_safetensors, path, "c")
end

function TestVectors:testNpz()
  data.write_npy(folder .. "/x.npy", tensor.from({ 1, 2 }, "i32"))
  local array = io.open(folder .. "/x.npy", "rb"):read "a"
  local path = file("x.npz", archive.zip { { "x.npy", array }, { "notes.txt", "none" } })
  lu.assertEquals(data.npz_names(path), { "x" })
  lu.assertEquals(data.read_npz(path):totable(), { 1, 2 })
  lu.assertErrorMsgContains("no array 'y'", data.read_npz, path, "y")
  lu.assertErrorMsgContains("two arrays are named 'x'", data.npz_names,
    file("twice.npz", archive.zip { { "x.npy", array }, { "x.npy", array } }))
  lu.assertErrorMsgContains("no zip archive", data.read_npz, folder .. "/x.npy")
end

TestHistory = {}

local function history()
  return data.history {
    user = i32 { 0, 1, 0, 0, 1 }, item = i32 { 3, 4, 5, 6, 7 },
    time = tensor.from({ 10, 10, 20, 20, 30 }, "i64"), engaged = tensor.from({ 1, 1, 0, 1, 1 }, "u8"),
    users = 2,
  }
end

function TestHistory:testAsOf()
  local h = history()
  lu.assertEquals({ h:rows(), #h, h:events() }, { 5, 5, 4 })
  lu.assertEquals(h:lengths(50):totable(), { 0, 0, 1, 1, 1 })
  lu.assertEquals({ h:row(3), h:row(4, 50), h:row(5), h:row(5, 0) }, { { 3 }, { 3 }, { 4 }, {} })
  lu.assertEquals(tostring(h), "history of 5 rows, 4 events")
  lu.assertErrorMsgContains("index 6 is outside 1 to 5", h.row, h, 6)
end

function TestHistory:testSeeds()
  local h = data.history {
    user = i32 { 0, 0 }, item = i32 { 3, 4 }, time = tensor.from({ 1, 2 }, "i64"),
    seeds = { row = i32 { 1, -1 }, offset = tensor.from({ 0, 1, 3 }, "i64"), item = i32 { 9, 8, 7 } },
  }
  lu.assertEquals({ h:row(1), h:row(2) }, { { 8, 7 }, { 3 } })
end

function TestHistory:testErrors()
  local user, time = i32 { 0, 5 }, tensor.from({ 1, 2 }, "i64")
  lu.assertErrorMsgContains("option 'time' is missing", data.history, { user = user, item = user })
  lu.assertErrorMsgContains("user[1] is 5", data.history, { user = user, item = user, time = time, users = 2 })
  lu.assertErrorMsgContains("did you mean 'users'", data.history, { uesrs = 1 })
  lu.assertErrorMsgContains("offset must end with the number of items", data.history, {
    user = user, item = user, time = time,
    seeds = { row = i32 { 0, 0 }, offset = tensor.from({ 0, 1 }, "i64"), item = i32 { 1, 2 } },
  })
  local h = history()
  h:close()
  lu.assertErrorMsgContains("the history was closed", h.rows, h)
end

function TestHistory:testMeanAndSimilarity()
  local h = history()
  local vectors = tensor.new("f32", 8, 2)
  vectors:set(4, 1, 1) -- item 3 points along x, items 5 and 6 along y
  vectors:set(6, 2, 1)
  vectors:set(7, 2, 1)
  lu.assertEquals(data.history_mean(h, vectors):totable(), { { 0, 0 }, { 0, 0 }, { 1, 0 }, { 1, 0 }, { 0, 0 } })
  local s = data.similarity(h, i32 { 3, 4, 3, 5, -1 }, vectors, { tiers = 2 })
  lu.assertEquals(s:totable(), {
    { 0, 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0 }, { 1, 1, 1, 1, 0, 1 }, { 0, 0, 0, 0, 0, 1 }, { 0, 0, 0, 0, 0, 0 },
  })
  s = data.similarity(h, i32 { 3, 4, 3, 5, -1 }, vectors, { edges = { 0.5 } })
  lu.assertEquals(s[4]:totable(), { 0, 0, 0, 0, 1, 0 })
  lu.assertEquals(data.similarity(h, i32 { 3, 4, 3, 5, -1 }, vectors):size(2), 8)
  lu.assertErrorMsgContains("outside the 8 vectors", data.history_mean, h, vectors, { offset = i32 { 0, 0, 8, 0, 0 } })
  lu.assertErrorMsgContains("edges must ascend", data.similarity, h, i32 { 3, 4, 3, 5, -1 }, vectors,
    { edges = { 1, 0 } })
end

os.exit((function()
  local failed = lu.LuaUnit.run()
  os.execute("rm -r '" .. folder .. "'")
  return failed
end)(), true)
