---@meta

--- Files, histories as of each row, and the simulated feed.
---@class lis.core.data
local data = {}

--- How a column is read. A list is "list" or { "list", separator = " ", mark = "-" }; "time:FORMAT" reads
--- times into i64.
---@alias lis.ColumnType "string"|"f64"|"f32"|"i64"|"text"|"list"|string|table

---@class lis.ReadOptions
---@field delimiter string?     default: the first of tab, "::", ",", ";", "|" that the first line holds
---@field header boolean?       the first line names the columns; default: where `names` is not given
---@field quote boolean?        fields may be "quoted"; default: with , ; and |
---@field recbole boolean?      names carry types, as in user_id:token; default: where every one does
---@field names string[]?       in place of the header's
---@field types table<string, lis.ColumnType>?  of columns that must exist; the rest is inferred
---@field require string[]?     columns that must exist
---@field only string[]?        columns to keep
---@field encoding ("utf-8"|"latin-1")?  of the file; default "utf-8"
---@field line_max integer?     longest line in bytes
---@field unpack_max integer?   most bytes that a packed file may hold
---@field shard_bytes integer?  smallest piece for a thread; changes the speed alone

--- A table of delimited text (CSV, TSV, RecBole atomic files), plain, gzip or zstd. A bad field is an
--- error that names path, line and column.
---@param path string
---@param options lis.ReadOptions?
---@return lis.DataTable
function data.read_table(path, options) end

--- A table of JSON lines, one object a line, plain, gzip or zstd. Columns are the keys of the first lines;
--- what is missing or null is an empty field.
---@param path string
---@param options { types: table<string, lis.ColumnType>?, require: string[]?, only: string[]?, line_max: integer?, unpack_max: integer?, shard_bytes: integer? }?  as read_table's
---@return lis.DataTable
function data.read_jsonl(path, options) end

--- A file of delimited text read in blocks, for one that is larger than memory. Blocks share the dictionaries
--- of their columns, and codes are those of the whole file. Types that nobody declared are guessed from the
--- first lines and the first block; a later field that does not fit is an error that says what to declare.
---@param path string
---@param options lis.ReadOptions?
---@return lis.TableBlocks
function data.table_blocks(path, options) end

--- JSON lines read in blocks.
---@param path string
---@param options { types: table<string, lis.ColumnType>?, require: string[]?, only: string[]?, line_max: integer?, unpack_max: integer?, shard_bytes: integer? }?  as read_table's
---@return lis.TableBlocks
function data.jsonl_blocks(path, options) end

--- The 0-based row of every element of a list column.
---@param offset lis.Tensor  i64 [rows + 1], as DataTable:list gives it
---@return lis.Tensor  i32
function data.explode(offset) end

--- One dictionary out of several: their strings, each once, in order of appearance.
---@param ... lis.Dict
---@return lis.Dict
---@return lis.Tensor ...  one for each: i32, the new code of each old one
function data.merge_dicts(...) end

--- A table of columns in memory, which it shares: f64, f32 and i64 tensors, i32 codes with their dictionary.
--- i32 without one becomes i64, u8 becomes f32.
---@param columns { [1]: string, [2]: lis.Tensor, [3]: lis.Dict? }[]  name, values, dictionary
---@return lis.DataTable
function data.columns(columns) end

--- The largest part of a log in which every user has `least_user` rows and every item `least_item`.
---@param options { user: lis.Tensor, item: lis.Tensor, users: integer, items: integer, least_user: integer?, least_item: integer? }
---@return lis.Tensor keep  u8 [rows]
---@return { rows: integer, users: integer, items: integer, passes: integer }  of what stays
function data.k_core(options) end

--- One row of each (user, item), or (user, item, time) with `same_time`.
---@param options { user: lis.Tensor, item: lis.Tensor, users: integer, items: integer, time: lis.Tensor?, value: lis.Tensor?, same_time: boolean?, keep: ("first"|"last"|"max")? }  time: i64, what first and last mean; value: f64, of "max"
---@return lis.Tensor keep  u8 [rows]
function data.distinct(options) end

--- A share of the ids, by a hash of their strings: whoever else is there, they stay or go alike.
---@param ids lis.Dict|integer  a number: of codes without strings
---@param share number
---@param seed integer
---@return lis.Tensor keep  u8 [codes]
function data.share(ids, share, seed) end

--- Codes numbered anew by first appearance, without gaps; -1 stays.
---@param codes lis.Tensor  i32
---@param ids lis.Dict|integer  what they are codes of
---@return lis.Tensor new   i32
---@return lis.Tensor old   i32, the old code of each new one
---@return lis.Tensor fresh i32, the new code of each old one, -1 where it does not appear
---@return lis.Dict? dict   of the new codes
function data.recode(codes, ids) end

