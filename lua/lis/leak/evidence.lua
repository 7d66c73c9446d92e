--- The three shapes that evidence comes in, and what every consumer asks of each.
--
--   pairs    lis.csr [items, items]                          weighted item pairs
--   vectors  lis.tensor f32 [items, width]                   an item table trained elsewhere
--   triples  { users, items, user, chosen, rejected }        i32 codes: user prefers chosen to rejected
local core = require "lis.core"

local evidence = {}

---@class lis.EvidenceKind
---@field count fun(e: any): integer how many pairs, vectors or triples
---@field items fun(e: any): integer
---@field support fun(e: any): lis.Tensor f64 [items]: how much is known of each item; 0: nothing
---@field permute fun(e: any, permutation: lis.Tensor): any item labels exchanged jointly, nothing else
---@field thin fun(e: any, share: number, seed: integer): any a part, the same in every fold; nested in share
---@field hash fun(e: any): string
---@field save fun(e: any, stem: string): string[] files written
---@field load fun(stem: string): any

-- Which of n things a dose keeps: the first share * n of a permutation, so that doses are nested.
local function dose(n, share, seed, purpose)
  local place = core.base.permutation(n, seed, purpose)
  return place:lt(math.floor(share * n + 0.5))
end

local pairs_kind = {
  count = function(e) return e:nnz() // 2 end,
  items = function(e) return e:rows() end,
  support = function(e) return e:row_sums() end,
  permute = function(e, permutation) return e:permute(permutation) end,
  thin = function(e, share, seed) return e:thin(share, seed) end,
  hash = function(e) return e:hash() end,
  save = function(e, stem) e:save(stem .. ".csr") end,
  load = function(stem) return core.sparse.load(stem .. ".csr") end,
}

-- [n, 1], to scale rows with.
local function column(flags) return flags:to("f32"):reshape(#flags, 1) end

local vectors_kind = {
  count = function(e) return (e * e):sum(2):gt(0):count() end,
  items = function(e) return #e end,
  support = function(e) return (e * e):sum(2):gt(0):to "f64" end,
  permute = function(e, permutation) return core.tensor.new("f32", #e, e:size(2)):scatter_add_(permutation, e) end,
  thin = function(e, share, seed) return e * column(dose(#e, share, seed, "thin items")) end,
  hash = function(e) return e:hash() end,
  save = function(e, stem) core.data.write_npy(stem .. ".npy", e) end,
  load = function(stem) return core.data.read_npy(stem .. ".npy") end,
}

local triple_columns = { "user", "chosen", "rejected" }

-- Triples are drawn by their pair of items, so that a fold keeps what the whole keeps.
local function thin_triples(e, share, seed)
  local keep = core.tensor.new("u8", #e.chosen)
  if #keep > 0 then
    local low, high = e.chosen:minimum(e.rejected), e.chosen:maximum(e.rejected)
    local graph = core.sparse.from_triples(e.items, e.items, low, high):thin(share, seed)
    local drawn = {}
    local a, b = graph:triples()
    for k = 1, #a do drawn[a[k] * e.items + b[k]] = true end
    for k = 1, #keep do
      if drawn[low[k] * e.items + high[k]] then keep:set(k, 1) end
    end
  end
  local out, rows = { users = e.users, items = e.items }, keep:nonzero()
  for _, name in ipairs(triple_columns) do out[name] = e[name]:take(rows) end
  return out
end

local triples_kind = {
  count = function(e) return #e.chosen end,
  items = function(e) return e.items end,
  support = function(e) return e.chosen:bincount(e.items) + e.rejected:bincount(e.items) end,
  permute = function(e, permutation)
    return { users = e.users, items = e.items, user = e.user,
      chosen = permutation:take(e.chosen), rejected = permutation:take(e.rejected) }
  end,
  thin = thin_triples,
  hash = function(e) return core.base.hash(e.user:hash() .. e.chosen:hash() .. e.rejected:hash()) end,
  save = function(e, stem)
    for _, name in ipairs(triple_columns) do core.data.write_npy(("%s.%s.npy"):format(stem, name), e[name]) end
    core.data.write_npy(stem .. ".size.npy", core.tensor.from({ e.users, e.items }, "i64"))
  end,
  load = function(stem)
    local size = core.data.read_npy(stem .. ".size.npy")
    local out = { users = size[1], items = size[2] }
    for _, name in ipairs(triple_columns) do out[name] = core.data.read_npy(("%s.%s.npy"):format(stem, name)) end
    return out
  end,
}

---@type table<string, lis.EvidenceKind>
evidence.kinds = { pairs = pairs_kind, vectors = vectors_kind, triples = triples_kind }

--- The kind of what a constructor returned; an error that names the constructor where it is none.
---@return string
function evidence.kind_of(value, who)
  if core.sparse.is(value) then return "pairs" end
  if core.tensor.is(value) and #value:shape() == 2 then return "vectors" end
  if type(value) == "table" and value.chosen and value.rejected and value.user then return "triples" end
  error(("preference '%s' returned %s; wanted a csr [items, items], a tensor [items, width] or a table "
    .. "{ users, items, user, chosen, rejected }"):format(who, type(value) == "userdata" and tostring(value)
    or "a " .. type(value)), 0)
end

return evidence
