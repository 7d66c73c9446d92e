---@meta

--- Sparse matrices: made from triples and events, neighbours and codes of vectors. Matrices themselves:
--- help "lis.Csr".
---@class lis.core.sparse
local sparse = {}

--- A matrix from entries; those of one place are added up.
---@param rows integer
---@param columns integer
---@param row lis.Tensor     i32 [n]
---@param column lis.Tensor  i32 [n]
---@param value lis.Tensor?  f32 [n], default ones
---@return lis.Csr
function sparse.from_triples(rows, columns, row, column, value) end

--- The sum of matrices of one shape, each entry added up in f64 in the order of the list.
---@param list lis.Csr[]
---@return lis.Csr
function sparse.sum(list) end

--- A matrix that csr:save wrote; its checksum is verified.
---@param path string
---@return lis.Csr
function sparse.load(path) end

--- Whether a value is a sparse matrix.
---@param value any
---@return boolean
function sparse.is(value) end

--- What the functions below count: columns of a log, in any order.
---@class lis.Events
---@field user lis.Tensor   i32 [n] user codes; -1: the event is passed over
---@field item lis.Tensor   i32 [n] item codes; -1: the event is passed over
---@field users integer     user codes are below it
---@field items integer     item codes are below it
---@field keep lis.Tensor?  u8 [n], 0: the event is passed over
---@field time lis.Tensor?  i64 [n]

---@class lis.CooccurrenceOptions: lis.Events
---@field max_gap number?        longest time between two events of a pair, in the unit of `time`
---@field max_per_user integer?  only a user's latest events count
---@field discount ("none"|"log"|"inverse")?  weight of a user of n events: 1, 1 / log2(2 + n), 1 / (n - 1)
---@field distinct boolean?      a user counts once for a pair of items (default true)
---@field min_support number?    smaller entries are dropped
---@field top_k integer?         only the largest entries of each row
---@field max_bytes number?      refuse a larger result; default: one that does not fit into memory

--- How often two items met the same user: symmetric (but for top_k), zero diagonal.
---@param options lis.CooccurrenceOptions
---@return lis.Csr  [items, items]
function sparse.cooccurrence(options) end

--- What cooccurrence would take, at most: cheap enough to ask first.
---@param options lis.CooccurrenceOptions
---@return { events: integer, additions: number, entries: number, bytes: number }
function sparse.cooccurrence_plan(options) end

--- A bound for cooccurrence, Swing and ItemCF from the number of events of each user alone: one pass.
--- The entries are at most n (n - 1) summed over users, items squared, and items times top_k.
---@param options { user: lis.Tensor, item: lis.Tensor, users: integer, items: integer, keep: lis.Tensor?, max_per_user: integer?, top_k: integer? }
---@return { entries: number, bytes: number }
function sparse.pairs_bound(options) end

--- How many kept events each user has with each item.
---@param options { user: lis.Tensor, item: lis.Tensor, users: integer, items: integer, keep: lis.Tensor?, distinct: boolean? }
---@return lis.Csr  [users, items]
function sparse.interactions(options) end

--- Cuts every user's events where two of them lie more than max_gap apart.
---@param options { user: lis.Tensor, users: integer, time: lis.Tensor, max_gap: number, keep: lis.Tensor? }
---@return lis.Tensor session  i32 [n], the session of each event, -1 of those passed over
---@return integer sessions
function sparse.sessions(options) end

---@class lis.SwingOptions: lis.Events
---@field alpha number?          default 1: how much a large overlap of two users is forgiven
---@field max_per_user integer?  only a user's latest events count
---@field max_users integer?     that an item listens to, default 500; 0: all
---@field top_k integer?         only the largest entries of each row
---@field seed integer?          of the sample of users

--- Swing: items are alike where pairs of users who agree on little else agree on both (Yang et al. 2020).
---@param options lis.SwingOptions
---@return lis.Csr  [items, items]
function sparse.swing(options) end

--- Exact nearest neighbours of dense vectors.
---@param vectors lis.Tensor  f32 [m, d]
---@param options { k: integer?, metric: ("cosine"|"dot"|"euclidean")?, query: lis.Tensor? }?  k: default 10; query: [n, d], default the vectors, none its own neighbour
---@return lis.Csr  [n, m]; larger is nearer, also of "euclidean" (minus the squared distance)
function sparse.knn(vectors, options) end

--- What knn takes, at most.
---@param vectors lis.Tensor  f32 [m, d]
---@param options { k: integer?, metric: ("cosine"|"dot"|"euclidean")?, query: lis.Tensor? }?  as knn's
---@return { entries: number, bytes: number }
function sparse.knn_plan(vectors, options) end

