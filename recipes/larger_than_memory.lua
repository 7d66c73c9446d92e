-- Does a log larger than memory train and score in a memory that does not grow with it?
--
-- Data:     made events, written in blocks: a long tail of items, and clicks that depend on user and item;
--           nothing of it is ever whole in memory.
-- Time:     about a second a million rows on 2 cores; it grows in line with the rows.
-- Expected: the most resident memory hardly grows from 1 to 10 and 100 million rows (the file's directory does,
--           a kilobyte a million rows, and the scores of the last rows); their AUC lies well above 0.5.
local lis = require "lis"
local base, tensor, metric = lis.core.base, lis.core.tensor, lis.core.metric
local opt = lis.options {
  rows = { default = 1000000, type = "integer", min = 10000 },
  chunk = { default = 500000, type = "integer", min = 1000, help = "rows in memory at once" },
  users = { default = 20000, type = "integer", min = 100 },
  items = { default = 50000, type = "integer", min = 100 },
  max_history = { default = 5, type = "integer", min = 1, help = "full early, so that all rows cost alike" },
  file = { default = "", help = "the log's file; default: a temporary one" },
  json = { default = false, type = "boolean", help = "end with one line of JSON" },
}
local path = opt.file ~= "" and opt.file or os.tmpname()

-- Each step: its rows (what `work` returns first), seconds, the most memory that was resident during it.
local steps = {}
local function step(name, work)
  base.resident(true)
  local begun = base.clock()
  local rows, result = work()
  local seconds, _, peak = base.clock() - begun, base.resident()
  steps[#steps + 1] = { step = name, rows = rows, seconds = seconds, rows_per_s = rows / seconds, peak_bytes = peak }
  print(("%-34s %9.2f s %12.0f rows/s %8.1f MB resident at most"):format(name, seconds, rows / seconds, peak / 1e6))
  return result
end
local function normal(n, purpose) return tensor.normal({ n }, { seed = opt.seed, purpose = purpose }) end
local user_bias, item_bias = normal(opt.users, "users"), normal(opt.items, "items")

-- Rows first to first + n - 1. The logistic curve over a normal draw is uniform to a hundredth.
local function block(first, n)
  local function uniform(what) return (normal(n, what .. first) * 1.702):sigmoid():to "f64" end
  local user = (uniform "user" * opt.users):clamp(0, opt.users - 1):to "i32"
  local item = (uniform "item" * math.log(opt.items)):exp():clamp(0, opt.items - 1):to "i32"
  local signal = user_bias:take(user) + item_bias:take(item) + normal(n, "noise" .. first)
  local tenths = tensor.arange(n, "i64"):to "f64" + (first - 1)
  return { user = user, item = item, time = (tenths * 0.1 + 1.5e9):to "i64", label = signal:gt(1) }
end

step("make and write", function()
  local writer <close> = lis.log.create(path, { users = opt.users, items = opt.items })
  for first = 1, opt.rows, opt.chunk do
    writer:append(block(first, math.min(opt.chunk, opt.rows - first + 1)))
    collectgarbage()
  end
  writer:commit()
  return opt.rows
end)

local log = lis.log.open(path)
print(("%s: %d bytes for %d bytes of columns"):format(path, log.cache:bytes()))
local test_from = opt.rows - math.min(opt.rows // 10, 1000000)
local ranker, model, logits, labels = lis.ranker.fm { max_history = opt.max_history }, nil, {}, {}
local chunks = log:chunks { rows = math.min(opt.chunk, opt.rows // 10), max_history = opt.max_history }
local part = chunks()

step("one epoch, chunk after chunk", function()
  model = ranker:build(part, {}, opt.seed)
  while part.last <= test_from do
    model:fit(part:feed(), { shuffle_seed = part.first })
    part = chunks()
  end
  return part.first - 1
end)

local auc = step("score the last rows", function()
  while part do
    logits[#logits + 1], labels[#labels + 1] = model:predict(part:feed()), part.label:copy()
    part = chunks()
  end
  return opt.rows - steps[2].rows, metric.auc(tensor.concat(logits), tensor.concat(labels), { influence = false }).value
end)
print(("AUC of the last rows %.4f"):format(auc))
if opt.file == "" then os.remove(path) end
if opt.json then print(base.json_encode({ rows = opt.rows, auc = auc, steps = steps }, { indent = 0 })) end
