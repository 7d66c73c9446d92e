-- Cleaning: each step against the same thing done row by row in Lua, and a cleaned log against the log of a file
-- that holds the remaining rows alone.
local lu = require "luaunit"
local core = require "lis.core"
local clean = require "lis.log.clean"
local lis = require "lis"
local log = require "lis.log"

local path = os.tmpname()
local header = "user_id,item_id,rating,timestamp,query_id,genre\n"
local QUIET = { quiet = true }

-- Rows of ids with very different counts; times and ratings that tie; now and then no rating.
math.randomseed(11)
local function draw(n)
  local list = {}
  for r = 1, n do
    local function id(most) return math.random(math.random(most)) end
    list[r] = { user = "u" .. id(40), item = "i" .. id(30), rating = math.random(8) > 1 and math.random(5) or nil,
      time = 1000 + math.random(200), query = "i" .. id(60), genre = ({ "Drama", "War", "" })[math.random(3)], row = r }
  end
  return list
end

local function write(list)
  local lines = {}
  for k, r in ipairs(list) do
    lines[k] = ("%s,%s,%s,%d,%s,%s\n"):format(r.user, r.item, r.rating or "", r.time, r.query, r.genre)
  end
  core.base.save(path, header .. table.concat(lines))
  return path
end

local options = { delimiter = ",", label = "rating >= 4", item_fields = { "query_id" }, columns = { "genre" }, quiet = true }
local function read(list, steps)
  local given = { clean = steps }
  for key, value in pairs(options) do given[key] = value end
  return log.read(write(list), given)
end

