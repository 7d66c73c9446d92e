-- Every preset on small files in the published form, written here; and on real ones, where LIS_DATA names a
-- folder that holds ml-100k and mind-5k.
local lu = require "luaunit"
local core = require "lis.core"
local log = require "lis.log"

local folder = os.tmpname()
os.remove(folder)
core.base.make_folder(folder)

local function file(name, text)
  local path = folder .. "/" .. name
  core.base.save(path, text)
  return path
end

local function read(path, preset, options)
  local all = { preset = preset, quiet = true }
  for key, value in pairs(options or {}) do all[key] = value end
  return log.read(path, all)
end

local function decoded(codes, dict)
  local out = {}
  for i = 1, #codes do out[i] = dict:decode(codes[i]) or "-" end
  return out
end

local function fails(message, path, preset, options)
  lu.assertErrorMsgContains(message, read, path, preset, options)
end

TestPreset = {}

function TestPreset:test_movielens_with_double_colons()
  file("ml-1m/ratings.dat", "1::10::5::978300760\n1::20::3::978300770\n2::10::4::978300750\n")
  file("ml-1m/movies.dat", "10::L\xe9on (1994)::Action|Drama\n30::Other (1995)::Comedy\n")
  file("ml-1m/users.dat", "2::F::25::10::48067\n1::M::56::16::70072\n")
  local l = read(folder .. "/ml-1m", "movielens")
  lu.assertEquals({ l.rows, l.users, l.items, l.name }, { 3, 2, 2, "ml-1m" })
  lu.assertEquals(l.label:totable(), { 1, 1, 0 })
  lu.assertEquals(decoded(l.user, l.user_ids), { "2", "1", "1" })
  lu.assertEquals(l.columns.rating:totable(), { 4, 5, 3 })
  lu.assertEquals(l.rule, "'rating >= 4'")
  local movies = l.tables.item
  lu.assertEquals(movies.row:totable(), { 0, -1 })
  lu.assertEquals(movies.table:text("title", 1), "L\u{e9}on (1994)")
  lu.assertEquals(l.tables.user.row:totable(), { 1, 0 })
  lu.assertEquals(l.reading.lines, {
    "movielens: 3 ratings, 2 users, 2 items, 2000-12-31 to 2000-12-31 (ratings.dat)",
    "movielens: label 1: 'rating >= 4', 66.7 % of the rows",
    "movielens: movies.dat: 2 rows, on 1 of 2 items",
    "movielens: users.dat: 2 rows, on 2 of 2 users",
  })
end

function TestPreset:test_movielens_csv_and_tabs()
  file("ml-csv/ratings.csv", "userId,movieId,rating,timestamp\n1,10,4.5,978300760\n2,20,0.5,978300761\n")
  file("ml-csv/movies.csv", "movieId,title,genres\n10,\"American President, The (1995)\",Comedy|Drama\n20,X,(none)\n")
  local l = read(folder .. "/ml-csv/ratings.csv", "movielens", { label = function(e) return e.rating == 0.5 end })
  lu.assertEquals(l.label:totable(), { 0, 1 })
  lu.assertEquals(l.tables.item.table:text("title", 1), "American President, The (1995)")
  file("ml-tab/u.data", "196\t242\t3\t881250949\n186\t302\t4\t891717742\n")
  file("ml-tab/u.item", "242|Kolya (1996)|24-Jan-1997||http://x|" .. ("0|"):rep(18) .. "1\n")
  l = read(folder .. "/ml-tab", "movielens")
  lu.assertEquals(decoded(l.item, l.item_ids), { "242", "302" })
  lu.assertEquals(l.tables.item.row:totable(), { 0, -1 })
  fails("is none of ratings.dat, ratings.csv and u.data", file("ml-odd/my.csv", "1,2,3,4\n"), "movielens")
end

local behaviors = "7\tU2\t11/15/2019 8:55:22 AM\tN1 N9\tN3-0 N4-1\n"
  .. "5\tU1\t11/14/2019 12:05:00 AM\t\tN3-1 N1-0 N5-0\n"

