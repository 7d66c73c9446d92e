-- Logs in columnar caches: saved, opened, written in blocks, read in chunks, kept by lis.log.read.
local lu = require "luaunit"
local core = require "lis.core"
local log = require "lis.log"
local settings = require "lis.util.settings"
local toy = require "toy"
local world = require "lis.world"

local folder = os.tmpname()
os.remove(folder)
core.base.make_folder(folder)

local function path_of(name) return folder .. "/" .. name end

local function same_rows(a, b)
  for _, name in ipairs { "user", "item", "time", "label" } do lu.assertEquals(a[name]:hash(), b[name]:hash()) end
end

local function row(history, r, most) return table.concat(history:row(r, most), " ") end

local feed = log.from_world(world.simulate { users = 120, items = 80, days = 4, impressions = 6000 })

TestSaved = {}

function TestSaved:test_a_log_comes_back_when_it_is_touched()
  local path = path_of "feed.lisd"
  feed:save(path)
  local back = log.open(path)
  lu.assertNil(rawget(back, "user"))
  lu.assertEquals({ back.rows, back.users, back.items, back.name, back.hash, back.rule },
    { feed.rows, feed.users, feed.items, feed.name, feed.hash, feed.rule })
  lu.assertEquals(tostring(back), tostring(feed))
  same_rows(feed, back)
  lu.assertNotNil(rawget(back, "user"))
  for r = 1, feed.rows, 83 do lu.assertEquals(row(back:histories(), r), row(feed:histories(), r)) end
  lu.assertEquals(back.world.probability:hash(), feed.world.probability:hash())
  lu.assertEquals(back.world.item_factors:shape(), feed.world.item_factors:shape())
  lu.assertEquals(back.world.options, feed.world.options)
  local seen = {}
  for name in pairs(log.open(path)) do seen[name] = true end
  lu.assertTrue(seen.user and seen.history_index and seen.world and seen.hash)
  lu.assertErrorMsgContains("unknown option 'levle'", feed.save, feed, path, { levle = 3 })
end

function TestSaved:test_everything_that_a_log_holds()
  local t = core.tensor
  local text = path_of "titles.csv"
  core.base.save(text, "id,title\na,\"One, two\"\nb,\n")
  local ids = core.data.merge_dicts()
  local made = log.from_columns {
    name = "all", users = 2, items = 4, user = t.from({ 0, 1, 1 }, "i32"), item = t.from({ 0, 1, 1 }, "i32"),
    time = t.from({ 3, 1, 2 }, "i64"), label = t.from({ 1, 0, 1 }, "u8"), item_ids = ids,
    fields = { from = t.from({ -1, 1, 2 }, "i32") }, columns = { price = t.from({ 0.5, 0 / 0, 2 }, "f64") },
    seeds = { row = t.from({ 0, -1, 0 }, "i32"), offset = t.from({ 0, 2 }, "i64"), item = t.from({ 2, 3 }, "i32") },
    tables = { item = { table = core.data.read_table(text, { types = { title = "text" } }), row = t.from({ 1, 0 }, "i32") } },
  }
  made.reading = { lines = { "first", "second" }, share = 1 / 0, none = {} }
  made:save(path_of "all.lisd", { compress = "none" })
  local back = log.open(path_of "all.lisd")
  same_rows(made, back)
  lu.assertEquals(back.fields.from:totable(), made.fields.from:totable())
  lu.assertEquals(tostring(back.columns.price:totable()[3]), tostring(made.columns.price:totable()[3]))
  lu.assertEquals(back.seeds.item:totable(), { 2, 3 })
  lu.assertEquals(back.tables.item.table:texts "title", { "One, two", "" })
  lu.assertEquals(back.tables.item.row:totable(), { 1, 0 })
  lu.assertEquals(back.reading, made.reading)
  lu.assertEquals(back.item_ids:size(), 0)
  lu.assertEquals(row(back:histories(), 3), row(made:histories(), 3))
  lu.assertErrorMsgContains("histories from before it", back.chunks, back)
  made.rule = print
  lu.assertErrorMsgContains("rule: a function cannot be saved", made.save, made, path_of "all.lisd")
end

function TestSaved:test_other_files_are_told()
  local path = path_of "other.lisd"
  local writer = core.data.cache_writer(path)
  writer:append("x", core.tensor.arange(3))
  writer:commit()
  lu.assertErrorMsgContains("a columnar cache of something else", log.open, path)
  for note, words in pairs { ["{"] = "cannot be read", ["{}"] = "number of rows",
    ['{"rows":3,"users":1,"items":1}'] = "column 'user' is missing" } do
    writer = core.data.cache_writer(path)
    writer:note("log", note)
    writer:commit()
    lu.assertErrorMsgContains(words, log.open, path)
  end