local function filter(list, keep)
  local out = {}
  for _, r in ipairs(list) do if keep(r) then out[#out + 1] = r end end
  return out
end

local function strings_of(l)
  local out = {}
  for r = 1, l.rows do
    out[r] = ("%s %s %d %d %s"):format(l.user_ids:decode(l.user[r]), l.item_ids:decode(l.item[r]), l.time[r], l.label[r],
      l.item_ids:decode(l.fields.query_id[r]))
  end
  return out
end

-- The card of a cleaned log, and that the log is the one that a file of the remaining rows gives.
local function check_step(list, step, wanted)
  local cleaned, alone = read(list, { step }), read(wanted)
  lu.assertEquals({ cleaned.rows, cleaned.users, cleaned.items }, { alone.rows, alone.users, alone.items })
  lu.assertEquals(cleaned.hash, alone.hash)
  lu.assertEquals(cleaned.user_ids:strings(), alone.user_ids:strings())
  lu.assertEquals(cleaned.item_ids:strings(), alone.item_ids:strings())
  local card = cleaned.cleaning[1]
  lu.assertEquals({ card.step, card.before, card.after, card.users, card.items },
    { step[1], #list, #wanted, alone.users, alone.items })
  local later = clean(read(list), { step }, QUIET) -- a finished log is sorted, and so numbers ids in another order
  lu.assertEquals(strings_of(later), strings_of(alone))
  return cleaned
end

TestClean = {}

function TestClean:test_where_by_expression_and_by_function()
  local list = draw(400)
  local wanted = filter(list, function(r) return r.time >= 1050 and r.user ~= "u1" and r.genre ~= "War" end)
  check_step(list, { "where", "timestamp >= 1050 and user_id ~= 'u1' and genre ~= 'War'" }, wanted)
  check_step(list, { "where", "time >= 1050 and not (user == 'u1' or genre in ('War'))" }, wanted)
  check_step(list, { "where", function(row)
    return row.timestamp >= 1050 and row.user ~= "u1" and row.genre ~= "War"
  end }, wanted)
end

function TestClean:test_a_column_that_the_log_does_not_keep()
  local list = draw(300)
  local cleaned = read(list, { { "where", "rating ~= 3 and not is_missing(rating)" } })
  lu.assertEquals(cleaned.hash, read(filter(list, function(r) return r.rating and r.rating ~= 3 end)).hash)
  lu.assertNil(cleaned.columns.rating)
  lu.assertEquals(#cleaned.columns.genre, cleaned.rows)
end

function TestClean:test_duplicates()
  local list = draw(600)
  local function kept(key, better)
    local best = {}
    for _, r in ipairs(list) do
      local k = key(r)
      if not best[k] or better(r, best[k]) then best[k] = r end
    end
    return filter(list, function(r) return best[key(r)] == r end)
  end
  local function pair(r) return r.user .. " " .. r.item end
  check_step(list, { "duplicates" }, kept(pair, function(a, b) return a.time < b.time end))
  check_step(list, { "duplicates", "last" }, kept(pair, function(a, b) return a.time >= b.time end))
  check_step(list, { "duplicates", keep = "last", same_time = true },
    kept(function(r) return pair(r) .. " " .. r.time end, function() return true end))
  local by_rating = kept(pair, function(a, b) return (a.rating or -1) > (b.rating or -1) end)
  lu.assertEquals(read(list, { { "duplicates", keep = "max", of = "rating" } }).hash, read(by_rating).hash)
end

function TestClean:test_k_core()
  local list = draw(900)
  local wanted, passes = list, 0
  while true do
    local users, items = {}, {}
    for _, r in ipairs(wanted) do
      users[r.user], items[r.item] = (users[r.user] or 0) + 1, (items[r.item] or 0) + 1
    end
    local left = filter(wanted, function(r) return users[r.user] >= 8 and items[r.item] >= 12 end)
    if #left == #wanted then break end
    wanted, passes = left, passes + 1
  end
  lu.assertTrue(passes > 1 and #wanted > 0)
  local cleaned = check_step(list, { "k_core", users = 8, items = 12 }, wanted)
  lu.assertEquals(cleaned.cleaning[1].passes, passes)
  lu.assertEquals(cleaned.cleaning[1].line, ("k-core 8 a user, 12 an item: 900 -> %d rows, %d users, %d items, %d passes")
    :format(#wanted, cleaned.users, cleaned.items, passes))
end

function TestClean:test_time_range()
  local list = draw(300)
  local function wanted(r) return r.time >= 1050 and r.time < 1150 end
  check_step(list, { "time_range", from = 1050, to = 1150 }, filter(list, wanted))
  check_step(list, { "time_range", from = "1970-01-01 00:17:30", to = "1970-01-01T00:19:10Z" }, filter(list, wanted))
  check_step(list, { "time_range", 1050 }, filter(list, function(r) return r.time >= 1050 end))
end

function TestClean:test_a_sample_keeps_whole_users_and_does_not_know_the_others()
  local list = draw(800)
  local cleaned = read(list, { { "sample", 0.5, seed = 3 } })
  local stays = {}
  for _, name in ipairs(cleaned.user_ids:strings()) do stays[name] = true end
  check_step(list, { "sample", share = 0.5, seed = 3 }, filter(list, function(r) return stays[r.user] end))
  local fewer = filter(list, function(r) return r.row % 3 > 0 or r.user == "u1" end)
  for _, name in ipairs(read(fewer, { { "sample", 0.5, seed = 3 } }).user_ids:strings()) do
    lu.assertTrue(stays[name])
  end
end

function TestClean:test_a_label_rule_drops_nothing()
  local list = draw(200)
  local cleaned = read(list, { { "label", "rating >= 3 or genre == 'War'" } })
  lu.assertEquals({ cleaned.rows, cleaned.rule }, { 200, "'rating >= 3 or genre == 'War''" })
  local count = 0
  for _, r in ipairs(list) do if (r.rating or 0) >= 3 or r.genre == "War" then count = count + 1 end end
  lu.assertEquals(cleaned.label:count(), count)
  lu.assertStrContains(cleaned.cleaning[1].line, ("%.1f %% positive"):format(100 * count / 200))
  local by_function = read(list, { { "label", function(r) return r.rating == r.rating and r.rating >= 3 or r.genre == "War" end } })
  lu.assertEquals(by_function.label:totable(), cleaned.label:totable())
end

function TestClean:test_steps_run_in_order_and_their_card_goes_along()
  local list = draw(900)
  local steps = { { "where", "rating > 1" }, { "duplicates", "last" }, { "k_core", 3 } }
  local cleaned = read(list, steps)
  require("lis.util.settings").quiet = true
  local by_hand = clean.k_core(clean.duplicates(clean.where(read(list, { { "where", "time > 0" } }),
    { "user ~= ''" }), { keep = "last" }), { k = 3 })
  lu.assertEquals(#cleaned.cleaning, 3)
  lu.assertEquals(#by_hand.cleaning, 4)
  lu.assertEquals(cleaned.cleaning[2].before, cleaned.cleaning[1].after)
  lu.assertEquals(cleaned.cleaning[3].options, { users = 3, items = 3 })
  local data = require("lis.study.outcome").log_data(cleaned)
  lu.assertEquals(core.base.json_decode(core.base.json_encode(data)).cleaning[3].line, cleaned.cleaning[3].line)
  lu.assertEquals(lis.clean, clean)
end

function TestClean:test_what_belongs_to_rows_and_items_moves_with_them()
  local t = core.tensor
  local function i32(list) return t.from(list, "i32") end
  local ids = core.data.read_table(write(draw(60)), { types = { item_id = "string" } }):dict "item_id"
  local made = log.from_columns {
    user = i32 { 0, 1, 2, 0 }, item = i32 { 3, 1, 3, 2 }, time = t.from({ 1, 2, 3, 4 }, "i64"),
    label = t.from({ 1, 0, 0, 1 }, "u8"), users = 3, items = ids:size(), item_ids = ids,
    fields = { query = i32 { 2, -1, 1, 3 } },
    lists = { tags = { row = i32 { 0, 1, 2, 0 }, offset = t.from({ 0, 1, 1, 2 }, "i64"), code = i32 { 0, 1 } } },
    seeds = { row = i32 { 0, -1, 1, 1 }, offset = t.from({ 0, 1, 2 }, "i64"), item = i32 { 4, 3 } },
    tables = { item = { table = "any", row = t.arange(ids:size(), "i32") } },
  }
  local cleaned = clean(made, { { "where", "user ~= 1" } }, QUIET)
  lu.assertEquals({ cleaned.rows, cleaned.users, cleaned.items }, { 3, 2, 3 }) -- item 4 is known to histories alone
  local function item(code) return ids:encode(cleaned.item_ids:decode(code)) end
  lu.assertEquals({ item(cleaned.item[1]), item(cleaned.item[2]), item(cleaned.item[3]) }, { 3, 3, 2 })
  lu.assertEquals({ item(cleaned.fields.query[1]), cleaned.fields.query[2], item(cleaned.fields.query[3]) }, { 2, -1, 3 })
  lu.assertEquals(cleaned.lists.tags.row:totable(), { 0, 2, 0 })
  lu.assertEquals(cleaned.seeds.row:totable(), { 0, 1, 1 })
  lu.assertEquals({ item(cleaned.seeds.item[1]), item(cleaned.seeds.item[2]) }, { 4, 3 })
  lu.assertEquals(cleaned.tables.item.row:totable(), { 3, 2, 4 })
  lu.assertEquals(cleaned:histories():row(1, 9), { cleaned.seeds.item[1] })
end

function TestClean:test_mistakes_are_named()
  local list = draw(50)
  local function fails(steps, message) lu.assertErrorMsgContains(message, read, list, steps) end
  fails({ { "k_cor" } }, "lis.log.read: clean[1]: no step 'k_cor'; did you mean 'k_core'?; known are duplicates, k_core")
  fails({ { "duplicates" }, { "k_core", user = 3 } },
    "clean[2], 'k_core': unknown option 'user'; did you mean 'users'?")
  fails({ { "where", "ratng > 3" } }, "column 'ratng' at 1: no such column; did you mean 'rating'?")
  fails({ { "where", "rating >" } }, "clean[1], 'where': at 9: wanted a column")
  fails({ { "where", "rating > 50" } }, "clean[1], 'where': none of 50 rows is left")
  fails({ { "where" } }, "option 'rule' is required: an expression or a function of the row")
  fails({ { "where", "x", rule = "y" } }, "has 'rule' twice")
  fails({ { "time_range", from = "yesterday" } }, "option 'from' is no time: wanted seconds, \"2019-11-14\"")
  fails({ { "time_range", from = 5, to = 5 } }, "`from` must be before `to`")
  fails({ { "time_range" } }, "wants `from`, `to` or both")
  fails({ { "duplicates", "max" } }, "keep = \"max\" and of = \"COLUMN\" belong together")
  fails({ { "duplicates", keep = "max", of = "ratin" } }, "column 'ratin' at 1: no such column; did you mean 'rating'?")
  fails({ { "sample" } }, "option 'share' is required")
  fails({ { "sample", 2 } }, "option 'share' must be at most 1, got 2")
  fails({ "k_core" }, "clean[1]: wants { \"STEP\", options }, got the string 'k_core'")
  fails({ { "where", function(r) return r.ratng > 3 end } }, "reads 'ratng', but the columns are")
  lu.assertErrorMsgContains("wants a log first", clean, {}, {})
  lu.assertErrorMsgContains("unknown option 'loud'", clean, read(list), {}, { loud = true })
end

function TestClean:test_with_a_preset()
  local folder = os.tmpname()
  os.remove(folder)
  core.base.make_folder(folder)
  core.base.save(folder .. "/x.inter", "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    .. "u1\ti1\t5\t30\nu2\ti1\t2\t10\nu1\ti2\t2\t20\nu3\ti3\t5\t20\n")
  local cleaned = log.read(folder, { preset = "recbole", quiet = true, clean = { { "where", "rating < 3 or user == 'u1'" } } })
  lu.assertEquals({ cleaned.rows, cleaned.users, cleaned.items }, { 3, 2, 2 })
  lu.assertEquals(cleaned.cleaning[1].line, "where rating < 3 or user == 'u1': 4 -> 3 rows, 2 users, 2 items")
  lu.assertErrorMsgContains("no step 'sampel'; did you mean 'sample'?", log.read, folder,
    { preset = "recbole", clean = { { "sampel" } } })
  os.remove(folder .. "/x.inter")
  os.remove(folder)
end

os.exit((function()
  local failed = lu.LuaUnit.run()
  os.remove(path)
  return failed
end)(), true)
