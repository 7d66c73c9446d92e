-- Vectors out of files, and the items that they belong to.
local lu = require "luaunit"
local archive = require "archive"
local core = require "lis.core"
local log = require "lis.log"
local represent = require "lis.represent"

local folder = os.tmpname()
os.remove(folder)
core.base.make_folder(folder)

local function file(name, text)
  local path = folder .. "/" .. name
  core.base.save(path, text)
  return path
end

local function slurp(path)
  local stream <close> = assert(io.open(path, "rb"))
  return stream:read "a"
end

-- A .npy file of the rows, with the ids beside it.
local function vectors(name, rows, ids)
  local path = folder .. "/" .. name .. ".npy"
  core.data.write_npy(path, core.tensor.from(rows, "f32"))
  if ids then file(name .. ".ids", table.concat(ids, "\n") .. "\n") end
  return path
end

-- Four items, i1 to i4, codes in that order; i1 is in half of the rows.
local function toy()
  return log.read(file("toy.csv", "user_id,item_id,timestamp,label\nu,i1,1,1\nu,i2,2,0\nv,i1,3,1\nv,i3,4,0\nv,i4,5,0\n"
    .. "w,i1,6,1\n"))
end

local function read(path, options)
  local all = { quiet = true }
  for key, value in pairs(options or {}) do all[key] = value end
  return represent.read(path, toy(), all)
end

local function fails(message, path, options) lu.assertErrorMsgContains(message, read, path, options) end

-- What a call prints.
local function said(fn)
  local lines, former = {}, print
  print = function(line) lines[#lines + 1] = line end -- luacheck: ignore 121
  local ok, problem = pcall(fn)
  print = former -- luacheck: ignore 121
  lu.assertTrue(ok, problem)
  return lines
end

TestVectorFile = {}

function TestVectorFile:test_vectors_follow_their_ids()
  local content = read(vectors("v", { { 1, 2 }, { 3, 4 }, { 5, 6 } }, { "i3", "x", "i1" }))
  lu.assertEquals(content.values:totable(), { { 5, 6 }, { 0, 0 }, { 1, 2 }, { 0, 0 } })
  lu.assertEquals(content.covered:totable(), { 1, 0, 1, 0 })
  lu.assertEquals(content.name, "v")
  lu.assertEquals(content.reading, { rows = 3, matched = 2, repeated = 0, unknown = 1, zero = 0 })
end

function TestVectorFile:test_coverage_is_said()
  local path = vectors("w", { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 0, 0 } }, { "i1", "x", "i1", "i2" })
  local split = { test = core.tensor.from({ 3, 4, 5 }, "i32") }
  lu.assertEquals(said(function() represent.read(path, toy(), { name = "text", split = split }) end), {
    "text: 1 of 4 items, 25.0 %; 50.0 % of the rows, 33.3 % of the test rows",
    "text: 3 items without a vector read zeros (covered = 0); 1 vectors are all zero and count as missing; "
      .. "1 ids came again: the first row counts; 1 ids are no items of the log",
  })
  local whole = vectors("all", { { 1 }, { 2 }, { 3 }, { 4 } }, { "i1", "i2", "i3", "i4" })
  lu.assertEquals(said(function() represent.read(whole, toy()) end), { "all: 4 of 4 items, 100.0 %; 100.0 % of the rows" })
  lu.assertEquals(represent.coverage(read(path), toy(), split), { items = 0.25, rows = 0.5, test_rows = 1 / 3 })
end

function TestVectorFile:test_ids_in_a_column_of_a_side_file()
  local path = vectors("s", { { 1 }, { 2 } })
  local side = file("side.tsv", "row\tmovie\n1\ti2\n2\ti4\n")
  lu.assertEquals(read(path, { ids = side, id = "movie" }).values:totable(), { { 0 }, { 1 }, { 0 }, { 2 } })
  fails("has columns: say which one holds the ids, such as id = \"row\"", path, { ids = side })
  fails("no column 'film'", path, { ids = side, id = "film" })
  fails("has 2 ids, but " .. path .. " has 1 vectors", vectors("s", { { 1 } }), { ids = side, id = "movie" })
end

