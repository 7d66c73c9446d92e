local lu = require "luaunit"
local nearest = require "lis.util.nearest"

TestNearest = {}

function TestNearest:test_distance()
  lu.assertEquals(nearest.distance("", ""), 0)
  lu.assertEquals(nearest.distance("", "abc"), 3)
  lu.assertEquals(nearest.distance("kitten", "sitting"), 3)
  lu.assertEquals(nearest.distance("seeds", "sedes"), 1) -- a swap
  lu.assertEquals(nearest.distance("Out", "out"), 0.5)
end

function TestNearest:test_find()
  local names = { "out", "seeds", "seed", "threads" }
  lu.assertEquals(nearest.find("seads", names), "seeds")
  lu.assertEquals(nearest.find("sed", names), "seed")
  lu.assertEquals(nearest.find("thr", names), "threads")
  lu.assertNil(nearest.find("verbose", names))
  lu.assertNil(nearest.find("x", { "y" })) -- nothing would be left of it
  lu.assertEquals(nearest.find("Seed", names), "seed")
  lu.assertNil(nearest.find("seven letters more or less", { "seven characters, more and less" }))
  lu.assertNil(nearest.find("anything", {}))
end

function TestNearest:test_a_prefix_of_two_names_is_no_hint()
  lu.assertNil(nearest.find("al", { "alphabetical", "alternating" }))
end

function TestNearest:test_hint()
  lu.assertEquals(nearest.hint("fold", { "folds" }), "; did you mean 'folds'?")
  lu.assertEquals(nearest.hint("zzz", { "folds" }), "")
end

function TestNearest:test_keys()
  lu.assertEquals(nearest.keys{ b = 1, a = 2, 7, [true] = 1 }, { "a", "b" })
end

os.exit(lu.LuaUnit.run(), true)
