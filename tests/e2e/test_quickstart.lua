-- The quickstart as a newcomer runs it, and what its results must show.
-- usage: lisrun --loose test_quickstart.lua LISRUN RECIPES [luaunit options]
local lu = require "luaunit"
local core = require "lis.core"

local lisrun, recipes = table.remove(arg, 1), table.remove(arg, 1)

local function run(...)
  local command = table.concat({ lisrun, recipes .. "/quickstart.lua", ... }, " ") .. " --quiet 2>&1"
  local pipe = assert(io.popen(command))
  local output = pipe:read "a"
  local _, _, code = pipe:close()
  return output, code
end

local folder = os.tmpname()
os.remove(folder)
local output, code = run("--out", folder)

local function results()
  local file = assert(io.open(folder .. "/results.json"), output)
  return core.base.json_decode(file:read "a")
end

local function auc_arms()
  local arms = {}
  for _, row in ipairs(results().arms) do
    if row.metric == "auc" then arms[(row.preference and row.preference .. " " or "") .. row.source] = row end
  end
  return arms
end

TestQuickstart = {}

function TestQuickstart:test_it_ends_well_with_an_answer()
  lu.assertEquals(code, 0, output)
  lu.assertStrContains(output, "Align on co-engagement first")
  lu.assertStrContains(output, "Bayes AUC")
  lu.assertStrContains(output, folder .. "/report.html")
end

function TestQuickstart:test_the_order_of_the_arms()
  local arms = auc_arms()
  lu.assertTrue(arms.oracle.delta > arms["co-engagement naive"].delta)
  lu.assertTrue(arms["co-engagement naive"].delta > arms["co-engagement crossfit"].delta)
  lu.assertTrue(arms["co-engagement crossfit"].delta > arms["co-exposure crossfit"].delta)
  lu.assertTrue(arms["co-engagement crossfit"].delta >= 0.015)
  lu.assertTrue(arms["co-engagement encoder:content"].delta > arms["raw:content"].delta)
end

function TestQuickstart:test_the_controls_lie_in_their_bands()
  local arms = auc_arms()
  for _, key in ipairs { "co-engagement placebo", "co-exposure placebo" } do
    lu.assertTrue(math.abs(arms[key].delta) <= 0.005, key .. " " .. arms[key].delta)
  end
  lu.assertTrue(arms.noise.delta <= 0.005)
  local seeds = arms.base.seeds
  lu.assertTrue(math.max(table.unpack(seeds)) - math.min(table.unpack(seeds)) <= 0.006)
  lu.assertTrue(results().data.bayes_auc > arms.oracle.value)
end

-- Bands in AUC (lua/lis/study/guard.lua): A/A within 0.004 of 0, placebo 0.005, past popularity 0.01; noise at most
-- 0.005; future popularity at most 0.002 and the past window at most 0.005 above the leaked table; content as it is
-- from -0.02 to 0.005 above naive; the oracle above all.
function TestQuickstart:test_every_control_lies_within_its_band()
  local seen = {}
  for _, guard in ipairs(results().guards) do
    lu.assertTrue(guard.pass, ("%s %+.4f, expected %s"):format(guard.name, guard.value, guard.expected))
    seen[guard.name] = true
  end
  for _, name in ipairs { "A/A", "noise vectors", "placebo (co-engagement)", "placebo (co-exposure)", "popularity, past",
    "future popularity less the leaked table", "past window less the leaked one (co-engagement)",
    "raw content (content)", "oracle above every other arm" } do
    lu.assertTrue(seen[name], name)
  end
end

function TestQuickstart:test_lis_is_the_larger_of_the_two_tables()
  local arms = auc_arms()
  for _, row in ipairs(results().scores) do
    local function net(source)
      return arms[row.preference .. " " .. source].delta - arms[row.preference .. " placebo"].delta
    end
    lu.assertAlmostEquals(row.lis, math.max(net "crossfit", net "shrunk:content"), 1e-9)
    lu.assertAlmostEquals(row.lis, net(row.lis_source), 1e-9)
  end
end

local status = lu.LuaUnit.run()
os.execute("rm -rf '" .. folder .. "'")
os.exit(status, true)
