-- core.nn.fit_all: several models trained at once.
local lu = require "luaunit"
local core = require "lis.core"
local nn, tensor, base = core.nn, core.tensor, core.base

local ROWS <const> = 500

local function feed()
  local user, item, label = {}, {}, {}
  for r = 1, ROWS do
    user[r], item[r] = (r * 7) % 11, (r * 5) % 13
    label[r] = (user[r] % 2 == 0) and item[r] % 3 ~= 0 and 1 or 0
  end
  return { user = tensor.from(user, "i32"), item = tensor.from(item, "i32"), label = tensor.from(label, "u8") }
end

local function model(seed)
  local g = nn.graph { seed = seed }
  local x = g:concat { g:embedding(g:ids("user", 11), { dim = 4 }), g:embedding(g:ids("item", 13), { dim = 4 }) }
  g:logistic(g:linear(g:linear(x, { units = 8, activation = "relu" }), { units = 1 }))
  return g:build { batch = 64 }
end

-- Jobs that differ in everything that may differ.
local function jobs(count)
  local list = {}
  for j = 1, count do
    list[j] = { model = model(j), feed = feed(), epochs = j, shuffle_seed = 10 + j, dense_lr = 0.01 * j,
      rows = tensor.arange(ROWS - j, "i32"), ahead = tensor.new("f32", ROWS) }
  end
  return list
end

local function parts_of(job)
  local options = {}
  for name, value in pairs(job) do
    if name ~= "model" and name ~= "feed" then options[name] = value end
  end
  return job.model, job.feed, options
end

TestFitAll = {}

function TestFitAll:test_each_is_what_it_would_be_alone()
  local alone, before = jobs(4), base.threads()
  local wanted = {}
  for j, job in ipairs(alone) do
    local m, columns, options = parts_of(job)
    local result = m:fit(columns, options)
    wanted[j] = { result.loss, result.rows, result.steps, m:predict(columns):hash(), job.ahead:hash() }
  end
  for _, threads in ipairs { 1, 2, 3, 16 } do
    base.threads(threads)
    local list = jobs(4)
    for j, result in ipairs(nn.fit_all(list)) do
      lu.assertEquals({ result.loss, result.rows, result.steps, list[j].model:predict(list[j].feed):hash(),
        list[j].ahead:hash() }, wanted[j])
      lu.assertTrue(result.cpu > 0 and result.seconds > 0 and not result.stopped)
    end
  end
  base.threads(before)
end

function TestFitAll:test_progress_counts_all_rows_and_may_stop()
  local list, seen = jobs(3), {}
  nn.fit_all(list, { progress_every = 0, progress = function(info) seen[#seen + 1] = info end })
  local last = seen[#seen]
  lu.assertEquals(last.done, (ROWS - 1) + 2 * (ROWS - 2) + 3 * (ROWS - 3))
  lu.assertEquals(last.rows, last.done)
  local results = nn.fit_all(list, { progress_every = 0, progress = function() return false end })
  lu.assertTrue(results[1].stopped)
  lu.assertErrorMsgContains("from the callback", nn.fit_all, list,
    { progress_every = 0, progress = function() error("from the callback") end })
  nn.fit_all(list, { progress_every = 0, progress = function()
    for _, job in ipairs(list) do job.model:close() end -- those at work stay alive
  end })
  lu.assertErrorMsgContains("closed", nn.fit_all, list)
end

function TestFitAll:test_mistakes()
  lu.assertEquals(nn.fit_all {}, {})
  local list = jobs(2)
  list[2].model = list[1].model
  lu.assertErrorMsgContains("fits 1 and 2 are of one model: each needs its own", nn.fit_all, list)
  list = jobs(2)
  list[2].epoch = 3
  lu.assertErrorMsgContains("epochs", nn.fit_all, list)
  lu.assertErrorMsgContains("model", nn.fit_all, { { feed = feed() } })
  lu.assertErrorMsgContains("columns", nn.fit_all, { { model = model(1) } })
  lu.assertErrorMsgContains("each job is a table", nn.fit_all, { 7 })
  lu.assertErrorMsgContains("progress", nn.fit_all, jobs(2), { progres = print })
end

os.exit(lu.LuaUnit.run(), true)
