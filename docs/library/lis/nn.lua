---@meta

--- Rankers: a graph says what is computed, a model is that graph with parameters, and trains.
---
---     local g = core.nn.graph{ seed = 1 }
---     local user, item = g:ids("user", 1000), g:ids("item", 500)
---     local u, i = g:embedding(user, { dim = 16 }), g:embedding(item, { dim = 16 })
---     g:logistic(g:linear(g:concat{ u, i, u * i }, { units = 1 }))
---     local m = g:build{ batch = 1024 }
---     m:fit({ user = users, item = items, label = clicked })
---@class lis.core.nn
local nn = {}

--- An empty graph.
---@param options { seed: integer? }?  of the initial parameters
---@return lis.Graph
function nn.graph(options) end

--- The names of all operations: the methods of a graph that add a node.
---@return string[]
function nn.ops() end

---@class lis.FitJob: lis.FitOptions   without progress
---@field model lis.Model
---@field feed lis.Feed

--- Fits several models, each its own, to the bytes that model:fit would leave in each. Where they are enough to keep
--- the threads busy, threads take turns at the models, a step of one model on one thread: small batches gain little
--- from sharing a step.
---@param jobs lis.FitJob[]
---@param options { progress: (fun(info: { done: integer, rows: integer, rows_per_second: number, seconds: number }): boolean?)?, progress_every: number? }?  done and rows: of all jobs; false stops them all
---@return lis.FitResult[]
function nn.fit_all(jobs, options) end

---@alias lis.Activation "linear"|"relu"|"leaky_relu"|"sigmoid"|"tanh"

--- What is computed from what. Every operation may be given `name` among its options. Shapes are
--- checked when a node is added; B is a batch's rows, T the events of its histories.
---@class lis.Graph
local Graph = {}

--- An input: one id a row.
---@param name string     of the feed's column
---@param vocab integer   ids are below it; -1 is missing
---@return lis.Node
function Graph:ids(name, vocab) end

--- An input: numbers, or frozen vectors, of each row.
---@param name string
---@param width integer
---@return lis.Node  [B, width]
function Graph:dense(name, width) end

--- An input: the ids of each row's past.
---@param name string
---@param vocab integer
---@param max_len integer?  the latest so many, default 50
---@return lis.Node
function Graph:history(name, vocab, max_len) end

--- An input: frozen vectors of each event of a history. The event with item i of row r is the line
--- offset[r] + i of the feed's table.
---@param history lis.Node
---@param name string   of the feed's column
---@param width integer
---@return lis.Node  sequence [T, width]
function Graph:frozen(history, name, width) end

--- Rows of a table by id: [B, dim], of a history a sequence [T, dim]. Embeddings of one name share a
--- table. A missing id gives zeros.
---@param input lis.Node
---@param options { dim: integer, name: string?, init: number? }  init: spread of the initial values, default 0.01
---@return lis.Node
function Graph:embedding(input, options) end

--- Rows of a table by the ids of a history, summed: what g:embedding, then g:pool or g:weighted give, without
--- a vector written for each event. Shares the table of its name.
---@param history lis.Node
---@param weights lis.Node?  with the mode "sum": [T, 1] of the history's events, or [B, max_len], whose first column is of the oldest event that a row reads
---@param options { dim: integer, mode: ("sum"|"mean")?, name: string?, init: number? }  mode: default "sum"
---@return lis.Node  [B, dim]
function Graph:bag(history, weights, options) end

--- activation(x W + b).
---@param x lis.Node
---@param options { units: integer, activation: lis.Activation?, bias: boolean?, name: string? }
---@return lis.Node  [B, units]
function Graph:linear(x, options) end

--- Columns side by side.
---@param inputs lis.Node[]
---@return lis.Node
function Graph:concat(inputs) end

--- Element by element; a * b is the same.
---@param a lis.Node
---@param b lis.Node
---@return lis.Node
function Graph:product(a, b) end

--- Element by element; a + b is the same.
---@param inputs lis.Node[]
---@return lis.Node
function Graph:sum(inputs) end

--- A function of each element.
---@param x lis.Node
---@param kind lis.Activation
---@return lis.Node
function Graph:activation(x, kind) end

--- The mean, or the sum, of each row's events; zeros where it has none.
---@param sequence lis.Node
---@param mode ("mean"|"sum")?  default "mean"
---@return lis.Node  [B, w]
function Graph:pool(sequence, mode) end

--- The sum of each row's events, each times its weight.
---@param weights lis.Node   sequence [T, 1]
---@param sequence lis.Node  [T, w]
---@return lis.Node  [B, w]
function Graph:weighted(weights, sequence) end

