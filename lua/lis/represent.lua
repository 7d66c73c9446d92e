--- Stage 5, represent: evidence or an encoder's output becomes one vector an item.
--
-- Every maker returns the same shape of thing (`lis.Vectors`, lua/lis/represent/vectors.lua), so that a
-- leaked table, an aligned encoder and plain noise go through the same channel.
--
--   table     PPMI + SVD of pairs, BPR of triples, embeddings as they are; bpr, infonce: by that loss
--   custom    a fit of your own
--   shrunk    the table where pairs are many, content where they are few
--   encoder   content through a ridge adapter; adapter: through an MLP trained by InfoNCE
--   raw, noise, oracle                                                         the controls
--   read, content, fuse                                                         where content comes from
local content = require "lis.represent.content"
local control = require "lis.represent.control"
local encoder = require "lis.represent.encoder"
local infonce = require "lis.represent.infonce"
local tables = require "lis.represent.table"

---@class lis.represent
return {
  table = tables.table, custom = tables.custom, bpr = tables.bpr, infonce = infonce.table,
  encoder = encoder.encoder, adapter = infonce.adapter, shrunk = encoder.shrunk,
  raw = control.raw, noise = control.noise, oracle = control.oracle,
  content = content.new, read = content.read, npy = content.read, coverage = content.coverage, fuse = content.fuse,
}