function TestPreset:test_mind()
  file("mind/behaviors.tsv", behaviors)
  file("mind/news.tsv", "N3\tsports\tsoccer\tA \"title\"\tbody\thttps://x\t[]\t[]\n")
  local l = read(folder .. "/mind", "mind")
  lu.assertEquals({ l.rows, l.users, l.items }, { 5, 2, 5 })
  lu.assertEquals(decoded(l.item, l.item_ids), { "N3", "N1", "N5", "N3", "N4" })
  lu.assertEquals(l.label:totable(), { 1, 0, 0, 0, 1 })
  lu.assertEquals(l.columns.impression:totable(), { 5, 5, 5, 7, 7 })
  lu.assertEquals({ l.time[1], l.time[5] }, { 1573689900, 1573808122 })
  lu.assertEquals(decoded(l:histories():row(1), l.item_ids), {})
  lu.assertEquals(decoded(l:histories():row(4), l.item_ids), { "N1", "N9" })
  lu.assertEquals(l.tables.item.table:dict("category"):strings(), { "sports" })
  lu.assertEquals(l.reading.lines[1],
    "mind: 2 impressions, 5 candidate rows, 2 users, 5 items, 2019-11-14 to 2019-11-15 (behaviors.tsv)")
  lu.assertEquals(l.reading.lines[3],
    "mind: histories begin with the impression's own History column, 1.0 items on average")
  lu.assertEquals(l.reading.lines[4], "mind: news.tsv: 1 rows, on 1 of 5 items")
  lu.assertNil(read(folder .. "/mind", "mind", { history = false }).seeds)
end

function TestPreset:test_mind_without_news_or_clicks()
  local path = file("mind2/behaviors.tsv", behaviors)
  lu.assertEquals(read(path, "mind").reading.lines[4], "mind: no news.tsv beside it: no categories and titles")
  fails("hides its clicks", file("mind3/behaviors.tsv", "7\tU2\t11/15/2019 8:55:22 AM\tN1 N9\tN3 N4\n"), "mind")
  fails("column 'time' (3)", file("mind4/behaviors.tsv", "7\tU2\t2019-11-15\tN1 N9\tN3-1 N4-0\n"), "mind")
end

