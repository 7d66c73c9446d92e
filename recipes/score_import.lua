-- What do the scores of a production ranker say? LIS, AIS and the verdict from a file
-- of scores, no training.
--
-- Data:     a tab-separated file with row_id, user_id, label and a column of scores for
--           each arm and seed: base@1, PAIRS:crossfit@1, PAIRS:placebo@1,
--           PAIRS:encoder:NAME@1, ... (docs/study.md). Without --data an example is
--           written and read: clicks of the simulated feed, and arms that see their
--           true log-odds through noise.
-- Time:     seconds.
-- Expected: of the example: align on clicks first, LIS +0.018, of which the encoder has
--           0.60; carts are the bottleneck, not above their placebo.
local lis = require "lis"
local core = require "lis.core"

local opt = lis.options {
  out = { default = "runs/score-import", help = "folder for results.json, report.md and the example" },
  data = { default = "", help = "file of scores; without it an example is made" },
  input = { default = "logit", choices = { "logit", "probability" }, help = "what the scores are" },
  margin = { default = 0.005, above = 0, help = "the smallest gain in AUC worth an alignment" },
  rows = { default = 20000, min = 1000, help = "of the example" },
}

-- How badly each arm of the example sees the truth: the standard deviation of what blurs its log-odds, nearly
-- all of it shared by the arms, as the mistakes of one ranker are.
local arms = { { "base", 1.5 },
  { "clicks:crossfit", 1.25 }, { "clicks:placebo", 1.51 }, { "clicks:encoder:text", 1.35 },
  { "carts:crossfit", 1.5 }, { "carts:placebo", 1.5 } }

local function write_example(path)
  local feed = lis.world.simulate { users = 500, items = 300, impressions = opt.rows, seed = opt.seed }
  local function noise(seed, of) return core.tensor.normal({ feed.rows }, { seed = seed, purpose = of }) end
  local odds, shared = (feed.probability / (feed.probability * -1 + 1)):log(), noise(1, "shared")
  local header, columns = { "row_id", "user_id", "label" }, {}
  for _, arm in ipairs(arms) do
    for seed = 1, 3 do
      header[#header + 1] = ("%s@%d"):format(arm[1], seed)
      columns[#columns + 1] = odds + (shared + noise(seed, arm[1]) * 0.1) * arm[2]
    end
  end
  local lines = { table.concat(header, "\t") }
  for row = 1, feed.rows do
    local line = { "r" .. row, "u" .. feed.user[row], feed.label[row] }
    for _, column in ipairs(columns) do line[#line + 1] = ("%.4f"):format(column[row]) end
    lines[row + 1] = table.concat(line, "\t")
  end
  core.base.make_folder(opt.out)
  core.base.save(path, table.concat(lines, "\n") .. "\n")
  print(("Example of %d rows written: %s"):format(feed.rows, path))
end

local path = opt.data
if path == "" then
  path = opt.out .. "/scores.tsv"
  write_example(path)
end
-- Other names for row_id, user_id and label: row = "...", user = "...", label = "...".
local result = lis.score_import { path = path, input = opt.input, margin = opt.margin, name = "imported scores" }
result:print():report(opt.out)
print("Answer: " .. result.verdict[1])
