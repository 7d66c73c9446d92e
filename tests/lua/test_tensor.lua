local lu = require "luaunit"
local core = require "lis.core"
local tensor = core.tensor

local function near(got, wanted, tolerance)
  lu.assertEquals(#got, #wanted)
  for i = 1, #wanted do
    if type(wanted[i]) == "table" then
      near(got[i], wanted[i], tolerance)
    else
      lu.assertAlmostEquals(got[i], wanted[i], tolerance or 1e-6)
    end
  end
end

local function fails(pattern, f, ...)
  local ok, message = pcall(f, ...)
  lu.assertFalse(ok)
  lu.assertStrMatches(message, ".*" .. pattern .. ".*")
end

-- ---- making

TestMaking = {}

function TestMaking:test_new_is_zeroed()
  for _, dtype in ipairs { "f32", "f64", "i32", "i64", "u8" } do
    local t = tensor.new(dtype, 2, 3)
    lu.assertEquals(t:dtype(), dtype)
    lu.assertEquals(t:shape(), { 2, 3 })
    lu.assertEquals(t:totable(), { { 0, 0, 0 }, { 0, 0, 0 } })
  end
end

function TestMaking:test_from_nested_tables()
  lu.assertEquals(tensor.from({ 1, 2, 3 }, "i32"):totable(), { 1, 2, 3 })
  lu.assertEquals(tensor.from({ { 1, 2 }, { 3, 4.5 } }):totable(), { { 1, 2 }, { 3, 4.5 } })
  lu.assertEquals(tensor.from({ { { 1 }, { 2 } } }):shape(), { 1, 2, 1 })
  lu.assertEquals(tensor.from({}):shape(), { 0 })
end

function TestMaking:test_from_names_what_is_wrong()
  fails("bad argument 'list' to core.tensor.from: ragged", tensor.from, { { 1, 2 }, { 3 } })
  fails("item 2: wanted a number, got string", tensor.from, { 1, "2" })
  fails("300 does not fit u8", tensor.from, { 300 }, "u8")
  fails("bad argument 'dtype' to core.tensor.from: wanted 'f32', 'f64', .* or 'u8', got 'float'",
    tensor.from, { 1 }, "float")
  fails("bad argument 'shape' to core.tensor.new: wanted an integer >= 0, got %-1", tensor.new, "f32", -1)
  fails("wanted 1 to 4 sizes, got 0", tensor.new, "f32")
end

function TestMaking:test_full_arange_normal()
  lu.assertEquals(tensor.full("i64", 7, 2, 2):totable(), { { 7, 7 }, { 7, 7 } })
  lu.assertEquals(tensor.arange(4):totable(), { 0, 1, 2, 3 })
  lu.assertEquals(tensor.arange(2, "f64"):totable(), { 0, 1 })
  fails("256 does not fit u8", tensor.arange, 300, "u8")
  local a = tensor.normal({ 100, 50 }, { seed = 1, purpose = "test", scale = 2 })
  lu.assertAlmostEquals(a:mean(), 0, 0.1)
  lu.assertAlmostEquals(a:variance(), 4, 0.25)
  lu.assertEquals(a:hash(), tensor.normal({ 100, 50 }, { seed = 1, purpose = "test", scale = 2 }):hash())
  lu.assertNotEquals(a:hash(), tensor.normal({ 100, 50 }, { seed = 2, purpose = "test", scale = 2 }):hash())
  fails("unknown option 'sede'; did you mean 'seed'%?", tensor.normal, { 3 }, { sede = 1 })
  fails("option 'scale': wanted a number, got string", tensor.normal, { 3 }, { scale = "1" })
end

function TestMaking:test_concat()
  local a, b = tensor.from({ { 1, 2 } }), tensor.from({ { 3, 4 }, { 5, 6 } })
  lu.assertEquals(tensor.concat({ a, b }):totable(), { { 1, 2 }, { 3, 4 }, { 5, 6 } })
  lu.assertEquals(tensor.concat({ b, b:T() }, 2):totable(), { { 3, 4, 3, 5 }, { 5, 6, 4, 6 } })
  fails("part 2, f32 %[2, 2%], does not fit behind part 1, f32 %[1, 2%]", tensor.concat, { a, b }, 2)
  fails("wanted a list of tensors, got an empty one", tensor.concat, {})
  fails("bad argument 'parts' to core.tensor.concat: wanted lis.tensor, got number", tensor.concat, { a, 1 })
end

function TestMaking:test_is()
  lu.assertTrue(tensor.is(tensor.new("f32", 1)))
  lu.assertFalse(tensor.is({}))
  lu.assertFalse(tensor.is(io.stdout))
  lu.assertFalse(tensor.is(nil))
end

-- ---- elements and views

TestViews = {}

function TestViews:test_elements_are_one_based()
  local t = tensor.from({ { 1, 2, 3 }, { 4, 5, 6 } }, "i32")
  lu.assertEquals(t:get(2, 3), 6)
  lu.assertEquals(math.type(t:get(1, 1)), "integer")
  lu.assertEquals(math.type(t:to("f32"):get(1, 1)), "float")
  lu.assertEquals(t[2][1], 4)
  lu.assertNil(t[3])
  lu.assertNil(t[0])
  t:set(1, 2, 20)
  t[2][3] = 60
  lu.assertEquals(t:totable(), { { 1, 20, 3 }, { 4, 5, 60 } })
  fails("bad argument 'index' to tensor:get: index 3 is outside 1 to 2", t.get, t, 3, 1)
  fails("i32 %[2, 3%] takes 2 indices, got 1", t.get, t, 1)
  fails("wanted an integer, got 1.5", t.get, t, 1.5, 1)
  fails("2147483648 does not fit i32", t.set, t, 1, 1, 2 ^ 31)
  fails("wanted a number, got string", t.set, t, 1, 1, "5")
end

function TestViews:test_long_integers_stay_exact()
  local t = tensor.new("i64", 2)
  t[1] = (1 << 53) + 1
  t:set(2, math.mininteger)
  lu.assertEquals(t:totable(), { 9007199254740993, math.mininteger })
end

function TestViews:test_ipairs_stops_at_the_end()
  local seen = {}
  for i, v in ipairs(tensor.from({ 3, 1, 2 }, "i32")) do seen[i] = v end
  lu.assertEquals(seen, { 3, 1, 2 })
end

function TestViews:test_rows_are_assigned_whole()
  local t = tensor.new("f32", 3, 2)
  t[1] = 5
  t[2] = tensor.from({ 1, 2 }, "i32")
  lu.assertEquals(t:totable(), { { 5, 5 }, { 1, 2 }, { 0, 0 } })
  fails("shapes differ", function() t[3] = tensor.from({ 1, 2, 3 }) end)
  fails("index 4 is outside 1 to 3", function() t[4] = 1 end)
end

function TestViews:test_views_share_what_they_show()
  local t = tensor.from({ { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } })
  lu.assertEquals(t:slice(1, 2, 3):totable(), { { 4, 5, 6 }, { 7, 8, 9 } })
  lu.assertEquals(t:slice(2, 1, 2):totable(), { { 1, 2 }, { 4, 5 }, { 7, 8 } })
  lu.assertEquals(t:select(2, 3):totable(), { 3, 6, 9 })
  lu.assertEquals(t:T():totable(), { { 1, 4, 7 }, { 2, 5, 8 }, { 3, 6, 9 } })
  lu.assertEquals(t:reshape(9):size(), 9)
  lu.assertEquals(t:reshape({ -1, 1 }):shape(), { 9, 1 })
  lu.assertEquals(t:slice(1, 3, 2):shape(), { 0, 3 })
  t:slice(1, 1, 1):fill(0)
  t:T()[1][2] = 44
  lu.assertEquals(t:totable(), { { 0, 0, 0 }, { 44, 5, 6 }, { 7, 8, 9 } })
  local copy = t:copy()
  copy:fill(1)
  lu.assertEquals(t:get(3, 3), 9)
  fails("bad argument 'end' to tensor:slice: wanted an integer from 1 to 3, got 4", t.slice, t, 1, 2, 4)
  fails("index 3 is outside 1 to 2", t.slice, t, 3, 1, 1)
  fails("cannot reshape f32 %[3, 3%] of 9 elements to %[2, any%]", t.reshape, t, 2, -1)
  fails("cannot reshape the strided view", function() return t:T():reshape(9) end)
end

function TestViews:test_a_view_outlives_its_tensor()
  local view = tensor.from({ { 1, 2 }, { 3, 4 } }):select(1, 2)
  collectgarbage()
  collectgarbage()
  lu.assertEquals(view:totable(), { 3, 4 })
end

function TestViews:test_closed_tensors_say_so()
  local t = tensor.new("f32", 3)
  t:close()
  t:close()
  lu.assertEquals(tostring(t), "tensor (closed)")
  fails("bad argument 'self' to tensor:sum: the tensor was closed", t.sum, t)
  do
    local scoped <close> = tensor.new("f32", 2)
    t = scoped
  end
  lu.assertEquals(tostring(t), "tensor (closed)")
  lu.assertEquals(getmetatable(t), "lis.tensor")
end

function TestViews:test_conversion()
  local t = tensor.from({ 1.7, -1.7 }, "f64")
  lu.assertEquals(t:to("i32"):totable(), { 1, -1 })
  fails("element 2, %-1.7", t.to, t, "u8")
end

function TestViews:test_hash_is_of_the_content()
  local t = tensor.from({ { 1, 2 }, { 3, 4 } })
  lu.assertEquals(t:hash(), t:copy():hash())
  lu.assertEquals(t:T():hash(), t:T():copy():hash())
  lu.assertNotEquals(t:hash(), t:T():hash())
  lu.assertEquals(#t:hash(), 16)
end

-- ---- arithmetic

TestArithmetic = {}

function TestArithmetic:test_operators_and_stretching()
  local t = tensor.from({ { 1, 2 }, { 3, 4 } })
  local row, column = tensor.from({ 10, 20 }), tensor.from({ { 100 }, { 200 } })
  lu.assertEquals((t + row):totable(), { { 11, 22 }, { 13, 24 } })
  lu.assertEquals((t + column):totable(), { { 101, 102 }, { 203, 204 } })
  lu.assertEquals((1 - t):totable(), { { 0, -1 }, { -2, -3 } })
  lu.assertEquals((t * t):totable(), { { 1, 4 }, { 9, 16 } })
  lu.assertEquals((t / 2):totable(), { { 0.5, 1 }, { 1.5, 2 } })
  lu.assertEquals((2 / t):totable()[2][2], 0.5)
  lu.assertEquals((-t):totable(), { { -1, -2 }, { -3, -4 } })
  lu.assertEquals((t ^ 2):totable(), { { 1, 4 }, { 9, 16 } })
  fails("cannot add f32 %[2, 2%] and f32 %[3%]: sizes 2 and 3 of dimension 2 differ", function()
    return t + tensor.from({ 1, 2, 3 })
  end)
  fails("bad argument 'right': wanted lis.tensor, got string", function() return t + "1" end)
end

function TestArithmetic:test_result_types()
  local u8, i32, i64 = tensor.new("u8", 2), tensor.new("i32", 2), tensor.new("i64", 2)
  local f32, f64 = tensor.new("f32", 2), tensor.new("f64", 2)
  lu.assertEquals((u8 + u8):dtype(), "i32")
  lu.assertEquals((i32 + i64):dtype(), "i64")
  lu.assertEquals((i32 + 1):dtype(), "i32")
  lu.assertEquals((i32 + (1 << 40)):dtype(), "i64")
  lu.assertEquals((i32 + 0.5):dtype(), "f64")
  lu.assertEquals((i32 / 2):dtype(), "f64")
  lu.assertEquals((f32 + 0.1):dtype(), "f32")
  lu.assertEquals((f32 + u8):dtype(), "f32")
  lu.assertEquals((f32 + i64):dtype(), "f64")
  lu.assertEquals((f32 * f64):dtype(), "f64")
  lu.assertEquals((i64 - 1):dtype(), "i64")
  fails("the result of element 1 does not fit i32", function()
    return tensor.from({ 2147483647 }, "i32") + 1
  end)
end

function TestArithmetic:test_in_place_returns_self()
  local t = tensor.from({ 1, 2, 3 })
  local same = t:add_(tensor.from({ 1, 1, 1 }), 10):mul_(2):add_(1)
  lu.assertTrue(rawequal(same, t))
  lu.assertEquals(t:totable(), { 23, 25, 27 })
  fails("does not stretch to f32 %[3%], which is updated in place", t.add_, t, tensor.new("f32", 2, 3))
end

function TestArithmetic:test_functions()
  local t = tensor.from({ 0.25, 1, 4 }, "f64")
  near(t:sqrt():totable(), { 0.5, 1, 2 })
  near(t:log():exp():totable(), { 0.25, 1, 4 })
  near((-t):abs():totable(), { 0.25, 1, 4 })
  near(tensor.from({ -1000, 0, 1000 }):sigmoid():totable(), { 0, 0.5, 1 })
  near(tensor.from({ 0.5 }):tanh():totable(), { 0.46211715726 })
  near(t:pow(0.5):totable(), { 0.5, 1, 2 })
  lu.assertEquals(t:clamp(0.5, 2):totable(), { 0.5, 1, 2 })
  lu.assertEquals(t:clamp(nil, 2):totable(), { 0.25, 1, 2 })
  lu.assertEquals(t:clamp(0.5):totable(), { 0.5, 1, 4 })
  lu.assertEquals(t:maximum(tensor.from({ 1, 1, 1 }, "f64")):totable(), { 1, 1, 4 })
  lu.assertEquals(t:minimum(1):totable(), { 0.25, 1, 1 })
  lu.assertEquals(tensor.from({ 5, -5 }, "i32"):clamp(-1, 1):dtype(), "i32")
end

function TestArithmetic:test_comparison_and_logic()
  local t = tensor.from({ 1, 2, 3 }, "i32")
  lu.assertEquals(t:lt(2):totable(), { 1, 0, 0 })
  lu.assertEquals(t:le(2):totable(), { 1, 1, 0 })
  lu.assertEquals(t:gt(2.5):totable(), { 0, 0, 1 })
  lu.assertEquals(t:ge(2):totable(), { 0, 1, 1 })
  lu.assertEquals(t:eq(tensor.from({ 1, 0, 3 })):totable(), { 1, 0, 1 })
  lu.assertEquals(t:ne(2):dtype(), "u8")
  local a, b = t:gt(1), t:lt(3)
  lu.assertEquals(a:land(b):totable(), { 0, 1, 0 })
  lu.assertEquals(a:lor(b):totable(), { 1, 1, 1 })
  lu.assertEquals(a:lnot():totable(), { 1, 0, 0 })
  lu.assertEquals(a:nonzero():totable(), { 1, 2 })
  lu.assertEquals(a:count(), 2)
end

function TestArithmetic:test_reductions()
  local t = tensor.from({ { 1, 2, 3 }, { 4, 5, 9 } })
  lu.assertEquals(t:sum(), 24)
  lu.assertEquals(t:mean(), 4)
  lu.assertEquals(t:min(), 1)
  lu.assertEquals(t:max(), 9)
  lu.assertAlmostEquals(t:variance(), 8, 1e-12)
  lu.assertEquals(t:sum(1):totable(), { 5, 7, 12 })
  lu.assertEquals(t:mean(2):totable(), { 2, 6 })
  lu.assertEquals(t:max(2):totable(), { 3, 9 })
  near(t:variance(1):totable(), { 4.5, 4.5, 18 })
  lu.assertEquals(math.type(t:to("i32"):sum()), "integer")
  lu.assertEquals(t:to("u8"):sum(1):dtype(), "f64")
  lu.assertNotEquals(tensor.new("f32", 0):mean(), tensor.new("f32", 0):mean()) -- NaN
  fails("an empty tensor has no smallest", function() return tensor.new("f32", 0):min() end)
  fails("index 3 is outside 1 to 2", t.sum, t, 3)
end

-- ---- rows and codes

TestRows = {}

function TestRows:test_take_gathers_rows_and_zeros()
  local t = tensor.from({ { 1, 2 }, { 3, 4 } }, "i64")
  local index = tensor.from({ 1, -1, 0 }, "i32")
  lu.assertEquals(t:take(index):totable(), { { 3, 4 }, { 0, 0 }, { 1, 2 } })
  lu.assertEquals(t:T():take(index):totable(), { { 2, 4 }, { 0, 0 }, { 1, 3 } })
  lu.assertEquals(tensor.from({ 5, 6 }, "u8"):take(index):totable(), { 6, 0, 5 })
  fails("tensor:take: 'index' row 1: code 2 is outside %[0, 2%) and is not %-1", t.take, t,
    tensor.from({ 2 }, "i32"))
  fails("bad argument 'index' to tensor:take: wanted i32 %[any%], got f32 %[1%]", t.take, t, tensor.from({ 1 }))
end

function TestRows:test_scatter_add()
  local t = tensor.new("f32", 3, 2)
  local rows = tensor.from({ { 1, 2 }, { 10, 20 }, { 100, 200 } })
  t:scatter_add_(tensor.from({ 2, -1, 2 }, "i32"), rows)
  lu.assertEquals(t:totable(), { { 0, 0 }, { 0, 0 }, { 101, 202 } })
end

function TestRows:test_sorting_and_counting()
  local t = tensor.from({ 3, 1, 0 / 0, 1, -2 }, "f64")
  lu.assertEquals(t:argsort():totable(), { 4, 1, 3, 0, 2 })
  lu.assertEquals(tensor.from({ 3, 1, 3, 2 }, "i32"):unique():totable(), { 1, 2, 3 })
  local codes = tensor.from({ 2, 0, -1, 2 }, "i32")
  lu.assertEquals(codes:bincount(4):totable(), { 1, 0, 2, 0 })
  lu.assertEquals(codes:bincount(3, tensor.from({ 0.5, 2, 9, 0.25 })):totable(), { 2, 0, 0.75 })
  lu.assertEquals(codes:bincount(3):dtype(), "f64")
  fails("code 2 is outside %[0, 2%)", codes.bincount, codes, 2)
end

function TestRows:test_normalize_rows()
  near(tensor.from({ { 3, 4 }, { 0, 0 } }):normalize_rows():totable(), { { 0.6, 0.8 }, { 0, 0 } })
end

-- ---- linear algebra

TestLinearAlgebra = {}

function TestLinearAlgebra:test_matmul_with_views_and_flags()
  local a = tensor.from({ { 1, 2, 3 }, { 4, 5, 6 } })
  local wanted = { { 14, 32 }, { 32, 77 } }
  lu.assertEquals(tensor.matmul(a, a:T()):totable(), wanted)
  lu.assertEquals(tensor.matmul(a, a, { transpose_b = true }):totable(), wanted)
  lu.assertEquals(tensor.matmul(a:T(), a:T(), { transpose_a = true }):totable(), wanted)
  fails("core.tensor.matmul: cannot multiply 'a' f32 %[2, 3%] by 'b' f32 %[2, 3%]", tensor.matmul, a, a)
  fails("unknown option 'flip'; known are transpose_a, transpose_b", tensor.matmul, a, a, { flip = true })
end

function TestLinearAlgebra:test_ridge_recovers_a_map()
  local x = tensor.normal({ 200, 4 }, { seed = 1 })
  local w = tensor.from({ { 1, 2 }, { 3, 4 }, { -5, 6 }, { 0, 1 } })
  local y = tensor.matmul(x, w)
  near(tensor.ridge(x, y, { l2 = 1e-6 }):totable(), w:totable(), 1e-4)
  local weight = tensor.full("f32", 1, 200)
  weight[7] = 0
  y[7] = 1000 -- weight 0: it must not matter
  near(tensor.ridge(x, y, { l2 = 1e-6, weight = weight }):totable(), w:totable(), 1e-4)
  fails("bad argument 'y' to core.tensor.ridge: wanted f32 %[200, any%], got f32 %[199, 2%]", tensor.ridge, x,
    y:slice(1, 1, 199))
  fails("column 2 of 'x' is a combination .* raise l2", tensor.ridge, x:T():take(tensor.from({ 0, 0 }, "i32")):T(),
    y, { l2 = 0 })
end

function TestLinearAlgebra:test_procrustes_undoes_a_rotation()
  local angle = 0.7
  local r = tensor.from({ { math.cos(angle), math.sin(angle) }, { -math.sin(angle), math.cos(angle) } })
  local a = tensor.normal({ 50, 2 }, { seed = 3 })
  near(tensor.procrustes(a, tensor.matmul(a, r)):totable(), r:totable(), 1e-5)
end

-- ---- text, errors, memory

TestTelling = {}

function TestTelling:test_tostring_fits_a_screen()
  lu.assertEquals(tostring(tensor.from({ 1, 2.5 })), "f32 [2]  min 1, mean 1.75, max 2.5\n         1       2.5")
  lu.assertEquals(tostring(tensor.new("i32", 0)), "i32 [0]")
  local long = tostring(tensor.new("f64", 1000000, 100))
  lu.assertTrue(#long < 1000)
  lu.assertStrMatches(long, "f64 %[1000000, 100%]  min 0.*%.%.%..*")
  lu.assertStrContains(tostring(tensor.from({ 0 / 0, 1 })), "1 NaN")
  lu.assertStrContains(tostring(tensor.new("u8", 2, 3, 4)), "u8 [2, 3, 4]")
end

function TestTelling:test_errors_begin_with_the_users_line()
  local _, message = pcall(function()
    tensor.from({ 1 }):take(1)
  end)
  lu.assertStrMatches(message,
    ".*test_tensor%.lua:%d+: bad argument 'index' to tensor:take: wanted lis.tensor, got number")
end

function TestTelling:test_dropped_tensors_are_freed_in_time()
  -- 1000 tensors of 4 MB: without a word to the collector they would all be alive at once.
  for _ = 1, 1000 do tensor.new("f32", 1 << 20) end
  local alive = 0
  for line in io.lines("/proc/self/status") do
    alive = tonumber(line:match("VmRSS:%s*(%d+) kB")) or alive
  end
  lu.assertTrue(alive < 1000000)
end

TestThreads = {}

function TestThreads:test_bytes_do_not_depend_on_threads()
  local before = core.base.threads()
  local x = tensor.normal({ 5000, 33 }, { seed = 9 })
  local hashes = {}
  for threads = 1, 4 do
    core.base.threads(threads)
    local product = tensor.matmul(x, x:slice(1, 1, 33))
    hashes[threads] = product:hash() .. (x + x:mean(1)):hash() .. x:select(2, 5):argsort():hash()
      .. tensor.ridge(x, x):hash() .. string.format("%a", x:sum())
  end
  core.base.threads(before)
  for threads = 2, 4 do lu.assertEquals(hashes[threads], hashes[1]) end
end

os.exit(lu.LuaUnit.run(), true)
