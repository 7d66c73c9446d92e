-- Early stopping: the last train rows by time judge, test rows have no say, the best epoch's model is what stays.
local lu = require "luaunit"
local core = require "lis.core"
local early_stop = require "lis.study.early_stop"
local inject = require "lis.inject"
local log = require "lis.log"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local split = require "lis.split"
local study = require "lis.study"
local toy = require "toy"
local train = require "lis.study.train"
local world = require "lis.world"

local feed = world.simulate { users = 200, items = 150, days = 6, impressions = 12000, seed = 3 }
local l = log.from_world(feed)
local s = split.by_day(l, { train = { 1, 4 }, test = { 5, 5 } })

-- Learns in an epoch or two and then by heart.
local function overfitting(early, epochs)
  return ranker.deepfm { dim = 8, hidden = { 16 }, epochs = epochs or 8, batch = 128, table_lr = 0.3, early_stop = early }
end

local silent = { time = function(_, _, fn, ...) return fn(...) end }

local function run(one)
  return train.all(one, { { blocks = {}, seed = 1, keep = true } }, { clock = silent,
    test = { rows = one.split.test, label = one.log.label:take(one.split.test) } })[1]
end

-- Parameters, optimiser state and steps, as a checkpoint has them.
local function bytes(model)
  local path = os.tmpname()
  model:save(path)
  local file <close> = assert(io.open(path, "rb"))
  os.remove(path)
  return core.base.hash(file:read "a")
end

TestEarlyStop = {}

function TestEarlyStop:test_the_best_epoch_stays_and_training_ends_behind_it()
  for _, metric in ipairs { "auc", "logloss" } do
    for _, patience in ipairs { 1, 2 } do
      local stopped = run { log = l, split = s, ranker = overfitting { share = 0.2, metric = metric, patience = patience } }
      lu.assertTrue(stopped.stopped_at < 8 - patience, metric)
      lu.assertEquals(#stopped.curve, stopped.stopped_at + patience)
      local rows = #s.train - #early_stop.of({ log = l, split = s, ranker = overfitting { share = 0.2 } }).held
      local plain = run { log = l, ranker = overfitting(nil, stopped.stopped_at),
        split = { train = s.train:slice(1, 1, rows):copy(), test = s.test } }
      lu.assertNil(plain.stopped_at)
      lu.assertEquals(bytes(stopped.model), bytes(plain.model))
      lu.assertEquals(stopped.logits:hash(), plain.logits:hash())
    end
  end
end

function TestEarlyStop:test_patience_longer_than_the_epochs_trains_them_all()
  local one = run { log = l, split = s, ranker = overfitting({ patience = 9 }, 3) }
  lu.assertEquals(#one.curve, 3)
  lu.assertTrue(one.stopped_at >= 1 and one.stopped_at <= 3)
end

-- Another truth in the test window moves the test metric and nothing that is trained or chosen.
function TestEarlyStop:test_test_rows_have_no_say()
  local label = l.label:copy()
  for _, row in ipairs(s.test:totable()) do label[row + 1] = 1 - label[row + 1] end
  local other = log.from_columns { users = l.users, items = l.items, user = l.user, item = l.item, time = l.time,
    label = label }
  for _, metric in ipairs { "auc", "logloss" } do
    local stopping = overfitting { share = 0.2, metric = metric }
    local here, there = run { log = l, split = s, ranker = stopping }, run { log = other, split = s, ranker = stopping }
    lu.assertNotEquals(there.curve, here.curve)
    lu.assertEquals(there.stopped_at, here.stopped_at)
    lu.assertEquals(bytes(there.model), bytes(here.model))
  end
end

local function held_of(options, times)
  local rows = {}
  for i, time in ipairs(times) do rows[i] = { i % 3, i % 2, time, i % 2 } end
  local small = toy.log(rows, 3, 2)
  local train_rows = core.tensor.arange(#times - 2, "i32")
  local early = early_stop.of { log = small, split = { train = train_rows },
    ranker = ranker.lr { early_stop = options } }
  return toy.list(early.train), toy.list(early.held)
end

function TestEarlyStop:test_the_last_train_rows_are_held_out()
  local times = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }
  local left, held = held_of({ share = 0.3 }, times)
  lu.assertEquals(left, { 0, 1, 2, 3, 4, 5, 6 })
  lu.assertEquals(held, { 7, 8, 9 })
  lu.assertEquals(select(2, held_of({ rows = 2 }, times)), { 8, 9 })
  local together = { 1, 2, 3, 4, 5, 6, 7, 7, 7, 8, 11, 12 } -- one timestamp, one side
  lu.assertEquals(select(2, held_of({ rows = 2 }, together)), { 6, 7, 8, 9 })
end

function TestEarlyStop:test_mistakes_are_named()
  local times = { 1, 2, 3, 4, 5, 6 }
  lu.assertErrorMsgContains("holds out 4 of 4", held_of, { rows = 9 }, times)
  lu.assertErrorMsgContains("holds out 0 of 4", held_of, { share = 0.1 }, times)
  lu.assertErrorMsgContains("both labels", held_of, { rows = 1 }, times)
  lu.assertErrorMsgContains("early_stop: unknown option 'patients'", ranker.din, { early_stop = { patients = 2 } })
  lu.assertErrorMsgContains("share or rows, not both", ranker.din, { early_stop = { share = 0.1, rows = 5 } })
  lu.assertErrorMsgContains("auc, logloss", ranker.din, { early_stop = { metric = "ndcg" } })
end

function TestEarlyStop:test_a_study_tells_the_epochs_chosen()
  local result = study { log = l, split = s, ranker = overfitting { share = 0.2 }, channel = inject.similarity {},
    preferences = { click = preference.coengagement {} }, seeds = 2, folds = 2, width = 5 }:run()
  lu.assertEquals(result.settings.ranker.options.early_stop, { share = 0.2, patience = 1, metric = "auc" })
  for _, curve in ipairs(result.curves) do
    for seed = 1, 2 do lu.assertEquals(#curve.auc[seed], math.min(8, curve.stopped_at[seed] + 1), curve.source) end
  end
end

os.exit(lu.LuaUnit.run(), true)