end

function TestSaved:test_codes_out_of_range_are_an_error()
  local path, nodes = path_of "range.lisd", {}
  local writer = core.data.cache_writer(path)
  for name, dtype in pairs { user = "i32", item = "i32", time = "i64", label = "u8" } do
    writer:append(name, core.tensor.from({ 0, 5 }, dtype))
    nodes[name] = { ["$"] = "tensor", name = name }
  end
  nodes.rows, nodes.users, nodes.items = 2, 2, 9
  writer:note("log", core.base.json_encode(nodes))
  writer:commit()
  local back = log.open(path)
  lu.assertErrorMsgContains("column 'user', element 1 lies outside [-1, 2)", function() return back.user end)
  lu.assertErrorMsgContains("column 'label', element 1", function() return back.label end)
  lu.assertEquals(back.item:totable(), { 0, 5 })
end

TestBlocks = {}

function TestBlocks:test_chunks_are_the_log()
  local path = path_of "feed.lisd"
  feed:save(path)
  for _, source in ipairs { feed, log.open(path) } do
    local last, before = 0, nil
    for part in source:chunks { rows = 700, max_history = 6 } do
      lu.assertEquals({ part.first, part.rows }, { last + 1, part.last - last })
      last = part.last
      local history = part:feed().history
      for r = 1, part.rows, 29 do
        local at = part.first + r - 1
        lu.assertEquals({ part.user[r], part.item[r], part.time[r], part.label[r] },
          { feed.user[at], feed.item[at], feed.time[at], feed.label[at] })
        lu.assertEquals(row(history, r, 6), row(feed:histories(), at, 6))
      end
      if before then lu.assertErrorMsgContains("closed", before.size, before) end
      before = part.user
    end
    lu.assertEquals(last, feed.rows)
  end
end

