-- Every recipe runs, at a small size, and its last lines say what they should.
-- usage: lisrun --loose test_recipes.lua LISRUN RECIPES [luaunit options]
local lu = require "luaunit"
local lfs = require "lfs"
local options = require "lis.options"

local lisrun, recipes = table.remove(arg, 1), table.remove(arg, 1)
local folder = os.tmpname()
os.remove(folder)

local function run(name, arguments, before)
  local pipe = assert(io.popen(("%s %s %s/%s.lua %s 2>&1"):format(lisrun, before or "", recipes, name, arguments)))
  local output = pipe:read "a"
  local _, _, code = pipe:close()
  return output, code
end

local function well(name, arguments, before)
  local output, code = run(name, arguments, before)
  lu.assertEquals(code, 0, output)
  return output
end

local function small(name, more) return well(name, ("--quiet --out %s/%s %s"):format(folder, name, more)) end

-- Every figure follows again from the scores that the recipe stored.
local function verified(path)
  local pipe = assert(io.popen(("%s verify %s/%s 2>&1"):format(lisrun, folder, path)))
  lu.assertStrContains(pipe:read "a", "every figure derived again")
  pipe:close()
end

local SIZE <const> = "--users 300 --items 200 --impressions 30000 --epochs 3 --seeds 2"

-- Recipes with a test of their own, or with data of their own.
local elsewhere = { first = "test_readme.lua", quickstart = "test_quickstart.lua", movielens = "test_bad_input.sh" }

TestRecipes = {}

-- At this size intervals are wide and an answer may fall either way: what is asked are orders that are plain.
function TestRecipes:test_cold_items()
  local said = small("cold_items", SIZE)
  local cold = tonumber(said:match "Coldest, below 30 train rows: LIS ([+-]%d%.%d+)")
  local warm = tonumber(said:match "Warmest, [^:]+: LIS ([+-]%d%.%d+)")
  lu.assertTrue(cold > 0.05 and warm < cold - 0.03, said)
  lu.assertStrMatches(said, ".*\nAnswer: [yt][^\n]+%.\n")
end

function TestRecipes:test_dose()
  local said = small("dose", SIZE)
  local function gain(share) return tonumber(said:match("co%-engagement +" .. share .. " %% +([+-]%d%.%d+)")) end
  lu.assertTrue(math.abs(gain(0)) < 0.008 and gain(100) > gain(0) + 0.005 and gain(100) > gain(25), said)
  lu.assertStrMatches(said, ".*\nThe gain %a+ with the dose.*\nAnswer: [^\n]+%.\n")
  verified "dose"
end

function TestRecipes:test_horizon()
  local said = small("horizon", SIZE)
  local near = tonumber(said:match "Answer: (%d+) %% of the gain lies in the next 12 hours%.\n$")
  lu.assertTrue(near and near >= 25 and near <= 120, said)
end

-- What frozen data keeps, on average over the later windows.
local function kept(said, score)
  local sum, count = 0, 0
  for share in said:match(score .. " of co%-engagement\n(.-)Answer"):gmatch "(%-?%d+) %%\n" do
    if count > 0 then sum = sum + share end
    count = count + 1
  end
  return sum / (count - 1), count
end

function TestRecipes:test_rolling()
  local said = small("rolling", SIZE)
  local pairs_keep, windows = kept(said, "LIS")
  lu.assertEquals(windows, 6)
  lu.assertTrue(pairs_keep < 60, said)
  lu.assertTrue(kept(said, "AIS content") > pairs_keep, said)
  verified "rolling/frozen"
end

function TestRecipes:test_score_import()
  local said = small("score_import", "--rows 5000")
  lu.assertStrContains(said, "Answer: Align on clicks first")
  lu.assertStrContains(said, "carts: LIS")
  local again = small("score_import", ("--data %s/score_import/scores.tsv"):format(folder))
  lu.assertEquals(again:match "Answer:.*", said:match "Answer:.*")
end

-- The claim itself, at the recipe's own size.
function TestRecipes:test_lis_vs_ais()
  local said = small("lis_vs_ais", "")
  lu.assertStrContains(said, "8 of 8 within [AIS - 0.005, oracle]")
  local tau = tonumber(said:match "tau%(LIS, AIS%) (%-?[%d.]+)")
  lu.assertTrue(tau and tau >= 0.7, said)