--- Other columns of codes that were numbered anew: fresh[code], -1 where there is none.
---@param codes lis.Tensor  i32
---@param fresh lis.Tensor  i32, of recode
---@return lis.Tensor  i32
function data.remap(codes, fresh) end

--- Seconds since 1970 (UTC) of a time in words; nil where it is none.
---@param text string
---@param format string?  "iso" (default), "s", "ms", or as in "%m/%d/%Y %I:%M:%S %p"
---@return integer?
function data.parse_time(text, format) end

--- The columns that an expression reads, each once, in order of appearance.
---@param expression string  as DataTable:where takes it
---@return string[]
function data.expression_columns(expression) end

--- The lines of a text file, without their ends.
---@param path string
---@return string[]
function data.read_lines(path) end

--- The lines at the beginning of a text file, at most its first 64 KiB: to see what kind of file it is
--- without unpacking all of it.
---@param path string
---@return string[]
function data.read_head(path) end

--- A tensor from NumPy's .npy file.
---@param path string
---@return lis.Tensor
function data.read_npy(path) end

--- A tensor from NumPy's .npz archive (numpy.savez, savez_compressed).
---@param path string
---@param name string?  of the array; may be left out where there is one
---@return lis.Tensor
function data.read_npz(path, name) end

--- The names of the arrays in a .npz archive.
---@param path string
---@return string[]
function data.npz_names(path) end

--- A tensor from a safetensors file; F16 and BF16 become f32.
---@param path string
---@param name string?  of the tensor; may be left out where there is one
---@return lis.Tensor
function data.read_safetensors(path, name) end

--- The names of the tensors in a safetensors file.
---@param path string
---@return string[]
function data.safetensors_names(path) end

--- Writes a tensor as NumPy's .npy file, which appears whole or not at all.
---@param path string
---@param tensor lis.Tensor
function data.write_npy(path, tensor) end

--- Begins a columnar cache: typed arrays in compressed frames (docs/data.md). The file appears at commit.
---@param path string
---@param options { compress: "zstd"|"none"|nil, level: integer?, frame: integer? }?  compress: default "zstd": bit-packed, then zstd where it saves a quarter; "none": as they are, to be mapped; level: zstd's, default 1; frame: elements a frame, default 65,536
---@return lis.CacheWriter
function data.cache_writer(path, options) end

--- Opens a columnar cache by memory map; arrays are decoded when they are asked for.
---@param path string
---@param options { unpack_max: integer? }?  most bytes that all arrays may have; default: 100 times the file's size, 1 GiB at least
---@return lis.Cache
function data.open_cache(path, options) end

---@class lis.HistoryOptions
---@field user lis.Tensor      i32 [n] user codes
---@field item lis.Tensor      i32 [n] item codes
---@field time lis.Tensor      i64 [n]
---@field engaged lis.Tensor?  u8 [n]: rows that later ones see; default: all
---@field users integer?       user codes are below it
---@field seeds { row: lis.Tensor, offset: lis.Tensor, item: lis.Tensor }?  histories from before the log: row i32 [n] names a list or -1, offset i64 [lists + 1], item i32

--- Histories "as of": what each row's user engaged with at a strictly earlier time, oldest first.
---@param options lis.HistoryOptions
---@return lis.History
function data.history(options) end

--- Histories of a log that is read block after block, in order of time: the latest `max` items of every
--- user are kept between blocks.
---@param users integer
---@param max integer
---@return lis.HistoryStream
function data.history_stream(users, max) end

--- The mean of the vectors of each row's latest items; zeros where there are none.
---@param history lis.History
---@param vectors lis.Tensor  f32 [v, d], row = item code
---@param options { offset: lis.Tensor?, max: integer? }?  offset: i32 [n], added to the item codes of a row; max: default 50
---@return lis.Tensor  f32 [n, d]
function data.history_mean(history, vectors, options) end

--- How similar each row's item is to its history: cosine mean, largest, of the latest item, mean of the
--- largest three, then the share of the history in each tier (SimTier, Sheng et al. 2024).
---@param history lis.History
---@param target lis.Tensor   i32 [n] item codes
---@param vectors lis.Tensor  f32 [v, d], rows of length 1
---@param options { offset: lis.Tensor?, max: integer?, tiers: integer?, edges: number[]? }?  max: default 50; tiers: of equal width, default 4; edges: between tiers of your own
---@return lis.Tensor  f32 [n, 4 + tiers]
function data.similarity(history, target, vectors, options) end