function TestBlocks:test_rows_of_one_time_stay_together()
  local list = {}
  for i = 1, 40 do list[i] = { i % 3, i % 5, i // 10, i % 2 } end
  local small, sizes = toy.log(list, 3, 5), {}
  for part in small:chunks { rows = 4 } do sizes[#sizes + 1] = part.rows end
  lu.assertEquals(sizes, { 9, 10, 10, 10, 1 })
  lu.assertErrorMsgContains("must be at least 1", small.chunks, small, { rows = 0 })
end

function TestBlocks:test_blocks_make_the_log()
  local path = path_of "blocks.lisd"
  local writer = log.create(path, { name = "feed", items = 1000, rule = "click" })
  for part in feed:chunks { rows = 900 } do writer:append(part) end
  local made = writer:commit { user_ids = core.data.merge_dicts() }
  same_rows(feed, made)
  lu.assertEquals({ made.name, made.rule, made.items, made.users, made.user_ids:size() },
    { "feed", "click", 1000, feed.users, 0 })
  lu.assertEquals(made.hash, log.open(path).hash)
  lu.assertEquals(row(made:histories(), 3000), row(feed:histories(), 3000))
end

function TestBlocks:test_blocks_that_do_not_fit()
  local function block(time, label)
    local n = #time
    return { user = core.tensor.new("i32", n), item = core.tensor.new("i32", n), time = core.tensor.from(time, "i64"),
      label = core.tensor.full("u8", label or 0, n) }
  end
  local writer = log.create(path_of "wrong.lisd")
  writer:append(block { 5, 5, 6 })
  writer:append(block {})
  lu.assertErrorMsgContains("rows 4 to 5 are not in order of time", writer.append, writer, block { 5, 7 })
  lu.assertErrorMsgContains("not in order", writer.append, writer, block { 8, 7 })
  local wrong = block { 9 }
  wrong.user = core.tensor.new("i64", 1)
  lu.assertErrorMsgContains("column 'user' of a block wants 1 values of type i32", writer.append, writer, wrong)
  wrong = block { 9 }
  wrong.fields = { seen = core.tensor.new("i32", 1) }
  lu.assertErrorMsgContains("every block has the same fields", writer.append, writer, wrong)
  lu.assertErrorMsgContains("both classes", writer.commit, writer)
  writer:close()
  lu.assertErrorMsgContains("cannot open", log.open, path_of "wrong.lisd")
end

-- ---- lis.log.read with a cache

TestKept = {}

local text = "user_id,item_id,rating,timestamp\nu1,i1,5,30\nu2,i1,2,10\nu1,i2,4,20\nu3,i3,1,20\n"

-- Reads, and what was said.
local function read(options)
  local said, print_was = {}, print
  print = function(line) said[#said + 1] = line end -- luacheck: ignore
  local ok, made = pcall(log.read, path_of "ratings.csv", options)
  print = print_was -- luacheck: ignore
  if not ok then error(made, 0) end
  return made, table.concat(said, "\n")
end

local function caches()
  local found = {}
  for _, name in ipairs(core.base.list_folder(path_of "kept") or {}) do found[#found + 1] = path_of("kept/" .. name) end
  return found
end

function TestKept:setUp()
  for _, path in ipairs(caches()) do os.remove(path) end
  core.base.save(path_of "ratings.csv", text)
  self.options = { label = "rating >= 4", cache = path_of "kept" }
end

function TestKept:test_the_second_reading_parses_nothing()
  local first, said = read(self.options)
  lu.assertStrContains(said, "log: 4 rows kept in cache")
  local second
  second, said = read(self.options)
  lu.assertStrContains(said, "log: 4 rows from cache")
  lu.assertStrContains(said, "(source unchanged)")
  same_rows(first, second)
  lu.assertEquals(second.hash, first.hash)
  lu.assertEquals(second.user_ids:strings(), first.user_ids:strings())
  lu.assertEquals(#caches(), 1)
  settings.quiet = true
  said = select(2, read(self.options))
  settings.quiet = false
  lu.assertEquals(said, "")
end

function TestKept:test_another_content_or_option_is_read_anew()
  read(self.options)
  core.base.save(path_of "ratings.csv", (text:gsub("u3", "u1")))
  local made, said = read(self.options)
  lu.assertStrContains(said, "ratings.csv has changed")
  lu.assertEquals(made.users, 2)
  self.options.label = "rating >= 2"
  made, said = read(self.options)
  lu.assertNotStrContains(said, "from cache")
  lu.assertEquals(made.label:count(), 3)
  lu.assertEquals(#caches(), 2)
  local least = 4
  self.options.label = function(e) return e.rating >= least end
  read(self.options)
  lu.assertStrContains(select(2, read(self.options)), "from cache")
  least = 5
  lu.assertNotStrContains(select(2, read(self.options)), "from cache")
end

function TestKept:test_the_same_content_written_again_is_unchanged()
  read(self.options)
  core.base.save(path_of "ratings.csv", text)
  lu.assertStrContains(select(2, read(self.options)), "source unchanged")
end

function TestKept:test_a_damaged_cache_is_made_anew()
  read(self.options)
  local path = caches()[1]
  local handle = io.open(path, "rb")
  local bytes = handle:read "a"
  handle:close()
  for at = 1, #bytes, 37 do
    core.base.save(path, bytes:sub(1, at - 1) .. string.char(bytes:byte(at) ~ 1) .. bytes:sub(at + 1))
    local made, said = read(self.options)
    lu.assertEquals(made.rows, 4)
    lu.assertNotNil(said:find("is made anew", 1, true) or said:find("source unchanged", 1, true), said)
  end
  core.base.save(path, bytes:sub(1, 200))
  lu.assertStrContains(select(2, read(self.options)), "is made anew")
  lu.assertStrContains(select(2, read(self.options)), "source unchanged")
end

function TestKept:test_beside_the_file_and_where_nothing_can_be_written()
  self.options.cache = true
  read(self.options)
  local beside
  for _, name in ipairs(core.base.list_folder(folder)) do
    if name:find "^ratings%.csv%.%x+%.lisd$" then beside = name end
  end
  lu.assertNotNil(beside)
  os.remove(path_of(beside))
  self.options.cache = "/dev/null/x"
  local made, said = read(self.options)
  lu.assertEquals(made.rows, 4)
  lu.assertStrContains(said, "log: not kept: ")
  self.options.cache = 3
  lu.assertErrorMsgContains("option 'cache'", read, self.options)
  self.options.cache = false
  lu.assertEquals(select(2, read(self.options)), "")
end

function TestKept:test_presets_are_kept_too()
  local ratings = path_of "u.data"
  core.base.save(ratings, "1\t10\t5\t30\n2\t10\t2\t10\n1\t20\t4\t20\n3\t30\t1\t20\n")
  local options = { preset = "movielens", quiet = true, cache = path_of "kept" }
  settings.quiet = true
  local first, second = log.read(ratings, options), log.read(ratings, options)
  settings.quiet = false
  same_rows(first, second)
  lu.assertNotNil(second.cache)
  lu.assertEquals(second.reading.preset, "movielens")
  os.remove(ratings)
end

local status = lu.LuaUnit.run()
for _, path in ipairs(caches()) do os.remove(path) end
os.remove(path_of "kept")
for _, name in ipairs(core.base.list_folder(folder)) do os.remove(path_of(name)) end
os.remove(folder)
os.exit(status, true)
