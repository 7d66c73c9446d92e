local lu = require "luaunit"
local core = require "lis.core"
local log = require "lis.log"
local toy = require "toy"

TestLog = {}

local function with_file(name, content, fn)
  local folder = os.tmpname()
  os.remove(folder)
  core.base.make_folder(folder)
  local path = folder .. "/" .. name
  core.base.save(path, content)
  local ok, message = pcall(fn, path)
  os.remove(path)
  os.remove(folder)
  if not ok then error(message, 0) end
end

local recbole = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
  .. "u1\ti1\t5\t30\nu2\ti1\t2\t10\nu1\ti2\t4\t20\nu3\ti3\t1\t20\n"

function TestLog:test_reads_and_sorts_by_time()
  with_file("x.inter", recbole, function(path)
    local l = log.read(path, { label = "rating >= 4" })
    lu.assertEquals({ l.rows, l.users, l.items }, { 4, 3, 3 })
    lu.assertEquals(l.time:totable(), { 10, 20, 20, 30 })
    lu.assertEquals(l.label:totable(), { 0, 1, 0, 1 })
    lu.assertEquals(l.user_ids:decode(l.user[1]), "u2")
    lu.assertEquals(l.name, "x.inter")
  end)
end

function TestLog:test_a_function_and_a_column_label_alike()
  with_file("x.inter", recbole, function(path)
    local by_rule = log.read(path, { label = "rating >= 4" })
    local by_function = log.read(path, { label = function(e) return e.rating >= 4 and e.user_id == "u1" end })
    lu.assertEquals(by_function.label:totable(), by_rule.label:totable())
    lu.assertEquals(by_function.hash, by_rule.hash)
  end)
end

function TestLog:test_errors_name_the_cure()
  with_file("x.inter", recbole, function(path)
    lu.assertErrorMsgContains("both classes", log.read, path, { label = "rating >= 0" })
    lu.assertErrorMsgContains("the columns are", log.read, path, { label = function(e) return e.ratign end })
    lu.assertErrorMsgContains("rating", log.read, path, { label = "ratign >= 4" })
    lu.assertErrorMsgContains("at 8: '=>' means nothing here; did you mean '>='?", log.read, path, { label = "rating => 4" })
  end)
  with_file("x.inter", "user_id:token\titem_id:token\trating:float\ttimestamp:float\n", function(path)
    lu.assertErrorMsgContains("has no rows", log.read, path, { label = "rating >= 4" })
  end)
end

function TestLog:test_equal_times_never_see_each_other()
  local l = toy.log({ { 0, 0, 1, 1 }, { 0, 1, 2, 1 }, { 0, 2, 2, 1 }, { 0, 3, 3, 0 } }, 1, 4)
  local history = l:histories()
  lu.assertEquals(history:row(2, 10), { 0 })
  lu.assertEquals(history:row(3, 10), { 0 })
  lu.assertEquals(history:row(4, 10), { 0, 1, 2 })
end

function TestLog:test_further_columns_are_kept_in_the_order_of_the_log()
  with_file("x.inter", recbole, function(path)
    local l = log.read(path, { label = "rating >= 4", columns = { "rating", "user_id" } })
    lu.assertEquals(l.columns.rating:totable(), { 2, 4, 1, 5 })
    lu.assertEquals(l.dicts.user_id:decode(l.columns.user_id[1]), "u2")
    lu.assertNil(l.dicts.rating)
    lu.assertEquals(l.hash, log.read(path, { label = "rating >= 4" }).hash)
    lu.assertErrorMsgContains("did you mean 'rating'", log.read, path, { label = "rating >= 4", columns = { "ratign" } })
  end)
end

local objects = '{"user": "u1", "item": "i1", "at": "2019-11-14T02:14:46Z", "ok": true, "seen": ["i9", "i2"]}\n'
  .. '{"user": "u2", "item": "i2", "at": "2019-11-13", "ok": false, "seen": []}\n'