--- Second-order factorisation machine (Rendle 2010): the sum of all pairs' dot products.
---@param inputs lis.Node[]  of one width
---@return lis.Node  [B, 1]
function Graph:fm(inputs) end

--- DIN's attention unit (Zhou et al. 2018): events weighted by how they go with the query; the weights
--- are not normalised.
---@param query lis.Node     [B, dim]
---@param sequence lis.Node  [T, dim]
---@param options { hidden: integer?, activation: lis.Activation?, name: string? }?  defaults 36, "relu"
---@return lis.Node  [B, dim]
function Graph:attention(query, sequence, options) end

--- Scaled dot-product attention in heads (Vaswani et al. 2017) within each row's history.
---@param query lis.Node   [B, w] one a row, or a sequence [T, w] of the same history
---@param keys lis.Node    [T, w]
---@param values lis.Node  [T, w]
---@param heads integer?   default 1
---@return lis.Node  as the query
function Graph:attend(query, keys, values, heads) end

--- The inner product of each event with its row's query.
---@param query lis.Node     [B, w]
---@param sequence lis.Node  [T, w]
---@return lis.Node  sequence [T, 1]
function Graph:match(query, sequence) end

--- A trained vector for the age of each event of a history, the latest having age 0.
---@param history lis.Node
---@param options { dim: integer, name: string? }
---@return lis.Node  [T, dim]
function Graph:position(history, options) end

--- Softmax over the columns of each row; of a sequence over the events of each row.
---@param x lis.Node
---@return lis.Node
function Graph:softmax(x) end

--- x + b, with a trained b.
---@param x lis.Node
---@return lis.Node
function Graph:bias(x) end

--- Some of the columns.
---@param x lis.Node
---@param from integer  counted from 1
---@param to integer    included
---@return lis.Node  [B, to - from + 1]
function Graph:slice(x, from, to) end

--- Element by element: a - b.
---@param a lis.Node
---@param b lis.Node
---@return lis.Node
function Graph:difference(a, b) end

--- Dot products of all pairs of n inputs of one width: (1, 2), (1, 3), ...
---@param inputs lis.Node[]
---@return lis.Node  [B, n (n - 1) / 2]
function Graph:dot(inputs) end

--- x Phi(x), by the tanh approximation (Hendrycks and Gimpel 2016).
---@param x lis.Node
---@return lis.Node
function Graph:gelu(x) end

--- x where it is positive, else a x with a trained a (He et al. 2015).
---@param x lis.Node
---@return lis.Node
function Graph:prelu(x) end

--- DIN's activation: between x and a x, as x compares with its shard (Zhou et al. 2018).
---@param x lis.Node
---@return lis.Node
function Graph:dice(x) end

--- Columns of each row normalised, then scaled and shifted (Ba et al. 2016).
---@param x lis.Node
---@return lis.Node
function Graph:layer_norm(x) end

--- Columns normalised over the shard, then scaled and shifted (Ioffe and Szegedy 2015).
---@param x lis.Node
---@return lis.Node
function Graph:batch_norm(x) end

--- Zeroes elements at random while training and scales the others up (Srivastava et al. 2014).
---@param x lis.Node
---@param rate number  share that is zeroed
---@return lis.Node
function Graph:dropout(x, rate) end

--- A cross layer of DCN-v2: x0 * (x W + b) + x (Wang et al. 2021).
---@param x0 lis.Node  what the first cross layer read
---@param x lis.Node   what this one reads
---@param options { rank: integer?, name: string? }?  rank: of W; default: full
---@return lis.Node
function Graph:cross(x0, x, options) end

--- x itself, but nothing upstream learns through it.
---@param x lis.Node
---@return lis.Node
function Graph:stop(x) end

--- The loss of a click model: logistic, of a logit against the feed's `label`.
---@param logit lis.Node    [B, 1]
---@param weight lis.Node?  [B, 1] of each row
---@return lis.Node
function Graph:logistic(logit, weight) end

--- Logistic loss of a logit against a column from 0 to 1: another task's label, or a soft one.
---@param logit lis.Node    [B, 1]
---@param target lis.Node   [B, 1]
---@param weight lis.Node?  [B, 1] of each row
---@return lis.Node
function Graph:cross_entropy(logit, target, weight) end

--- Squared error against a column.
---@param score lis.Node    [B, 1]
---@param target lis.Node   [B, 1]
---@param weight lis.Node?  [B, 1] of each row
---@return lis.Node
function Graph:squared_error(score, target, weight) end

--- Bayesian personalised ranking: what was preferred shall score above what was not (Rendle et al. 2009).
---@param better lis.Node   [B, 1]
---@param worse lis.Node    [B, 1]
---@param weight lis.Node?  [B, 1] of each row
---@return lis.Node
function Graph:bpr(better, worse, weight) end

