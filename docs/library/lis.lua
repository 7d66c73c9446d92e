---@meta lis.core

--- The C side as one Lua module: tensors, sparse matrices, tables of files, metrics, training.
---
--- These files say what an editor (and `help` at the prompt) shows; nothing here runs. Everywhere below:
--- indices are 1-based and ranges include both ends; codes (of users, items, rows) inside tensors are
--- 0-based, and -1 means missing; an unknown key in a table of options is an error that names the nearest;
--- the same bytes come out at any number of threads; Ctrl-C stops whatever takes long.
---@class lis.core
---@field base lis.core.base       clocks, hashes, chance, JSON, files, the machine
---@field tensor lis.core.tensor   making tensors, linear algebra
---@field sparse lis.core.sparse   sparse matrices, co-occurrence, neighbours
---@field data lis.core.data       files, histories, the simulated feed
---@field metric lis.core.metric   AUC and other metrics, intervals
---@field nn lis.core.nn           graphs of rankers, training
---@field version string           of lisrun: "0.2.0"
local core = {}

return core
