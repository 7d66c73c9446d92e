--- One vector an item and part: what every representation makes and every channel reads.
local core = require "lis.core"
local check = require "lis.util.check"

local vectors = {}

---@class lis.Vectors
---@field name string
---@field source string the arm it makes: "crossfit", "encoder:text", "raw:text", "noise", ...
---@field values lis.Tensor f32 [parts * items, width]; a row of part p and item i reads line p * items + i
---@field items integer
---@field width integer
---@field part lis.Tensor? i32 [rows of the log]; nil where all rows read the same table
---@field latest integer? taint: time of the latest event it depends on; nil: none
---@field leaked boolean its evidence reaches into the test window
local Vectors = {}
Vectors.__index = Vectors
Vectors.__name = "lis.vectors"

function Vectors:__tostring()
  return ("vectors '%s': %d items, width %d%s%s"):format(self.name, self.items, self.width,
    self.part and (", %d parts"):format(#self.values // self.items) or "", self.leaked and ", leaked" or "")
end

local function part_of(self, log)
  if #self.part ~= log.rows then
    error(("vectors '%s' were made for a log of %d rows, this one ('%s') has %d"):format(
      self.name, #self.part, log.name, log.rows), 0)
  end
  return self.part
end

--- Line of `values` that each row of the log reads: i32 [rows].
---@param log lis.Log
function Vectors:index(log)
  return self.part and (part_of(self, log) * self.items + log.item):to "i32" or log.item
end

--- What to add to an item code so that it finds the row's own part: i32 [rows], or nil.
---@param log lis.Log
function Vectors:offset(log)
  return self.part and (part_of(self, log) * self.items):to "i32" or nil
end

local code_options = {
  levels = { default = 3, type = "integer", min = 1 },
  codes = { default = 32, type = "integer", min = 1 },
  iterations = { default = 25, type = "integer", min = 1 },
  seed = { default = 0, type = "integer" },
}

--- The vectors as short words of codes, coarse to fine: residual k-means over all parts together, so that a
--- code means the same in each (Juang & Gray 1982).
---
---     v ~ c1[code 1] + c2[code 2] + ...
---@param options { levels: integer?, codes: integer?, iterations: integer?, seed: integer? }?
---@return lis.Tensor codes i32 [parts * items, levels]
---@return lis.Tensor centroids f32 [levels * codes, width]
---@return lis.Tensor left f64 [levels] mean squared length left over after each level
function Vectors:codes(options)
  return core.sparse.residual_codes(self.values, check.options(options, code_options, "vectors:codes"))
end

--- Writes the vectors as a feature file: PATH.npy, f32 [parts * items, width], part by part, and PATH.json
--- that says what they know. Leaked vectors in a feature store would train a ranker on its own test:
--- refused without `i_know_this_is_leaked = true`.
---@param path string without extension
---@param options { i_know_this_is_leaked: boolean? }?
---@return lis.Vectors self
function Vectors:export(path, options)
  options = check.options(options, { i_know_this_is_leaked = false }, "vectors:export")
  if self.leaked and not options.i_know_this_is_leaked then
    error(("'%s' depends on the test window (%s): as a feature it would flatter every model trained with it; "
      .. "export the history's vectors, or say i_know_this_is_leaked = true"):format(self.name,
      self.latest == math.maxinteger and "from outside, no time bounds it" or "event at " .. self.latest), 0)
  end
  core.data.write_npy(path .. ".npy", self.values)
  core.base.save(path .. ".json", core.base.json_encode({
    name = self.name, source = self.source, items = self.items, width = self.width, parts = #self.values // self.items,
    latest = self.latest, leaked = self.leaked,
  }, { indent = 2 }) .. "\n")
  return self
end

--- `items` and `values` are required; part, latest and leaked are an artefact's own (vectors.of).
---@return lis.Vectors
function vectors.new(fields)
  fields.width, fields.leaked = fields.values:size(2), fields.leaked or false
  return setmetatable(fields, Vectors)
end

--- Vectors made from an artefact: its parts, and its taint.
---@return lis.Vectors
function vectors.of(artefact, fields)
  fields.items, fields.part = artefact.items, artefact.part
  fields.latest, fields.leaked = artefact.latest, artefact.leaked
  return vectors.new(fields)
end

-- Scales by one factor so that the covered rows of `reference` have mean square 1 per coordinate: a
-- dense input of that size neither drowns nor shouts, and folds keep their common frame.
function vectors.unit_scale(reference)
  local squares = (reference * reference):sum(2)
  local covered = squares:gt(0):count()
  return covered == 0 and 1 or math.sqrt(covered * reference:size(2) / squares:sum())
end

return vectors