---@class lis.WorldOptions
---@field seed integer?
---@field users integer?
---@field items integer?
---@field days integer?
---@field impressions integer?      expected number of rows
---@field page integer?             items a page
---@field candidates integer?       items drawn for a page
---@field popularity number?        weight of appeal among candidates
---@field half_life number?         days after which a candidate's recency has halved
---@field evergreen number?         recency that age cannot take away
---@field personal number?          weight of the user's taste in the policy
---@field fatigue number?           what an earlier showing costs
---@field factors integer?          of tastes and items
---@field categories integer?
---@field category_share number?    of an item's factor variance
---@field arriving number?          share of the items that arrive during the log
---@field backlog_days number?      the others are at most this old
---@field activity number?          spread of the users' activity
---@field drift number?             share of a taste's variance that wanders
---@field reversion number?         rate a day at which it forgets
---@field bias number?              of the click's log-odds, as the four below
---@field user_bias number?
---@field affinity number?
---@field quality number?
---@field ageing number?
---@field read_seconds number?      median seconds spent after a click
---@field conversion number?        log-odds that a click converts
---@field bid_spread number?        of the items' bids
---@field content_width integer?    of the content vectors
---@field content_share number?     of the factors' variance that content sees
---@field content_nuisance number?  spread of the dimensions that mean nothing
---@field content_noise number?     added to every coordinate

---@class lis.WorldLog
---@field rows integer
---@field users integer
---@field items integer
---@field days integer
---@field bayes_auc number             of the true probabilities
---@field user lis.Tensor              i32 [rows]
---@field item lis.Tensor              i32 [rows]
---@field time lis.Tensor              i64 [rows] seconds
---@field day lis.Tensor               i32 [rows]
---@field label lis.Tensor             u8 [rows] clicked
---@field probability lis.Tensor       f32 [rows] that of the label, exactly
---@field time_spent lis.Tensor        f32 [rows] seconds
---@field value lis.Tensor             f32 [rows] the item's bid where a click converted
---@field item_factors lis.Tensor      f32 [items, factors + 1]
---@field item_category lis.Tensor     i32 [items]
---@field item_arrival lis.Tensor      i64 [items]
---@field item_bid lis.Tensor          f32 [items]
---@field content lis.Tensor           f32 [items, content_width]
---@field user_factors lis.Tensor      f32 [users, factors]
---@field options lis.WorldOptions     every one in effect

--- A simulated feed whose click probabilities are known exactly (docs/world.md).
---@param options lis.WorldOptions?
---@return lis.WorldLog
function data.world(options) end

--- Columns of a file that was read. #t is the number of rows.
---@class lis.DataTable
local DataTable = {}

--- Number of rows.
---@return integer
function DataTable:rows() end

--- Names of the columns, in the file's order.
---@return string[]
function DataTable:names() end

--- The type of a column.
---@param name string
---@return lis.ColumnType
function DataTable:type(name) end

--- A column as a tensor, without a copy: numbers, or codes of strings.
---@param name string
---@return lis.Tensor  [rows]
function DataTable:column(name) end

--- The dictionary behind a column of strings.
---@param name string
---@return lis.Dict
function DataTable:dict(name) end

--- The elements of a list column.
---@param name string
---@return lis.Tensor offset  i64 [rows + 1]: row r holds the elements from offset[r] + 1 to offset[r + 1]
---@return lis.Tensor code    i32, of the elements in the column's dictionary
---@return lis.Tensor? mark   f32, what followed the mark of each element
function DataTable:list(name) end

--- One string of a text column.
---@param name string
---@param row integer
---@return string
function DataTable:text(name, row) end

--- All strings of a text column.
---@param name string
---@return string[]
function DataTable:texts(name) end

--- Which rows fulfil a condition, such as 'rating >= 4 and genre in ("Drama", "War")' (docs/data.md).
---@param expression string
---@return lis.Tensor  u8 [rows]
function DataTable:where(expression) end

--- A number for each row, such as "log(plays + 1) / max(days, 1)" (docs/data.md).
---@param expression string
---@return lis.Tensor  f64 [rows]
function DataTable:compute(expression) end

--- Gives the memory back now instead of when the garbage is collected.
function DataTable:close() end

--- A file that is read block after block.
---@class lis.TableBlocks
local TableBlocks = {}

--- The next whole lines as a table; nil behind the last ones.
---@param bytes integer?  of text, about; default 32 MiB
---@return lis.DataTable?
function TableBlocks:next(bytes) end

--- The line of the file on which a row of the latest table begins.
---@param row integer
---@return integer
function TableBlocks:line(row) end

--- Names of all columns of the file, kept or not, in its order.
---@return string[]
function TableBlocks:names() end

--- What stands between two fields; nil for JSON lines.
---@return string?
function TableBlocks:delimiter() end

--- How far it is, in bytes of the file.
---@return integer read
---@return integer size
function TableBlocks:progress() end

--- Closes the file. Tables and dictionaries that were given stay good.
function TableBlocks:close() end

--- Strings and their codes. #d is the number of strings.
---@class lis.Dict
local Dict = {}

