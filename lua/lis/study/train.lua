--- One arm at one seed: the ranker trained with the arm's inputs, and what it said of the test rows.
local core = require "lis.core"
local early_stop = require "lis.study.early_stop"
local ranker = require "lis.ranker"

local train = {}

---@class lis.Run one arm at one seed
---@field logits lis.Tensor f32 [test rows], after the last epoch, or the one that early stopping chose
---@field curve number[] test AUC after each epoch
---@field stopped_at integer? the epoch that early stopping chose
---@field seconds number wall
---@field model lis.Model? as it stands after that epoch, where asked for

---@class lis.TrainOptions
---@field seed integer
---@field warm lis.Model? to start from: parameters and optimiser state, by name and shape
---@field keep boolean? give the trained model back, open
---@field bases lis.Warm? where arms go on from their seed's base
---@field is_base boolean? this is the base, or its A/A twin: trained from the start
---@field test { rows: lis.Tensor, label: lis.Tensor }
---@field clock lis.Clock
---@field tick fun(share: number?) called after each epoch; within one, now and then, with the share that is done

--- Trains one arm at one seed.
---@param study table log, split, ranker
---@param blocks lis.Block[] the channel's; empty for the base
---@param options lis.TrainOptions
---@return lis.Run
function train.run(study, blocks, options)
  local settings, clock, start = study.ranker.settings, options.clock, core.base.clock()
  local model, feed = ranker.build(study.ranker, study.log, blocks, options.seed)
  local _ <close> = not options.keep and model
  if options.warm then model:adopt(options.warm) end
  local run, first = { curve = {} }, 1
  local stopping = early_stop.of(study)
  local referee = stopping
    and early_stop.referee(stopping, (ranker.build(study.ranker, study.log, blocks, options.seed)))
  local function fit(one, columns, epoch)
    clock:time("train", one.fit, one, columns, {
      rows = stopping and stopping.train or study.split.train, shuffle_seed = options.seed * 1000 + epoch,
      table_lr = settings.table_lr, dense_lr = settings.dense_lr, l2 = settings.l2,
      progress = function(info) options.tick(info.done / info.rows) end,
    })
  end
  local bases = options.bases
  if bases and not options.is_base then
    bases:start(options.seed, model, fit, options.warm)
    first = bases:before() + 1
  end
  for epoch = first, settings.epochs do
    fit(model, feed, epoch)
    if bases and options.is_base and epoch == bases:before() then bases:keep(options.seed, model) end
    local go_on = not referee or clock:time("predict", referee.look, referee, epoch, model, feed)
    local logits = clock:time("predict", model.predict, model, feed, options.test.rows)
    run.curve[#run.curve + 1] = core.metric.auc(logits, options.test.label, { influence = false }).value
    if not referee or referee.epoch == epoch then run.logits = logits end
    options.tick()
    if not go_on then break end
  end
  if referee then
    referee:restore(model)
    run.stopped_at = referee.epoch
  end
  run.seconds = core.base.clock() - start
  run.model = options.keep and model or nil
  return run
end

return train
