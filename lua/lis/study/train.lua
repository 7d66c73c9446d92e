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
---@field cpu number? seconds of all threads; nil where the run came from the store
---@field model lis.Model? as it stands after that epoch, where asked for

---@class lis.TrainOptions
---@field seed integer
---@field warm lis.Model? to start from: parameters and optimiser state, by name and shape
---@field keep boolean? give the trained model back, open
---@field bases lis.Residual? where arms learn what their seed's base leaves; the base fills it
---@field is_base boolean?
---@field test { rows: lis.Tensor, label: lis.Tensor }
---@field clock lis.Clock
---@field tick fun(share: number?) called after each epoch; within one, now and then, with the share that is done

-- Builds the models of one arm: the whole ranker, or a tower on what its base said.
local function builder(study, blocks, options)
  local bases = options.bases
  if not bases or options.is_base then
    return function() return ranker.build(study.ranker, study.log, blocks, options.seed) end
  end
  local said = bases:column(options.seed, function()
    local alone = setmetatable({ is_base = true, keep = false, tick = function() end }, { __index = options })
    train.run(study, {}, alone)
  end)
  return function() return ranker.residual(study.ranker, study.log, blocks, options.seed, said) end
end

--- Trains one arm at one seed.
---@param study table log, split, ranker
---@param blocks lis.Block[] the channel's; empty for the base
---@param options lis.TrainOptions
---@return lis.Run
function train.run(study, blocks, options)
  local build = builder(study, blocks, options)
  local settings, clock, start, cpu = study.ranker.settings, options.clock, core.base.clock(), core.base.cpu()
  local model, feed = build()
  local _ <close> = not options.keep and model
  if options.warm then model:adopt(options.warm) end
  local run, stopping = { curve = {} }, early_stop.of(study)
  local referee = stopping and early_stop.referee(stopping, (build()))
  local bases = options.is_base and options.bases
  local said = bases and bases:begin()
  for epoch = 1, settings.epochs do
    clock:time("train", model.fit, model, feed, {
      rows = stopping and stopping.train or study.split.train, shuffle_seed = options.seed * 1000 + epoch,
      table_lr = settings.table_lr, dense_lr = settings.dense_lr, l2 = settings.l2,
      ahead = epoch == 1 and said or nil,
      progress = function(info) options.tick(info.done / info.rows) end,
    })
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
  if bases then
    local held = stopping and stopping.held
    if held then bases:finish(options.seed, said, held, clock:time("predict", model.predict, model, feed, held)) end
    bases:finish(options.seed, said, options.test.rows, run.logits)
  end
  run.seconds, run.cpu = core.base.clock() - start, core.base.cpu() - cpu
  run.model = options.keep and model or nil
  return run
end

return train
