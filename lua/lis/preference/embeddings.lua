--- The "sparse representation" of items: what a ranker's id embeddings have learnt.
local core = require "lis.core"
local check = require "lis.util.check"
local nearest = require "lis.util.nearest"

local embeddings = {}

local embedding_options = {
  ranker = { required = true, type = "table", help = "what is trained: lis.ranker.deepfm{}, ..." },
  table = { default = "item", type = "string", help = "the parameter that holds a row an item" },
  seed = { default = 1, type = "integer" },
}

local function item_table(model, name, items)
  local all = model:parameters()
  local found = all[name]
  if not found then
    error(("the ranker has no parameter '%s'%s"):format(name, nearest.hint(name, nearest.keys(all))), 0)
  end
  if found:size(1) ~= items then
    error(("parameter '%s' has %d rows, but the log has %d items: name the item table"):format(
      name, found:size(1), items), 0)
  end
  return found:copy()
end

--- Id embeddings of a ranker trained on the artefact's own rows: those that the window and the fold leave.
-- Vectors, not pairs: items that no such row shows have the zero vector.
--
-- `ranker`: a value of lis.ranker; `table`: the name of its item embedding.
---@param options { ranker: lis.Ranker, table: string?, seed: integer? }
---@return lis.Preference
function embeddings.embeddings(options)
  options = check.options(options, embedding_options, "lis.preference.embeddings")
  local settings = options.ranker.settings
  return {
    name = "id embeddings", label = "item embeddings of a trained " .. options.ranker.name,
    settings = { ranker = options.ranker.name, training = settings, table = options.table, seed = options.seed },
    events = function(log) return core.tensor.full("u8", 1, log.rows) end,
    evidence = function(log, keep)
      local rows = keep:nonzero()
      local model <close>, feed = options.ranker:build(log, {}, options.seed)
      local values = item_table(model, options.table, log.items)
      if #rows == 0 then return values:fill(0) end
      model:fit(feed, {
        rows = rows, epochs = settings.epochs, shuffle_seed = options.seed, table_lr = settings.table_lr,
        dense_lr = settings.dense_lr, l2 = settings.l2,
      })
      local trained = log.item:take(rows):bincount(log.items):gt(0):to("f32"):reshape(log.items, 1)
      return item_table(model, options.table, log.items) * trained
    end,
  }
end

return embeddings
