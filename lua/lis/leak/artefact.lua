--- What the leak hands on: evidence in parts, who reads which part, what it knows, and its card.
local core = require "lis.core"
local check = require "lis.util.check"
local evidence = require "lis.leak.evidence"

---@class lis.Artefact
---@field source string "crossfit", "naive", "history", "horizon 24 h", "placebo"
---@field preference string
---@field kind "pairs"|"vectors"|"triples"
---@field parts any[] evidence; a row of part p reads parts[p + 1]
---@field pooled any all folds together: the frame that the parts' tables are rotated onto
---@field part lis.Tensor? i32 [rows]: which part each row of the log reads; nil: the one there is
---@field items integer
---@field latest integer? taint: time of the latest event it depends on; nil: none
---@field leaked boolean it reaches into the test window
---@field relabelled { of: lis.Artefact, permutation: lis.Tensor }? of a placebo: whose labels it exchanges, and how
---@field card table window, filters, counts, support, coverage, times, hash
local Artefact = {}
Artefact.__index = Artefact
Artefact.__name = "lis.artefact"

local artefact = {}

local function kind_of(self) return evidence.kinds[self.kind] end

--- How much is known of each item in part p (1-based); of the whole without p. f64 [items].
---@param p integer?
---@return lis.Tensor
function Artefact:support(p) return kind_of(self).support(p and self.parts[p] or self.pooled) end

-- With a card and parts of its own, the latter still to come; it is nobody's placebo.
local function copy_of(self)
  local out = setmetatable({}, Artefact)
  for key, value in pairs(self) do out[key] = value end
  out.parts, out.relabelled, out.card = {}, nil, {}
  for key, value in pairs(self.card) do out.card[key] = value end
  return out
end

--- The same artefact with every piece of evidence replaced by fn(piece); the card notes `changes`.
---@return lis.Artefact
function Artefact:map(fn, changes)
  local out = copy_of(self)
  for p, piece in ipairs(self.parts) do out.parts[p] = fn(piece) end
  out.pooled = self.part and fn(self.pooled) or out.parts[1]
  out.card.hash = kind_of(out).hash(out.pooled)
  out.card.pairs = kind_of(out).count(out.pooled)
  for key, value in pairs(changes) do out.card[key] = value end
  return out
end