function TestPreset:test_recbole_with_lists()
  local path = file("rec/rec.inter", "user_id:token\titem_id:token\tseen:token_seq\tdwell:float_seq\tlabel:float\ttimestamp:float\n"
    .. "u1\ti1\ti3 i4\t1.5 2\t1\t20\nu2\ti2\t\t\t0\t10\n")
  file("rec/rec.item", "item_id:token\ttitle:token_seq\ti2:float\ni1\tToy Story\t3\n")
  local l = read(folder .. "/rec", "recbole")
  lu.assertEquals(l.label:totable(), { 0, 1 })
  lu.assertEquals(l.rule, "'label'")
  lu.assertEquals(l.lists.dwell.row:totable(), { 1, 0 })
  lu.assertEquals(l.lists.dwell.values:totable(), { 1.5, 2 })
  lu.assertEquals(l.tables.item.row:totable(), { 0, -1 })
  lu.assertEquals(l.items, 2)
  l = read(path, "recbole", { history = "seen" })
  lu.assertEquals({ l.items, #l.item_ids }, { 4, 4 })
  lu.assertEquals(decoded(l:histories():row(2), l.item_ids), { "i3", "i4" })
  fails("history = 'title' is no list", path, "recbole", { history = "title" })
end

function TestPreset:test_recbole_times()
  local head = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
  local path = file("ms/ms.inter", head .. "u\ti\t5\t1588687728923\nv\ti\t1\t1588687728000.5\n")
  fails("column 'timestamp' goes up to 1588687728923, which in seconds is far in the future: say time_format = \"ms\"", path,
    "recbole")
  lu.assertEquals(read(path, "recbole", { time_format = "ms" }).time:totable(), { 1588687728, 1588687728 })
  fails("column 'timestamp' (4)", file("no/no.inter", head .. "u\ti\t5\t\nv\ti\t1\t1\n"), "recbole")
end

function TestPreset:test_recbole_errors()
  fails("column 'user_id' has no type", file("bad/bad.inter", "user_id\titem_id:token\nu\ti\n"), "recbole")
  fails("neither a column label nor rating",
    file("un/un.inter", "user_id:token\titem_id:token\ttimestamp:float\nu\ti\t1\n"), "recbole")
  file("two/a.inter", "")
  file("two/b.inter", "")
  fails("holds 2 such files (a.inter, b.inter): name one of them", folder .. "/two", "recbole")
  fails("is a list of numbers but holds 'x'", file("nan/nan.inter",
    "user_id:token\titem_id:token\tw:float_seq\trating:float\ttimestamp:float\nu\ti\t1 x\t5\t1\nv\tj\t1\t1\t2\n"), "recbole")
end

local function criteo_line(label, first, c)
  local fields = { label, first }
  for i = 2, 13 do fields[#fields + 1] = i == 3 and "" or tostring(i) end
  for k = 1, 26 do fields[#fields + 1] = k == 26 and "" or c .. k end
  return table.concat(fields, "\t") .. "\n"
end

function TestPreset:test_criteo()
  file("criteo/train.txt", criteo_line("0", "1", "a") .. criteo_line("1", "", "b") .. criteo_line("0", "-2", "a"))
  local l = read(folder .. "/criteo", "criteo", { user = "C1", item = "C2", days = 3 })
  lu.assertEquals({ l.rows, l.users, l.items }, { 3, 2, 2 })
  lu.assertEquals(l.time:totable(), { 0, 86400, 172800 })
  lu.assertEquals(l.label:totable(), { 0, 1, 0 })
  lu.assertIsNaN(l.columns.I1[2])
  lu.assertEquals(l.columns.I1[3], -2)
  lu.assertEquals(decoded(l.columns.C5, l.dicts.C5), { "a5", "b5", "a5" })
  lu.assertEquals(l.columns.C26:totable(), { -1, -1, -1 })
  lu.assertNil(l.dicts.I1)
  fails("option 'user' is required: a category, C1 to C26", folder .. "/criteo", "criteo", { item = "C1" })
  fails("must be one of C1, C2", folder .. "/criteo", "criteo", { item = "C1", user = "I1" })
  fails("fields but 40 names were given", file("criteo/test.txt", "1\t2\n"), "criteo", { user = "C1", item = "C2" })
end

function TestPreset:test_rows_without_ids_are_left_out()
  local path = file("gaps/ratings.csv", "userId,movieId,rating,timestamp\n1,10,4.5,30\n,10,3,20\n2,20,0.5,10\n2,,5,5\n")
  local l = read(path, "movielens")
  lu.assertEquals({ l.rows, l.time:totable(), l.columns.rating:totable() }, { 2, { 10, 30 }, { 0.5, 4.5 } })
  lu.assertEquals(l.reading.lines[3], "movielens: 2 rows without a user or an item are left out")
end

function TestPreset:test_avazu()
  local head = "id,click,hour,C1,banner_pos,site_id,site_domain,site_category,app_id,app_domain,app_category,device_id,"
    .. "device_ip,device_model,device_type,device_conn_type,C14,C15,C16,C17,C18,C19,C20,C21\n"
  local tail = "1005,0,s,sd,sc,a,ad,ac,dev,ip%d,m,1,2,%d,320,50,1722,0,35,-1,79\n"
  file("avazu/train.csv", head .. "1,0,14102100," .. tail:format(1, 15706) .. "2,1,14102123," .. tail:format(2, 15706))
  local l = read(folder .. "/avazu", "avazu")
  lu.assertEquals({ l.rows, l.users, l.items }, { 2, 2, 1 })
  lu.assertEquals(l.time:totable(), { 1413849600, 1413849600 + 23 * 3600 })
  lu.assertEquals(decoded(l.columns.C14, l.dicts.C14), { "15706", "15706" })
  lu.assertEquals(read(folder .. "/avazu", "avazu", { user = "device_id", columns = { "C21" } }).users, 1)
end

local old = '{"reviewerID": "A2SUAM1J3GNN3B", "asin": "0000013714", "overall": %d.0, "reviewText": "fine", '
  .. '"unixReviewTime": %d}\n'
local new = '{"rating": %d.0, "title": "x", "images": [], "asin": "B00YQ6X8EO", "parent_asin": "B00YQ6X8E%d", '
  .. '"user_id": "AGKHLEW2SOWHNMFQIJGBECAF7INQ", "timestamp": 1588687728923, "helpful_vote": 0}\n'

function TestPreset:test_amazon_json()
  local l = read(file("a14/reviews_Books_5.json", old:format(5, 1252800000) .. old:format(2, 1252800001)), "amazon")
  lu.assertEquals(l.label:totable(), { 1, 0 })
  lu.assertEquals({ l.time[1], l.columns.rating[2], l.reading.lines[3] }, { 1252800000, 2, "amazon: edition: 2014 or 2018" })
  l = read(file("a23/All_Beauty.jsonl", new:format(5, 1) .. new:format(1, 2)), "amazon",
    { label = function(e) return e.rating == 5 and e.item_id == "B00YQ6X8E1" end })
  lu.assertEquals({ l.time[1], l.items, l.label:totable() }, { 1588687728, 2, { 1, 0 } })
  fails("has neither reviewerID", file("a0/x.json", '{"a": 1}\n'), "amazon")
end

function TestPreset:test_amazon_csv()
  local l = read(file("c14/ratings.csv", "A2SUAM1J3GNN3B,0000013714,5.0,1252800000\nA3,B00005N5PF,1.0,1252800001\n"), "amazon")
  lu.assertEquals(decoded(l.item, l.item_ids), { "0000013714", "B00005N5PF" })
  l = read(file("c18/Books.csv", "0001713353,A1C6M8LCIX4M6M,5.0,1123804800\n0001061240,A1,1.0,1123804801\n"), "amazon")
  lu.assertEquals(decoded(l.item, l.item_ids), { "0001713353", "0001061240" })
  lu.assertEquals(l.reading.lines[3], "amazon: edition: columns item,user")
  local path = file("c0/x.csv", "u1,i1,5.0,1\nu2,i2,1.0,2\n")
  fails("cannot tell which of the first two columns is the item", path, "amazon")
  lu.assertEquals(decoded(read(path, "amazon", { order = "user,item" }).item, l.item_ids), { "0001713353", "0001061240" })
  l = read(file("c23/Books.csv", "user_id,parent_asin,rating,timestamp\nAE,B1,5.0,1454676557000\nAF,B2,1.0,1454676558000\n"),
    "amazon")
  lu.assertEquals({ l.time[1], l.reading.lines[3] }, { 1454676557, "amazon: edition: 2023" })
end

function TestPreset:test_errors_name_the_files()
  fails("did you mean 'movielens'?", folder, "movilens")
  fails("lacks behaviors.tsv (.gz and .zst are read, too); it holds reviews_Books_5.json", folder .. "/a14", "mind")
  file("rec3/x.inter", "")
  fails("it holds x.inter; preset 'recbole' would read x.inter", folder .. "/rec3", "movielens")
  fails("there is no file or folder '" .. folder .. "/none'; wanted one file *.json", folder .. "/none", "amazon")
  fails("unknown option 'lable'; did you mean 'label'?", folder .. "/ml-csv", "movielens", { lable = 1 })
end

function TestPreset:test_packed_files_and_what_is_said()
  core.base.make_folder(folder .. "/packed")
  local path = file("packed/ratings.dat", "1::10::5::978300760\n1::20::3::978300770\n")
  os.execute("gzip -n '" .. path .. "'")
  local said, former = {}, print
  print = function(line) said[#said + 1] = line end -- luacheck: ignore 121
  local ok, l = pcall(log.read, folder .. "/packed", { preset = "movielens" })
  print = former -- luacheck: ignore 121
  lu.assertTrue(ok, l)
  lu.assertEquals(said, l.reading.lines)
  lu.assertStrContains(said[1], "(ratings.dat.gz)")
end

-- ---- real files

TestReal = {}

local data = os.getenv "LIS_DATA"

function TestReal:test_mind()
  lu.skipIf(not data, "LIS_DATA does not name a folder with mind-5k")
  local l = read(data .. "/mind-5k", "mind")
  lu.assertEquals({ l.rows, l.users, #l.columns.impression:unique() }, { 189359, 4637, 5000 })
  lu.assertAlmostEquals(l:positive_rate(), 0.040, 0.0005)
  lu.assertEquals(l.tables.item.table:rows(), 2000)
  -- No user of a row sees an item of the row's own impression by being shown it there.
  local lengths, seeded = l:histories():lengths(100000), l.seeds.offset
  local fewer = 0
  for r = 1, l.rows, 97 do
    local list = l.seeds.row[r]
    if lengths[r] < seeded[list + 2] - seeded[list + 1] then fewer = fewer + 1 end
  end
  lu.assertEquals(fewer, 0)
end

function TestReal:test_threads_change_nothing()
  lu.skipIf(not data, "LIS_DATA does not name a folder with mind-5k")
  local threads, hashes = core.base.threads(), {}
  for n = 1, 4 do
    core.base.threads(n)
    hashes[n] = read(data .. "/mind-5k", "mind").hash
  end
  core.base.threads(threads)
  lu.assertEquals(hashes, { hashes[1], hashes[1], hashes[1], hashes[1] })
end

function TestReal:test_recbole()
  lu.skipIf(not data, "LIS_DATA does not name a folder with ml-100k")
  local l = read(data .. "/ml-100k", "recbole")
  lu.assertEquals({ l.rows, l.users, l.items }, { 100000, 943, 1682 })
  lu.assertEquals({ l.tables.item.row:ge(0):count(), l.tables.user.row:ge(0):count() }, { 1682, 943 })
  lu.assertEquals(l.hash, log.read(data .. "/ml-100k/ml-100k.inter", { label = "rating >= 4" }).hash)
end

os.exit((function()
  local failed = lu.LuaUnit.run()
  os.execute("rm -r '" .. folder .. "'")
  return failed
end)(), true)