--- Residual k-means: each level codes what the levels before it have left of the vectors.
---@param vectors lis.Tensor  f32 [n, d]
---@param options { levels: integer?, codes: integer?, iterations: integer?, seed: integer? }?  defaults 3, 32, 25, 0
---@return lis.Tensor codes      i32 [n, levels]
---@return lis.Tensor centroids  f32 [levels * codes, d]
---@return lis.Tensor error      f64 [levels], mean squared length of what is left
function sparse.residual_codes(vectors, options) end

--- Codes of other vectors under centroids that residual_codes found.
---@param vectors lis.Tensor    f32 [n, d]
---@param centroids lis.Tensor  f32 [levels * codes, d]
---@param levels integer
---@return lis.Tensor codes  i32 [n, levels]
function sparse.residual_encode(vectors, centroids, levels) end

--- A sparse f32 matrix, row by row (CSR). Operations give new matrices.
---@class lis.Csr
local Csr = {}

--- Number of rows.
---@return integer
function Csr:rows() end

--- Number of columns.
---@return integer
function Csr:columns() end

--- Number of stored entries.
---@return integer
function Csr:nnz() end

--- Hash of shape and content, as 16 hex digits.
---@return string
function Csr:hash() end

--- Whether it equals its transpose, bit for bit.
---@return boolean
function Csr:is_symmetric() end

--- Writes it to a file with a checksum.
---@param path string
---@return lis.Csr self
function Csr:save(path) end

--- Gives the memory back now instead of when the garbage is collected.
function Csr:close() end

--- The transpose.
---@return lis.Csr
function Csr:transpose() end

--- self + scale * other.
---@param other lis.Csr
---@param scale number?  default 1
---@return lis.Csr
function Csr:add(other, scale) end

--- P C P': rows and columns renamed together. The placebo of a pair graph.
---@param permutation lis.Tensor  i32 [n]: row r becomes row permutation[r]
---@return lis.Csr
function Csr:permute(permutation) end

--- The k largest entries of each row; ties: lower column.
---@param k integer
---@return lis.Csr
function Csr:top_k(k) end

--- The entries of at least this value.
---@param least number
---@return lis.Csr
function Csr:prune(least) end

--- A dose: each unordered pair stays with chance `share`, decided by the hash of the pair, so that every
--- matrix keeps the same pairs and a smaller share keeps a part of a larger one.
---@param share number in [0, 1]
---@param seed integer? 0 without
---@return lis.Csr
function Csr:thin(share, seed) end

--- Sparse product.
---@param other lis.Csr
---@param options { top_k: integer? }?  keep only the largest entries of each row
---@return lis.Csr
function Csr:multiply(other, options) end

--- Item-item similarities of a matrix [users, items]: cosine, jaccard, tfidf or bm25.
---@param options { similarity: ("cosine"|"jaccard"|"tfidf"|"bm25")?, top_k: integer?, k1: number?, b: number? }?  k1, b: of bm25, defaults 1.2 and 0.75
---@return lis.Csr  [items, items], zero diagonal
function Csr:itemcf(options) end

--- Positive pointwise mutual information of counts: max(0, log(C_ij / (r_i P(j))) - shift).
---@param options { shift: number?, smoothing: number? }?  smoothing: exponent of the context distribution, default 1
---@return lis.Csr
function Csr:ppmi(options) end

--- The sum of each row.
---@return lis.Tensor  f64 [rows]
function Csr:row_sums() end

--- All entries, row by row.
---@return lis.Tensor row     i32 [nnz]
---@return lis.Tensor column  i32 [nnz]
---@return lis.Tensor value   f32 [nnz]
function Csr:triples() end

--- Product with a dense vector or matrix.
---@param x lis.Tensor  f32 [columns] or [columns, d]
---@param options { transpose: boolean? }?  the transpose times x
---@return lis.Tensor  f32
function Csr:matmul(x, options) end

--- Truncated singular value decomposition, by randomised subspace iteration (Halko et al. 2011).
---@param options { rank: integer?, oversample: integer?, power: integer?, seed: integer? }?  defaults 16, 10, 4, 0
---@return lis.Tensor u  f32 [rows, rank]
---@return lis.Tensor s  f32 [rank], descending
---@return lis.Tensor v  f32 [columns, rank]
function Csr:svd(options) end

--- What svd takes, at most.
---@param options { rank: integer?, oversample: integer?, power: integer?, seed: integer? }?  as svd's
---@return { entries: number, bytes: number }
function Csr:svd_plan(options) end

return sparse