--- InfoNCE: each row of a shall find its row of b among those of its shard (van den Oord et al. 2018).
---@param a lis.Node  [B, w]
---@param b lis.Node  [B, w]
---@param options { temperature: number?, name: string? }?
---@return lis.Node
function Graph:info_nce(a, b, options) end

--- A model of the graph, with parameters drawn from the graph's seed.
---@param options { batch: integer?, dense_optimiser: string?, table_optimiser: string?, precision: ("f32"|"bf16")? }?  batch: default 1024; optimisers: "sgd", "adagrad", "row_adagrad" (tables), "adam", "ftrl"; default "adam" and, for tables, "adagrad"; precision: of what products of layers multiply, default "f32"
---@return lis.Model
function Graph:build(options) end

--- Number of nodes.
---@return integer
function Graph:nodes() end

--- Gives the memory back now instead of when the garbage is collected.
function Graph:close() end

--- A value in a graph. Nodes of one width can be added and multiplied.
---@class lis.Node
---@operator add(lis.Node): lis.Node
---@operator mul(lis.Node): lis.Node
local Node = {}

--- Its columns.
---@return integer
function Node:width() end

--- Its name.
---@return string
function Node:name() end

--- Gives the memory back now instead of when the garbage is collected.
function Node:close() end

--- Columns by the names of the inputs, and `label`: ids as i32 [n]; numbers as f32 [n] or [n, w]; frozen
--- vectors as { table = f32 [v, w], index = i32 [n] }, of each event as { table = f32 [v, w], offset = i32 [n] };
--- a history as lis.History or
--- { items = i32, offsets = i64 [n + 1] }; label as u8 [n].
---@alias lis.Feed table<string, lis.Tensor|lis.History|table>

---@class lis.FitOptions
---@field rows lis.Tensor?        i32 row codes, trained in this order; default: all in order
---@field epochs integer?         default 1
---@field skip integer?           rows that a fit had trained before it was saved: go on behind them
---@field shuffle_seed integer?   every epoch in a random order of its own
---@field table_lr number?        of embedding tables, default 0.05
---@field dense_lr number?        of the rest, default 1e-3
---@field l1 number?              of the optimiser "ftrl"
---@field l2 number?              pulls the table rows that a step touches
---@field weight_decay number?    of dense parameters, decoupled
---@field clip number?            longest gradient; 0: any
---@field schedule ("constant"|"linear"|"cosine")?  of both rates
---@field warmup integer?         steps over which the rates grow
---@field progress (fun(info: lis.FitProgress): boolean?)?  called as it goes; false stops the fit
---@field progress_every number?  seconds between two calls, default 0.2
---@field ahead lis.Tensor?       f32 [rows of the feed]: gets, at each row trained, its logit at the step that
---  trained it, before the model learnt from it

---@class lis.FitProgress
---@field epoch integer
---@field epochs integer
---@field done integer            rows so far, of all epochs
---@field rows integer            in all
---@field loss number             since the last call
---@field rows_per_second number  since the last call
---@field seconds number

---@class lis.FitResult
---@field loss number      mean over the last epoch's rows, each at the step that trained it
---@field seconds number   wall
---@field cpu number       seconds, of all threads that were at it
---@field rows integer     trained, all epochs
---@field steps integer
---@field stopped boolean  progress returned false

--- A graph with parameters.
---@class lis.Model
local Model = {}

--- Trains, going on from where the model stands.
---@param feed lis.Feed
---@param options lis.FitOptions?
---@return lis.FitResult
function Model:fit(feed, options) end

--- The logits of rows.
---@param feed lis.Feed
---@param rows lis.Tensor?  i32 row codes; default: all in order
---@param options { head: integer? }?  which loss's input, in the order they were added; default 1
---@return lis.Tensor  f32
function Model:predict(feed, rows, options) end

--- All parameters by name, as views: what is written to them counts.
---@return table<string, lis.Tensor>  f32 [rows, columns]
function Model:parameters() end

--- Writes parameters, optimiser state and place in the fit to a file; also from a progress function.
---@param path string
function Model:save(path) end

--- Reads what a model of the same graph and optimisers wrote.
---@param path string
---@return integer rows  that its fit had trained: the `skip` of a fit that goes on
function Model:load(path) end

--- Warm start: takes over the parameters that another model has under the same name and shape.
---@param other lis.Model
---@return integer count  of parameters taken over
function Model:adopt(other) end

--- Optimiser steps taken so far.
---@return integer
function Model:steps() end

--- The largest batch.
---@return integer
function Model:batch() end

--- Of what products of layers multiply; parameters are f32.
---@return "f32"|"bf16"
function Model:precision() end

--- Gives the memory back now instead of when the garbage is collected.
function Model:close() end

return nn