--- Number of strings.
---@return integer
function Dict:size() end

--- The string of a code; nil for a code that none has.
---@param code integer  0-based
---@return string?
function Dict:decode(code) end

--- The code of a string; nil for an unknown one.
---@param text string
---@return integer?
function Dict:encode(text) end

--- The codes of several strings, -1 for unknown ones.
---@param strings string[]
---@return lis.Tensor  i32
function Dict:codes(strings) end

--- All strings; that of code c stands at c + 1.
---@return string[]
function Dict:strings() end

--- Gives the memory back now instead of when the garbage is collected.
function Dict:close() end

--- What each row of a log may know of its user's past. #h is the number of rows.
---@class lis.History
local History = {}

--- Number of rows.
---@return integer
function History:rows() end

--- Number of events in the index.
---@return integer
function History:events() end

--- How many items each row sees.
---@param max integer?  count at most so many
---@return lis.Tensor  i32 [rows]
function History:lengths(max) end

--- The item codes that a row sees, oldest first.
---@param row integer
---@param max integer?  only the latest so many
---@return integer[]
function History:row(row, max) end

--- Gives the memory back now instead of when the garbage is collected.
function History:close() end

--- Histories of a log that is read in blocks. Rows that share a time belong into one block.
---@class lis.HistoryStream
local HistoryStream = {}

--- The histories of the next block's rows.
---@param user lis.Tensor     i32 [n] codes
---@param item lis.Tensor     i32 [n] codes
---@param time lis.Tensor     i64 [n], ascending, later than the block before
---@param engaged lis.Tensor  u8 [n]: rows that later ones see
---@return lis.History
function HistoryStream:next(user, item, time, engaged) end

--- Takes in a block whose rows nobody asks about.
---@param user lis.Tensor
---@param item lis.Tensor
---@param time lis.Tensor
---@param engaged lis.Tensor
function HistoryStream:pass(user, item, time, engaged) end

--- Gives the memory back now instead of when the garbage is collected.
function HistoryStream:close() end

--- Writes a columnar cache, block after block, in memory that does not grow.
---@class lis.CacheWriter
local CacheWriter = {}

--- More elements of an array; the first call of a name begins it.
---@param name string
---@param values lis.Tensor  one dimension; of one type from call to call
function CacheWriter:append(name, values) end

--- A whole array. Without compression, its frames lie end to end, and reading it maps the file.
---@param name string
---@param values lis.Tensor  one dimension
function CacheWriter:put(name, values) end

--- A whole dictionary.
---@param name string
---@param dict lis.Dict
function CacheWriter:dict(name, dict) end

--- A whole history.
---@param name string
---@param history lis.History
function CacheWriter:history(name, history) end

--- Every column of a table, under its name.
---@param table lis.DataTable
---@param prefix string?  put before the names
function CacheWriter:table(table, prefix) end

--- A text beside the arrays; a later one of the same key replaces it.
---@param key string
---@param text string
function CacheWriter:note(key, text) end

--- Writes what is left; the file appears under its name.
function CacheWriter:commit() end

--- Gives up: without a commit, nothing is left of the file.
function CacheWriter:close() end

--- A columnar cache that was opened.
---@class lis.Cache
local Cache = {}

--- Names of the arrays, in order of writing.
---@return string[]
function Cache:names() end

--- Whether there is an array, a dictionary or a history of that name.
---@param name string
---@return boolean
function Cache:has(name) end

--- What is known of an array without decoding it.
---@param name string
---@return lis.Dtype type
---@return integer elements
---@return integer bytes  in the file
function Cache:array(name) end

--- Elements first to last of an array. A value outside [low, limit) is an error, as is a damaged frame.
---@param name string
---@param options { first: integer?, last: integer?, low: integer?, limit: integer? }?  default: all of it, any value
---@return lis.Tensor
function Cache:read(name, options) end

--- A dictionary.
---@param name string
---@return lis.Dict
function Cache:dict(name) end

--- A history of a log with so many rows, whose item codes are below `items`.
---@param name string
---@param rows integer
---@param items integer
---@return lis.History
function Cache:history(name, rows, items) end

--- The columns of a table that was written.
---@param prefix string?  what its names begin with
---@return lis.DataTable
function Cache:table(prefix) end

--- A text beside the arrays; nil where there is none.
---@param key string
---@return string?
function Cache:note(key) end

--- Sizes in bytes.
---@return integer file
---@return integer content  of all arrays, decoded
function Cache:bytes() end

--- Compares every frame with its checksum, decoding nothing: an error names the first damaged one.
function Cache:verify() end

--- Hash of the arrays, not of the notes.
---@return string hex
function Cache:hash() end

--- Gives file and memory back now instead of when the garbage is collected.
function Cache:close() end

return data
