--- Dose response: the leaked table from a share of the pairs. More of a cause should do more.
local core = require "lis.core"
local arm = require "lis.study.arm"
local check = require "lis.util.check"
local represent = require "lis.represent"

local dose = {}

local golden <const> = 0.6180339887498949
local root2 <const> = 1.4142135623730951

local function fraction(x) return x - x:to("i64"):to("f64") end

-- A number in [0, 1) for each pair of items, the same for (i, j) and (j, i): a hash by multiplication of
-- the items' places in a random order. Alike in every fold, and nested: a pair kept at 25 % is kept at 50 %.
local function draw(place, row, column)
  local a, b = place:take(row) + 1, place:take(column) + 1
  return fraction(fraction(a * b * golden) * 12345.678 + (a + b) * root2)
end

local function thinned(graph, place, share)
  local row, column, value = graph:triples()
  local kept = draw(place, row, column):lt(share):nonzero()
  return core.sparse.from_triples(graph:rows(), graph:columns(), row:take(kept), column:take(kept), value:take(kept))
end

--- The artefact with a share of its pairs, the same pairs in every fold.
---@param artefact lis.Artefact
---@param share number 0 to 1
---@param seed integer? default 1
---@return lis.Artefact
function dose.thin(artefact, share, seed)
  check.argument(share, { type = "number", min = 0, max = 1 }, "lis.study.dose.thin", "the share")
  local place = core.base.permutation(artefact.pooled:rows(), seed or 1, "dose"):to "f64"
  local copy = {}
  for name, value in pairs(artefact) do copy[name] = value end
  copy.pooled, copy.graphs = thinned(artefact.pooled, place, share), {}
  for k, graph in ipairs(artefact.graphs) do
    copy.graphs[k] = graph == artefact.pooled and copy.pooled or thinned(graph, place, share)
  end
  return copy
end

local function name_of(share) return ("dose:%g"):format(100 * share) end

-- The shares below 1, ascending.
local function shares_of(study)
  local shares = {}
  for _, share in ipairs(study.dose) do
    if share < 1 then shares[#shares + 1] = share end
  end
  table.sort(shares)
  return shares
end

--- One arm a share below 1; the whole is the crossfit arm.
---@param study table with option dose = { 0, 0.25, 0.5 }
---@param source lis.Source
---@return lis.Arm[]
function dose.arms(study, source)
  local arms = {}
  for i, share in ipairs(shares_of(study)) do
    arms[i] = arm.new {
      preference = source.key, source = name_of(share), leaked = true,
      made_of = { source.preference, source.folds, source.shape, share },
      vectors = function() return represent.table(dose.thin(source.crossfit(), share), source.shape) end,
    }
  end
  return arms
end

--- A step down of this size counts as level (our choice: what seeds do).
dose.tolerance = 0.003

--- The curve of each preference data set: AUC against the base at each share, and whether it rises.
---@param study table
---@param figures { arms: lis.ArmRow[] }
---@return table[] { preference, points = { share, delta, ci }[], largest_fall, rises }
function dose.figures(study, figures)
  local of, curves = {}, {}
  for _, row in ipairs(figures.arms) do
    if row.metric == "auc" then of[(row.preference or "") .. "\0" .. row.source] = row end
  end
  for i, score in ipairs(figures.scores) do
    local curve = { preference = score.preference, points = {}, largest_fall = 0 }
    local shares = shares_of(study)
    shares[#shares + 1] = 1
    for k, share in ipairs(shares) do
      local row = of[score.preference .. "\0" .. (share == 1 and "crossfit" or name_of(share))]
      curve.points[k] = { share = share, delta = row.delta, ci = row.ci }
      if k > 1 then curve.largest_fall = math.max(curve.largest_fall, curve.points[k - 1].delta - row.delta) end
    end
    curve.rises = curve.largest_fall <= dose.tolerance
    curves[i] = curve
  end
  return curves
end

return dose
