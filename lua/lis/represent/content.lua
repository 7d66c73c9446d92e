--- Frozen content vectors: an MLLM's, one a item, read from files or handed over; several fused into one.
local core = require "lis.core"
local check = require "lis.util.check"
local settings = require "lis.util.settings"
local text = require "lis.util.text"
local vector_file = require "lis.represent.vector_file"
local vectors = require "lis.represent.vectors"

local content = {}

---@class lis.Content
---@field name string
---@field values lis.Tensor f32 [items, d], a zero row where the file has no vector
---@field covered lis.Tensor u8 [items] it has one that is not zero
---@field reading table? of a file: rows, matched, repeated, unknown, zero

--- Content vectors already in the order of the log's item codes.
---@param name string
---@param values lis.Tensor f32 [items, d]
---@return lis.Content
function content.new(name, values)
  return { name = name, values = values, covered = (values * values):sum(2):gt(0) }
end

-- The row of the file that each item reads, -1: none. Of several rows about one item the first counts.
local function align(log, ids)
  local row_of, repeated, unknown = core.tensor.full("i32", -1, log.items), 0, 0
  for row = 1, ids.count do
    local item = ids.codes[row] + 1
    if item == 0 then
      unknown = unknown + 1
    elseif row_of[item] >= 0 then
      repeated = repeated + 1
    else
      row_of:set(item, row - 1)
    end
  end
  if ids.count == unknown then
    error(("%s: none of its %d ids is an item of log '%s' (first: '%s'); are they the same kind of id?"):format(
      ids.where, ids.count, log.name, ids.count > 0 and ids.show(1) or ""), 0)
  end
  return row_of, { rows = ids.count, matched = row_of:ge(0):count(), repeated = repeated, unknown = unknown }
end

---@class lis.Coverage
---@field items number share of the log's items that have a vector
---@field rows number share of its rows whose item has one
---@field test_rows number? share of the split's test rows

--- How far content reaches.
---@param self lis.Content
---@param log lis.Log
---@param split lis.Split? for the share of its test rows
---@return lis.Coverage
function content.coverage(self, log, split)
  local reached = self.covered:take(log.item)
  return {
    items = self.covered:count() / #self.covered, rows = reached:count() / log.rows,
    test_rows = split and reached:take(split.test):count() / #split.test or nil,
  }
end

-- "text: 1,640 of 1,682 items, 97.5 %; 99.1 % of the rows, 98.7 % of the test rows"
local function coverage_line(self, log, split)
  local share = content.coverage(self, log, split)
  return ("%s: %s of %s items, %.1f %%; %.1f %% of the rows%s"):format(self.name, text.count(self.covered:count()),
    text.count(log.items), 100 * share.items, 100 * share.rows,
    share.test_rows and (", %.1f %% of the test rows"):format(100 * share.test_rows) or "")
end

-- What else a reader should know of the file: only what is not as it should be.
local function remarks(self, log)
  local reading, list = self.reading, {}
  local function note(n, what)
    if n > 0 then list[#list + 1] = text.count(n) .. " " .. what end
  end
  note(log.items - self.covered:count(), "items without a vector read zeros (covered = 0)")
  note(reading.zero, "vectors are all zero and count as missing")
  note(reading.repeated, "ids came again: the first row counts")
  note(reading.unknown, "ids are no items of the log")
  return #list > 0 and self.name .. ": " .. table.concat(list, "; ") or nil
end

local read_options = {
  name = { type = "string" }, ids = { type = "string" }, id = { type = "string" }, array = { type = "string" },
  split = { type = "table" }, quiet = false,
}

--- Reads an encoder's vectors and aligns them with the log's items, and says how many have one.
--
-- .npy, .npz (`array` names one of several), .safetensors: f32 [n, d], with the item ids in `ids`, a side
-- file of one id a line (default: PATH.ids) or a .csv or .tsv with the ids in column `id`; or in an array
-- `id` (default "ids") of the same file. .csv, .tsv: the ids are column `id` (default: the first), all
-- other columns the vector. Items without a vector read zeros, `covered` is 0 for them. With `split` it also
-- says how many test rows are covered.
---@param path string
---@param log lis.Log the ids are matched against its items
---@param options { name: string?, ids: string?, id: string?, array: string?, split: lis.Split?, quiet: boolean? }?
---@return lis.Content
function content.read(path, log, options)
  options = check.options(options, read_options, "lis.represent.read")
  local matrix, ids = vector_file.read(path, log, options)
  vector_file.check_finite(path, matrix, ids)
  local row_of, reading = align(log, ids)
  local name = options.name or path:match("([^/]+)$"):gsub("%.[%w.]+$", "")
  local self = content.new(name, matrix:take(row_of))
  reading.zero = reading.matched - self.covered:count()
  self.reading = reading
  if not options.quiet and not settings.quiet then
    print(coverage_line(self, log, options.split))
    local remark = remarks(self, log)
    if remark then print(remark) end
  end
  return self
end

--- Columns centred on the covered rows and scaled to unit variance overall; uncovered rows stay zero.
function content.standardise(self)
  local covered = self.covered:nonzero()
  if #covered == 0 then
    error(("content '%s' has a vector for none of its %d items"):format(self.name, #self.values), 0)
  end
  local known = self.values:take(covered)
  local centred = known - known:mean(1):to "f32"
  local scale = vectors.unit_scale(centred)
  local out = core.tensor.new("f32", #self.values, self.values:size(2))
  return out:scatter_add_(covered, centred * scale)
end


--- Several encoders' vectors side by side: each standardised (so that none shouts), weighted, concatenated.
--- An item is covered where any of them knows it; the others' columns are 0 there.
---@param list lis.Content[]
---@param options { name: string?, weights: number[]? }?
---@return lis.Content
function content.fuse(list, options)
  options = check.options(options, { name = { type = "string" }, weights = { type = "list", of = "number" } },
    "lis.represent.fuse")
  if type(list) ~= "table" or #list == 0 then
    check.fail("lis.represent.fuse", "wants a list of contents, got %s", check.show(list))
  end
  if options.weights and #options.weights ~= #list then
    check.fail("lis.represent.fuse", "%d weights for %d contents", #options.weights, #list)
  end
  local blocks, names = {}, {}
  for i, one in ipairs(list) do
    if #one.values ~= #list[1].values then
      check.fail("lis.represent.fuse", "'%s' has %d items and '%s' %d: all must be in the order of one log",
        list[1].name, #list[1].values, one.name, #one.values)
    end
    names[i] = one.name
    blocks[i] = content.standardise(one) * (options.weights and options.weights[i] or 1)
  end
  return content.new(options.name or table.concat(names, " + "), core.tensor.concat(blocks, 2))
end

return content