end

function TestRecipes:test_which_data()
  local said = small("which_data", SIZE)
  lu.assertStrMatches(said, ".*p, Holm.*content neighbours .*Answer: .*")
end

-- News impressions by coin flips in MIND's own format: every user comes once or twice, with a past.
local function write_news(path)
  local state = 1
  local function below(n)
    state = (state * 6364136223846793005 + 1442695040888963407) & 0x7fffffffffffffff
    return (state >> 33) % n
  end
  local function items(count, mark)
    local list = {}
    for k = 1, count do list[k] = ("N%d%s"):format(below(600), mark()) end
    return table.concat(list, " ")
  end
  local lines = {}
  for i = 1, 1500 do
    lines[i] = ("%d\tU%d\t11/%d/2019 %d:%02d:00 AM\t%s\t%s"):format(i, below(1200), 9 + i // 300, 1 + i % 11, i % 60,
      items(6, function() return "" end), items(8, function() return below(8) == 0 and "-1" or "-0" end))
  end
  local file <close> = assert(io.open(path, "w"))
  file:write(table.concat(lines, "\n"), "\n")
end

function TestRecipes:test_mind()
  lfs.mkdir(folder)
  lfs.mkdir(folder .. "/news")
  write_news(folder .. "/news/behaviors.tsv")
  local said = small("mind", ("--seeds 2 --epochs 2 --data %s/news"):format(folder))
  lu.assertStrContains(said, "Answer: no; the naive gain is users' own test clicks")
end

-- 34 MB of columns go through 14 MB, and the resident set stays below them too.
function TestRecipes:test_larger_than_memory()
  local said = well("larger_than_memory", "--rows 2000000 --chunk 50000 --json", "--quiet --max-memory 14M")
  local found = require("lis.core").base.json_decode(said:match "\n({.*)\n$")
  lu.assertTrue(found.auc > 0.8, said)
  for _, step in ipairs(found.steps) do lu.assertTrue(step.peak_bytes < 34e6, said) end
end

function TestRecipes:test_convert()
  local peaks = {}
  for i, rows in ipairs { 50000, 400000 } do
    local said = well("convert", ("--quiet --json --rows %d --bytes 500000"):format(rows), "--threads 1")
    local found = require("lis.core").base.json_decode(said:match "\n({.*)\n$")
    lu.assertEquals(found.rows, rows)
    peaks[i] = found.peak_bytes
  end
  lu.assertTrue(peaks[2] < peaks[1] + 12e6, table.concat(peaks, " "))
end

function TestRecipes:test_bench_ops()
  lu.assertStrMatches(well("bench_ops", "--quiet --rows 3000 --only linear"), "linear +%d+ rows/s .*\n")
end

function TestRecipes:test_bench_ranker()
  lu.assertStrMatches(well("bench_ranker", "--quiet --rows 3000 --model deepfm"), "deepfm, batch 1024, .* rows/s.*\n")
end

function TestRecipes:test_bench_engine()
  lu.assertStrContains(well("bench_engine", "--quiet --rows 5000 --task auc"), "auc")
end

function TestRecipes:test_bench_precision()
  lu.assertStrContains(well("bench_precision", "--quiet --ranker deepfm --impressions 5000 --epochs 1 --hidden 8 --seeds 2"),
    "bf16")
end

-- The first words of a recipe are its question; --help shows them and the options.
for name in lfs.dir(recipes) do
  name = name:match "^([%w_]+)%.lua$"
  if name then
    TestRecipes["test_help_of_" .. name] = function()
      local output, code = run(name, "--help")
      lu.assertEquals(code, 0, output)
      local first = options.leading_comment(("%s/%s.lua"):format(recipes, name)):match "^[^\n]+"
      lu.assertStrContains((output:gsub("%s+", " ")), (first:gsub("%s+", " ")))
      lu.assertStrContains(output, "--threads")
      lu.assertTrue(TestRecipes["test_" .. name] ~= nil or elsewhere[name] ~= nil, "no test here runs it")
    end
  end
end

local status = lu.LuaUnit.run()
os.execute(("rm -rf '%s'"):format(folder))
os.exit(status, true)
