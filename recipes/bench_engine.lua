-- How fast the engine reads, measures and counts: one task at a time, on made events with a long tail
-- of items and string ids. --inputs DIR keeps what the task was given, for a peer to be timed on the
-- very same; --json ends with one line for programs.
local lis = require "lis"
local core = require "lis.core"
local made = require "lis.util.made"
local base, data, metric, sparse = core.base, core.data, core.metric, core.sparse
local opt = lis.options {
  task = { default = "csv", choices = { "csv", "cache", "auc", "gauc", "delong", "cooc", "svd" } },
  rows = { default = 1000000, type = "integer", min = 1000 },
  file = { default = "", type = "string", help = "of csv and cache; made where it is missing" },
  inputs = { default = "", type = "string", help = "folder for what the task was given" },
  json = { default = false, type = "boolean", help = "end with one line of JSON" },
}
local n, work = opt.rows, {}

local function keep(inputs)
  if opt.inputs == "" then return inputs end
  base.make_folder(opt.inputs)
  for name, column in pairs(inputs) do
    if core.tensor.is(column) then data.write_npy(("%s/%s.npy"):format(opt.inputs, name), column) end
  end
  return inputs
end

-- Each task prepares its input and gives the function to be timed, which returns a figure to compare.
function work.csv()
  local path, spare = made.file(opt.file, n, opt.seed)
  return function() return data.read_table(path):dict("user_id"):size() end, n, spare and path
end

function work.cache() -- as it is, which reads fastest
  local path, spare = made.file(opt.file, n, opt.seed)
  local cache <close> = data.cache_writer(path .. ".lisd", { compress = "none" })
  cache:table(data.read_table(path))
  cache:commit()
  if spare then os.remove(path) end
  return function() return data.open_cache(path .. ".lisd"):table():dict("user_id"):size() end, n, path .. ".lisd"
end

function work.auc()
  local given = keep(made.scores(n, opt.seed))
  return function() return metric.auc(given.a, given.label, { influence = false }).value end
end

local function scores_by_user()
  local given = keep(made.scores(n, opt.seed))
  return given, { user = given.user, users = given.users }
end

function work.gauc()
  local given, users = scores_by_user()
  return function() return metric.gauc(given.a, given.label, users).value end
end

function work.delong()
  local given, users = scores_by_user()
  return function() return metric.delong(given.a, given.b, given.label, users).se end
end

function work.cooc()
  local given = keep(made.events(n, n // 20, 20000, opt.seed, { top_k = 50 }))
  return function() return sparse.cooccurrence(given):nnz() end
end

function work.svd()
  local met = sparse.interactions(keep(made.events(n, n // 20, 20000, opt.seed, { distinct = false })))
  local pair = met:transpose():multiply(met)
  return function() return select(2, pair:svd { rank = 64 })[64] end, pair:nnz()
end
local task, rows, spare = work[opt.task]()
local begun = base.clock()
local figure = task()
local seconds = base.clock() - begun
if spare then os.remove(spare) end
local out = { task = opt.task, rows = rows or n, seconds = seconds, rows_per_s = (rows or n) / seconds,
  threads = base.threads(), figure = figure }
print(("%s, %d threads: %d rows in %.3f s, %.0f rows/s (%.9g)"):format(
  out.task, out.threads, out.rows, seconds, out.rows_per_s, figure))
if opt.json then print(base.json_encode(out, { indent = 0 })) end