function Artefact:__tostring()
  local c = self.card
  local lines = {
    ("artefact '%s' (%s): %d %s from %d events of %d users"):format(self.preference, self.source, c.pairs,
      self.kind, c.events, c.users),
    ("  events %s to %s, %d parts, hash %s"):format(c.first or "-", c.last or "-", #self.parts, c.hash),
    ("  covers %d of %d items, %.1f %% of test rows, %.1f %% of test histories"):format(c.items_covered,
      self.items, 100 * c.test_rows_covered, 100 * c.histories_covered),
  }
  if c.notes and c.notes.lines then
    lines[#lines + 1] = ("  %d of %d lines of the file matched"):format(c.notes.matched, c.notes.lines)
  end
  return table.concat(lines, "\n")
end

---@param fields table everything but the card's counts
---@return lis.Artefact
function artefact.new(fields) return setmetatable(fields, Artefact) end

local scalars = { "source", "preference", "kind", "items", "latest", "leaked", "card" }

--- Writes the artefact into a folder: card.json, and its evidence beside it.
---@param path string folder, made if need be
---@return lis.Artefact self
function Artefact:save(path)
  core.base.make_folder(path)
  local head = { parts = #self.parts, shared = self.part == nil }
  for _, name in ipairs(scalars) do head[name] = self[name] end
  for p, piece in ipairs(self.parts) do kind_of(self).save(piece, ("%s/part-%d"):format(path, p)) end
  if self.part then
    kind_of(self).save(self.pooled, path .. "/pooled")
    core.data.write_npy(path .. "/rows.npy", self.part)
  end
  core.base.save(path .. "/card.json", core.base.json_encode(head, { indent = 2 }) .. "\n")
  return self
end

local function read_text(path)
  local file, message = io.open(path, "rb")
  if not file then error(("%s: no artefact there (artefact:save writes one)"):format(message), 0) end
  local text = file:read "a"
  file:close()
  return text
end

--- Reads what artefact:save wrote; refuses a folder whose evidence is not what the card says.
---@param path string
---@return lis.Artefact
function artefact.load(path)
  local head = core.base.json_decode(read_text(path .. "/card.json"))
  local kind = evidence.kinds[head.kind]
  if not kind or not math.tointeger(head.parts) then
    error(("%s/card.json: not the card of an artefact"):format(path), 0)
  end
  local self = { parts = {} }
  for _, name in ipairs(scalars) do self[name] = head[name] end
  for p = 1, head.parts do self.parts[p] = kind.load(("%s/part-%d"):format(path, p)) end
  self.part = not head.shared and core.data.read_npy(path .. "/rows.npy") or nil
  self.pooled = head.shared and self.parts[1] or kind.load(path .. "/pooled")
  if kind.hash(self.pooled) ~= self.card.hash then
    error(("%s: the evidence is not that of card.json (hash %s, card %s)"):format(path,
      kind.hash(self.pooled), tostring(self.card.hash)), 0)
  end
  return artefact.new(self)
end

--- A dose: a share of the evidence, the same in every fold; smaller doses are parts of larger ones.
-- Pairs are kept by the hash of the pair, triples by that of their two items, vectors by the item.
---@param source lis.Artefact
---@param share number in [0, 1]
---@param seed integer?
---@return lis.Artefact
function artefact.thin(source, share, seed)
  check.argument(share, { type = "number", min = 0, max = 1 }, "lis.leak.thin", "the share")
  local kind = kind_of(source)
  return source:map(function(piece) return kind.thin(piece, share, seed or 1) end, { dose = share })
end

--- The placebo: item labels exchanged jointly in every part, `P C P'`. Same graph, same degrees, same
--- spectrum, no meaning.
---@param source lis.Artefact
---@param seed integer?
---@return lis.Artefact
function artefact.placebo(source, seed)
  local kind = kind_of(source)
  local permutation = core.base.permutation(source.items, seed or 1, "placebo")
  local out = source:map(function(piece) return kind.permute(piece, permutation) end, { permuted = true })
  out.source, out.relabelled = "placebo", { of = source, permutation = permutation }
  return out
end

--- The naive artefact that a cross-fitted one holds already: what all folds say together, to everybody.
---@param source lis.Artefact
---@return lis.Artefact
function artefact.pooled(source)
  local out = copy_of(source)
  out.parts, out.part = { source.pooled }, nil
  out.card.scheme = { unit = "user", naive = true, seed = out.card.scheme.seed }
  out.source = source.source == "crossfit" and "naive" or "naive " .. source.source
  return out
end

-- Mid-ranks of a tensor's values, as a Lua table.
local function ranks_of(values)
  local order, rank, n = values:argsort(), {}, #values
  local first = 1
  while first <= n do
    local last = first
    while last < n and values[order[last + 1] + 1] == values[order[first] + 1] do last = last + 1 end
    for at = first, last do rank[order[at] + 1] = (first + last) / 2 end
    first = last + 1
  end
  return rank
end

local function pearson(a, b)
  local n, mean_a, mean_b = #a, 0, 0
  for i = 1, n do mean_a, mean_b = mean_a + a[i] / n, mean_b + b[i] / n end
  local ab, aa, bb = 0, 0, 0
  for i = 1, n do
    local x, y = a[i] - mean_a, b[i] - mean_b
    ab, aa, bb = ab + x * y, aa + x * x, bb + y * y
  end
  return aa > 0 and bb > 0 and ab / math.sqrt(aa * bb) or nil
end

-- Both graphs on the pairs that both have: the pattern is the entries of `a` that `b` keeps.
local function shared_weights(a, b)
  local row, column, value = b:triples()
  local of_b = {}
  for k = 1, #row do of_b[row[k] * b:columns() + column[k]] = value[k] end
  row, column, value = a:triples()
  local left, right = {}, {}
  for k = 1, #row do
    local other = row[k] < column[k] and of_b[row[k] * a:columns() + column[k]]
    if other then left[#left + 1], right[#right + 1] = value[k], other end
  end
  return left, right
end

--- How alike two pair graphs are: `shared`, pairs in both; `only_a`, `only_b`; `jaccard`, shared over all;
--- `rank_correlation`, Spearman's over the weights of shared pairs (nil under 3, or where all weights tie).
---@param a lis.Artefact
---@param b lis.Artefact
---@return { shared: integer, only_a: integer, only_b: integer, jaccard: number, rank_correlation: number? }
function artefact.compare(a, b)
  for _, one in ipairs { a, b } do
    if one.kind ~= "pairs" then
      error(("lis.leak.compare: '%s' holds %s; only pairs can be compared pair by pair"):format(
        one.preference, one.kind), 0)
    end
  end
  if a.items ~= b.items then
    error(("lis.leak.compare: '%s' is over %d items, '%s' over %d: compare artefacts of one log"):format(
      a.preference, a.items, b.preference, b.items), 0)
  end
  local left, right = shared_weights(a.pooled, b.pooled)
  local shared, in_a, in_b = #left, a.pooled:nnz() // 2, b.pooled:nnz() // 2
  local all = in_a + in_b - shared
  return {
    shared = shared, only_a = in_a - shared, only_b = in_b - shared, jaccard = all > 0 and shared / all or 0,
    rank_correlation = shared >= 3
      and pearson(ranks_of(core.tensor.from(left)), ranks_of(core.tensor.from(right))) or nil,
  }
end

return artefact
