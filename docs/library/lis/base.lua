---@meta

--- Clocks, hashes, keyed randomness, JSON, files, the terminal and the machine.
---@class lis.core.base
---@field version string of lisrun: "0.2.0"
local base = {}

--- Seconds of a clock that never goes back; where it begins means nothing.
---@return number seconds
function base.clock() end

--- Seconds of processor time that this process has used, all threads together.
---@return number seconds
function base.cpu() end

--- Hash of a string (xxHash64), as 16 hex digits.
---@param text string
---@return string hex
function base.hash(text) end

--- The fold of each user. It depends on the id and the seed alone, so that a user stays in its fold when
--- others are added.
---@param users integer|lis.Tensor  number of users, or i32 [n] user codes (-1: fold -1)
---@param folds integer
---@param seed integer
---@return lis.Tensor fold  i32 [n], each in [0, folds)
function base.user_folds(users, folds, seed) end

--- The numbers 0 to n - 1 in random order.
---@param n integer
---@param seed integer
---@param purpose string  streams of different purposes are independent
---@return lis.Tensor codes  i32 [n]
function base.permutation(n, seed, purpose) end

--- JSON text of a value: keys sorted, numbers exact, NaN and infinities as null.
---@param value any  an empty table becomes {}, one made by json_array() becomes []
---@param options { indent: integer? }?  spaces a level, default 2; 0: one line
---@return string
function base.json_encode(value, options) end

--- The value of a JSON text; null becomes nil.
---@param text string
---@return any
function base.json_decode(text) end

--- Marks a table as a list, so that json_encode writes [] even while it is empty.
---@param list table?  default: a new one
---@return table list
function base.json_array(list) end

--- Writes a file that appears whole or not at all; missing folders are made.
---@param path string
---@param text string
function base.save(path, text) end

--- Makes a folder and those above it.
---@param path string
function base.make_folder(path) end

--- The names in a folder, in order of bytes.
---@param path string
---@return string[]?  nil where there is no such folder
function base.list_folder(path) end

--- Size and time of a file: what tells at a glance that it is another one than before.
---@param path string
---@return { size: integer, modified: integer }  modified: nanoseconds since 1970
function base.look(path) end

--- Hash of a file's content, in blocks that are hashed in parallel.
---@param path string
---@return string hex
function base.hash_file(path) end

--- Memory of this process that is resident.
---@param reset boolean?  the peak begins again from now
---@return integer bytes  now
---@return integer peak   the most since the start or the last reset
function base.resident(reset) end

--- Whether a file or folder may be written: under lisrun --safe only what lies below --out may.
---@param path string
---@return boolean
---@return string? reason
function base.may_write(path) end

--- The number of worker threads; sets it first where one is given.
---@param threads integer?  1 to 256
---@return integer
function base.threads(threads) end

--- Bytes that the core holds (columns, tensors, matrices; not Lua's own tables): now, at most so far, what
--- --max-memory allows it (nil: no limit), and what it may still take: up to the limit, or else up to the
--- machine's memory.
---@return { live: integer, peak: integer, limit: integer?, room: integer }
function base.memory() end

--- Whether Ctrl-C was pressed and not yet dealt with: for long loops in Lua that wish to end well.
---@return boolean
function base.interrupted() end

--- Whether a stream is a terminal.
---@param stream "stdin"|"stdout"|"stderr"
---@return boolean
function base.is_terminal(stream) end

--- Width of a terminal in columns: what COLUMNS says, else what the terminal says, else 80.
---@param stream ("stdin"|"stdout"|"stderr")?  default "stderr"
---@return integer
function base.columns(stream) end

--- Height of a terminal in lines: what LINES says, else what the terminal says, else 24.
---@param stream ("stdin"|"stdout"|"stderr")?  default "stderr"
---@return integer
function base.lines(stream) end

--- Edits between two words: insertions, deletions, substitutions and swaps of neighbours count 1, a
--- difference in case a half.
---@param a string
---@param b string
---@return number
function base.edit_distance(a, b) end

--- The name that was probably meant; nil where none is near.
---@param word string
---@param names string[]
---@return string?
function base.nearest(word, names) end

--- The name of a function of the core, as errors call it: "core.tensor.matmul", "tensor:take".
---@param f function
---@return string?  nil for other functions
function base.function_name(f) end

--- What a result was computed on.
---@return lis.Machine
function base.machine() end

---@class lis.Machine
---@field system string         "Linux 6.1.0 x86_64"
---@field processor string
---@field features string[]     of the processor, as far as kernels here use them
---@field processors integer    of the machine
---@field granted integer       to this process
---@field threads integer       in use
---@field memory integer        bytes
---@field compiler string
---@field kernels string        "portable", "avx2", "avx512"
---@field bf16 string           what carries products in bf16: "amx", "avx512bf16", "emulated"
---@field blas string           OpenBLAS about itself
---@field openmp integer?       its version; nil: built without threads

return base
