-- Columnar caches as Lua sees them. The bytes, and damage to them, are checked in C.
local lu = require "luaunit"
local core = require "lis.core"
local data, tensor = core.data, core.tensor

local folder = os.tmpname()
os.remove(folder)
core.base.make_folder(folder)

TestCache = {}

function TestCache:test_arrays_come_back()
  local path = folder .. "/arrays.lisd"
  local writer = data.cache_writer(path, { frame = 3 })
  writer:append("time", tensor.from({ 5, 6, 7, 7 }, "i64"))
  writer:append("score", tensor.from({ 0.5, -1, 2 }, "f32"))
  writer:append("time", tensor.from({ 9 }, "i64"))
  writer:note("name", "a log")
  lu.assertErrorMsgContains("column 'time' began as i64, this is i32", writer.append, writer, "time",
    tensor.from({ 9 }, "i32"))
  writer:commit()
  lu.assertErrorMsgContains("begin anew", writer.append, writer, "time", tensor.from({ 9 }, "i64"))
  local cache = data.open_cache(path)
  lu.assertEquals(cache:names(), { "time", "score" })
  lu.assertEquals({ cache:array "time" }, { "i64", 5, select(3, cache:array "time") })
  lu.assertEquals(cache:read("time"):totable(), { 5, 6, 7, 7, 9 })
  lu.assertEquals(cache:read("time", { first = 3, last = 5 }):totable(), { 7, 7, 9 })
  lu.assertEquals(#cache:read("time", { first = 6 }), 0)
  lu.assertEquals(cache:read("score"):totable(), { 0.5, -1, 2 })
  lu.assertEquals({ cache:note "name", cache:note "other" }, { "a log" })
  lu.assertEquals({ cache:has "time", cache:has "user" }, { true, false })
  lu.assertEquals(select(2, cache:bytes()), 5 * 8 + 3 * 4)
  lu.assertEquals(#cache:hash(), 16)
  lu.assertErrorMsgContains("no column 'user'", cache.read, cache, "user")
  lu.assertErrorMsgContains("outside [0, 7)", cache.read, cache, "time", { low = 0, limit = 7 })
  lu.assertErrorMsgContains("unknown option 'frist'", cache.read, cache, "time", { frist = 1 })
  cache:close()
  lu.assertErrorMsgContains("the cache was closed", cache.names, cache)
end

function TestCache:test_tables_dictionaries_and_histories()
  local text = folder .. "/log.csv"
  core.base.save(text, "user,item,time,rating\nb,x,5,2.5\na,y,6,\nb,x,7,3\n")
  local t = data.read_table(text)
  local history = data.history { user = t:column "user", item = t:column "item", time = t:column "time" }
  for _, way in ipairs { "zstd", "none" } do
    local path = folder .. "/log.lisd"
    local writer <close> = data.cache_writer(path, { compress = way, level = 3 })
    writer:table(t)
    writer:dict("people", t:dict "user")
    writer:history("past", history)
    writer:commit()
    local cache <close> = data.open_cache(path, { unpack_max = 1 << 20 })
    local back = cache:table()
    lu.assertEquals(tostring(back), tostring(t))
    for _, name in ipairs(t:names()) do
      lu.assertEquals(back:column(name):hash(), t:column(name):hash())
    end
    lu.assertEquals(back:dict("item"):strings(), { "x", "y" })
    lu.assertEquals(cache:dict("people"):encode "a", 1)
    local past = cache:history("past", 3, 2)
    lu.assertEquals({ past:row(1), past:row(2), past:row(3) }, { {}, {}, { 0 } })
    lu.assertTrue(cache:has "past" and cache:has "people")
    lu.assertErrorMsgContains("has 3 elements, wanted 4", cache.history, cache, "past", 4, 2)
  end
end

function TestCache:test_without_a_commit_nothing_is_left()
  local path = folder .. "/given_up.lisd"
  local writer = data.cache_writer(path)
  writer:append("x", tensor.arange(10))
  writer:close()
  lu.assertErrorMsgContains("cannot open", data.open_cache, path)
  core.base.save(path, "something else")
  lu.assertErrorMsgContains("is no columnar cache", data.open_cache, path)
end

local status = lu.LuaUnit.run()
for _, name in ipairs { "arrays.lisd", "log.csv", "log.lisd", "given_up.lisd" } do os.remove(folder .. "/" .. name) end
os.remove(folder)
os.exit(status, true)