function TestVectorFile:test_archives()
  local array = slurp(vectors("m", { { 1, 2 }, { 3, 4 } }))
  core.data.write_npy(folder .. "/ids.npy", core.tensor.from({ 7, 8 }, "i64"))
  local ids = slurp(folder .. "/ids.npy")
  local numbered = log.read(file("n.csv", "user_id,item_id,timestamp,label\nu,8,1,1\nu,7,2,0\n"))
  local path = file("m.npz", archive.zip { { "title.npy", array }, { "ids.npy", ids } })
  local content = represent.read(path, numbered, { quiet = true })
  lu.assertEquals({ content.values:totable(), content.name }, { { { 3, 4 }, { 1, 2 } }, "m" })
  file("two.ids", "i1\ni2\n")
  path = file("two.npz", archive.zip { { "a.npy", array }, { "b.npy", array } })
  fails("has 2 arrays: name one of 'a', 'b'", path)
  lu.assertEquals(read(path, { array = "b" }).covered:totable(), { 1, 1, 0, 0 })
  path = file("two.safetensors", archive.safetensors(
    '{"emb":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}', string.pack("<ff", 5, 6)))
  lu.assertEquals(read(path).values:totable(), { { 5 }, { 6 }, { 0 }, { 0 } })
end

function TestVectorFile:test_columns()
  local path = file("c.csv", "item,x,y\ni2,1,2.5\n\"i4\",-1,0\nq,3,3\n")
  local content = read(path)
  lu.assertEquals(content.values:totable(), { { 0, 0 }, { 1, 2.5 }, { 0, 0 }, { -1, 0 } })
  lu.assertEquals(content.reading.unknown, 1)
  path = file("d.tsv", "x\tid\n1\ti1\n2\ti2\n")
  lu.assertEquals(read(path, { id = "id" }).values:totable(), { { 1 }, { 2 }, { 0 }, { 0 } })
  fails("column 'title' holds words, such as 'Toy'", file("e.csv", "item,x,title\ni2,1,Toy\n"))
  fails("no column but the ids 'item'", file("f.csv", "item\ni2\n"))
  fails("holds its ids itself", path, { ids = "x" })
end

function TestVectorFile:test_what_is_no_vector()
  local nan, inf = 0 / 0, math.huge
  fails("row 2 (id 'i2') holds " .. tostring(nan) .. " in column 2, and 1 more rows are like it",
    vectors("n", { { 1, 2 }, { 3, nan }, { -inf, 1 } }, { "i1", "i2", "i3" }))
  fails("row 1 (id 'x') holds inf in column 1", vectors("o", { { inf } }, { "x" }))
  fails("row 1 (id 'i1') holds", file("g.csv", "item,x\ni1,\ni2,3\n"))
end

function TestVectorFile:test_files_that_do_not_fit_are_named()
  fails("has 1 ids", vectors("p", { { 1 }, { 2 } }, { "i1" }))
  fails("is an item of log 'toy.csv' (first: 'x')", vectors("q", { { 1 }, { 2 } }, { "x", "y" }))
  fails("wanted a matrix", vectors("r", { 1, 2 }, { "i1", "i2" }))
  fails("r2.ids", vectors("r2", { { 1 } }))
  fails("vectors are read from .npy, .npz", file("v.txt", "1"))
  fails("unknown option 'arry'; did you mean 'array'?", folder .. "/v.npy", { arry = "x" })
end

function TestVectorFile:test_a_log_without_ids_takes_codes()
  local plain = log.from_columns {
    users = 1, items = 3, user = core.tensor.from({ 0, 0 }, "i32"), item = core.tensor.from({ 0, 2 }, "i32"),
    time = core.tensor.from({ 1, 2 }, "i64"), label = core.tensor.from({ 0, 1 }, "u8"),
  }
  local content = represent.read(vectors("z", { { 1 }, { 2 } }, { "2", "9" }), plain, { quiet = true })
  lu.assertEquals(content.values:totable(), { { 0 }, { 0 }, { 1 } })
  content = represent.read(file("z.csv", "item,x\n1,4\n"), plain, { quiet = true })
  lu.assertEquals(content.values:totable(), { { 0 }, { 4 }, { 0 } })
end

TestReal = {}

local data = os.getenv "LIS_DATA"

function TestReal:test_item_text_of_ml_100k()
  lu.skipIf(not data, "LIS_DATA does not name a folder with ml-100k")
  local ratings = log.read(data .. "/ml-100k", { preset = "recbole", quiet = true })
  local content
  lu.assertEquals(said(function() content = represent.read(data .. "/ml-100k/item_text.npy", ratings, { name = "text" }) end),
    { "text: 1,682 of 1,682 items, 100.0 %; 100.0 % of the rows" })
  lu.assertEquals(content.values:size(2), 64)
end

os.exit((function()
  local failed = lu.LuaUnit.run()
  os.execute("rm -r '" .. folder .. "'")
  return failed
end)(), true)
