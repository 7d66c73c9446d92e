-- docs/writing-a-protocol.md shows recipes/protocol as they are, and each runs, at a small size, to its answer.
-- usage: lisrun --loose test_protocol.lua LISRUN ROOT [luaunit options]
local lu = require "luaunit"
local lfs = require "lfs"

local lisrun, root = table.remove(arg, 1), table.remove(arg, 1)

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

local function run(name)
  local pipe = assert(io.popen(("%s %s/recipes/protocol/%s.lua --quiet --impressions 10000 2>&1"):format(lisrun, root, name)))
  local output = pipe:read "a"
  local _, _, code = pipe:close()
  lu.assertEquals(code, 0, output)
  return output
end

local function holds(said, clauses)
  lu.assertNil(said:find("BROKEN", 1, true), said)
  lu.assertStrContains(said, ("%d of %d clauses hold."):format(clauses, clauses))
  lu.assertStrContains(said, "2 of 2 clauses hold.") -- of the coin flips
end

TestProtocol = {}

function TestProtocol:test_constructor()
  local said = run "constructor"
  holds(said, 12)
  lu.assertStrContains(said, "next item: LIS")
end

function TestProtocol:test_channel()
  local said = run "channel"
  holds(said, 6)
  lu.assertStrMatches(said, ".*two tastes: LIS [+-]%d.*\nSimTier: LIS [+-]%d[^\n]*\n")
end

function TestProtocol:test_ranker()
  local said = run "ranker"
  holds(said, 5)
  lu.assertStrMatches(said, ".*two towers: base AUC 0%.%d+, LIS .*DeepFM: base AUC 0%.[67][^\n]*\n")
end

function TestProtocol:test_metric()
  local said = run "metric"
  lu.assertStrContains(said, "value@1 change")
  lu.assertStrMatches(said, ".*co%-engagement +value@1 +[+-]%d.*")
end

function TestProtocol:test_shape()
  lu.assertStrMatches(run "shape", ".*\nContent beside clicks adds [+-]0%.%d+ %[[+-]%d.*%]%.\n")
end

local doc = read(root .. "/docs/writing-a-protocol.md")
for file in lfs.dir(root .. "/recipes/protocol") do
  local name = file:match "^([%w_]+)%.lua$"
  if name then
    TestProtocol["test_the_page_shows_" .. name] = function()
      local code = read(root .. "/recipes/protocol/" .. file)
      lu.assertEquals(doc:match("`recipes/protocol/" .. name .. "%.lua`:\n\n```lua\n(.-)```"), code)
      lu.assertTrue(select(2, code:gsub("\n", "\n")) < 50, "a protocol fits in under 50 lines")
      lu.assertNotNil(TestProtocol["test_" .. name], "no test here runs it")
    end
  end
end

os.exit(lu.LuaUnit.run(), true)
