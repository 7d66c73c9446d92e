--- Blocks: the inputs that a channel gives the ranker, and the channel that makes them.
local block = {}

---@class lis.Block
---@field name string input name in the ranker's graph
---@field kind "item"|"user"|"pair"|"bias" the target, a summary of the history, both; a bias of attention
---@field input "dense"|"ids"|"replace"|"events" numbers; codes with an embedding of `width`; codes in place of an
--- input; vectors of the target (`feed`) and of each event (`events`), matched to one number an event
---@field width integer columns, or the embedding's dimension
---@field feed lis.Tensor|table dense: [rows, width] or { table =, index = }; ids: i32 [rows]
---@field events table? of events: { table =, offset = }
---@field vocab integer? of ids
---@field init lis.Tensor? of ids: first values of the embedding, f32 [vocab, width]; else small random ones
---@field add string? of ids: name of the dense block that the embedding is added to
---@field replaces string? of replace: "item", the target's id
---@field latest integer? taint, as of the vectors it was made of
---@field leaked boolean

---@class lis.Channel
---@field name string
---@field settings table
---@field blocks fun(log: lis.Log, vectors: lis.Vectors): lis.Block[]

--- A channel whose blocks carry the taint of the vectors they are made of, or a later one of their own.
---@param name string
---@param settings table
---@param fn fun(log: lis.Log, vectors: lis.Vectors): lis.Block[]
---@return lis.Channel
function block.channel(name, settings, fn)
  return {
    name = name, settings = settings,
    blocks = function(log, vectors)
      local blocks = fn(log, vectors)
      for _, one in ipairs(blocks) do
        one.input = one.input or "dense"
        one.latest = math.max(one.latest or math.mininteger, vectors.latest or math.mininteger)
        if one.latest == math.mininteger then one.latest = nil end
        one.leaked = one.leaked or vectors.leaked or false
      end
      return blocks
    end,
  }
end

return block