function TestLog:test_json_lines_with_lists_and_times()
  with_file("x.jsonl", objects, function(path)
    local l = log.read(path, { user = "user", item = "item", time = "at", label = "ok", time_format = "iso", history = "seen" })
    lu.assertEquals(l.time:totable(), { 1573603200, 1573697686 })
    lu.assertEquals({ l.items, l.label:totable() }, { 3, { 0, 1 } })
    lu.assertEquals({ l.item_ids:decode(l:histories():row(2)[1]), #l:histories():row(1) }, { "i9", 0 })
    lu.assertEquals(l.lists.seen.row:totable(), { 1, 0 })
    lu.assertErrorMsgContains("is JSON lines, which have no delimiter", log.read, path, { delimiter = "," })
    lu.assertErrorMsgContains("column 'at'", log.read, path, { user = "user", item = "item", time = "at", label = "ok" })
  end)
end

function TestLog:test_files_without_a_header_packed_and_in_latin_1()
  local packed = "1;10;5;14.11.2019 02:14\n2;L\xe9on;1;13.11.2019 00:00\n"
  with_file("x.csv", packed, function(path)
    os.execute(("gzip -nc '%s' > '%s.gz'"):format(path, path))
    for _, ending in ipairs { "", ".gz" } do
      local l = log.read(path .. ending, {
        names = { "user_id", "item_id", "rating", "timestamp" }, delimiter = ";", encoding = "latin-1",
        time_format = "%d.%m.%Y %H:%M", label = "rating >= 4", types = { rating = "f32" }, columns = { "rating" },
      })
      lu.assertEquals({ l.time:totable(), l.columns.rating:dtype() }, { { 1573603200, 1573697640 }, "f32" })
      lu.assertEquals(l.item_ids:decode(l.item[1]), "L\u{e9}on")
    end
    os.remove(path .. ".gz")
  end)
end

function TestLog:test_delimiters_by_name_or_by_the_first_line()
  local text = "user_id%sitem_id%slabel%stimestamp\nu%si%s1%s1\nv%sj%s0%s2\n"
  for name, delimiter in pairs { ["x.csv"] = ",", ["x.tsv"] = "\t", ["x.dat"] = "::", ["x.txt"] = ";", x = "|" } do
    with_file(name, (text:gsub("%%s", delimiter)), function(path) lu.assertEquals(log.read(path).rows, 2) end)
  end
end

function TestLog:test_seeds_stand_before_what_the_log_tells()
  local function i32(list) return core.tensor.from(list, "i32") end
  local columns = {
    users = 2, items = 9, user = i32 { 0, 0, 1 }, item = i32 { 1, 2, 3 },
    time = core.tensor.from({ 9, 5, 7 }, "i64"), label = core.tensor.from({ 0, 1, 1 }, "u8"),
  }
  local bare = log.from_columns(columns)
  columns.seeds = { row = i32 { 0, 1, -1 }, offset = core.tensor.from({ 0, 2, 3 }, "i64"), item = i32 { 8, 7, 6 } }
  local l = log.from_columns(columns) -- sorted by time: rows 2, 3, 1 of the above
  lu.assertEquals(l.seeds.row:totable(), { 1, -1, 0 })
  lu.assertEquals({ l:histories():row(1), l:histories():row(2), l:histories():row(3) }, { { 6 }, {}, { 8, 7, 2 } })
  lu.assertNotEquals(l.hash, bare.hash)
end

function TestLog:test_first_row_at()
  local l = toy.log({ { 0, 0, 1, 1 }, { 0, 1, 2, 1 }, { 0, 2, 2, 1 }, { 0, 3, 5, 0 } }, 1, 4)
  lu.assertEquals({ l:first_row_at(0), l:first_row_at(2), l:first_row_at(3), l:first_row_at(6) }, { 1, 2, 4, 5 })
end

TestCoinFlips = {}

function TestCoinFlips:test_evenly_met_and_fair()
  local l = log.coin_flips { users = 20, items = 10, rows = 2000, days = 4, seed = 3 }
  lu.assertEquals({ l.rows, l.users, l.items }, { 2000, 20, 10 })
  lu.assertEquals({ l.user:bincount(20):min(), l.user:bincount(20):max() }, { 100, 100 })
  lu.assertEquals({ l.item:bincount(10):min(), l.item:bincount(10):max() }, { 200, 200 })
  lu.assertTrue(math.abs(l:positive_rate() - 0.5) < 0.05)
  lu.assertTrue(l:days() > 3.9 and l:days() < 4)
  lu.assertEquals(log.coin_flips({ rows = 100 }).hash, log.coin_flips({ rows = 100 }).hash)
  lu.assertErrorMsgContains("did you mean 'rows'", log.coin_flips, { row = 3 })
end

os.exit(lu.LuaUnit.run(), true)
