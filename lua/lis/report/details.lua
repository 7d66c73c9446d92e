--- Further pictures of a study: cohorts, learning curves, spread and calibration of scores, coverage, and the
--- windows with what each arm may see. As lis.report.figures; some give a list.
local style = require "lis.report.style"
local text = require "lis.util.text"
local words = require "lis.report.words"

local details = {}

local cohort_names = {
  train_count = "item: train rows", item_age = "item: age", user_activity = "user: train rows",
    category = "item: category",
  covered = "pairs reach the item", support = "item: weight of its pairs",
}

-- Groups in their order, each with its figure for every preference data set.
local function groups_of(cohorts)
  local order, of, keys, seen = {}, {}, {}, {}
  for _, row in ipairs(cohorts) do
    local name = row.cohort .. "\0" .. row.group
    if not of[name] then
      of[name] = { cohort = row.cohort, group = row.group, rows = row.rows }
      order[#order + 1] = of[name]
    end
    of[name][row.preference] = row
    if not seen[row.preference] then keys[#keys + 1], seen[row.preference] = row.preference, true end
  end
  return order, keys
end

local function cohort_row(group, keys)
  local marks = {}
  for i, key in ipairs(keys) do
    local row = group[key]
    if row and row.lis and row.lis_ci then
      marks[#marks + 1] = { kind = "point", value = row.lis, low = row.lis_ci[1], high = row.lis_ci[2],
        look = style.of_series(i) }
    end
  end
  return #marks > 0 and { label = group.group, note = text.count(group.rows) .. " rows", marks = marks } or nil
end

--- LIS on parts of the test rows.
function details.cohorts(result)
  if not (result.cohorts and result.cohorts[1]) then return nil end
  local groups, keys = groups_of(result.cohorts)
  local rows, legend, last = {}, {}, nil
  for _, group in ipairs(groups) do
    local row = cohort_row(group, keys)
    if row and group.cohort ~= last then
      rows[#rows + 1] = { label = cohort_names[group.cohort] or group.cohort, header = true }
      last = group.cohort
    end
    rows[#rows + 1] = row
  end
  for i, key in ipairs(keys) do
    local look = style.of_series(i)
    legend[i] = { label = key, colour = look.colour, point = look.point, kind = "line" }
  end
  if #rows == 0 then return nil end
  return { name = "cohorts", rows = { rows = rows, legend = legend, lane = 14,
    axis = { signed = true, label = "LIS" } },
    caption = "LIS on parts of the test window, with 95 % intervals before any adjustment; the table has p after "
      .. "Holm. Groups of one class or one user have no figure." }
end

-- Mean over seeds after each epoch, with the least and the most.
local function learning_points(curve, epochs)
  local points, length = {}, math.huge
  for _, seed in ipairs(curve.auc) do length = math.min(length, #seed) end
  for e = 1, length do
    local sum, least, most = 0, math.huge, -math.huge
    for _, seed in ipairs(curve.auc) do
      sum, least, most = sum + seed[e], math.min(least, seed[e]), math.max(most, seed[e])
    end
    points[e] = { epochs - length + e, sum / #curve.auc, least, most }
  end
  return points
end

local function epochs_of(result)
  local most = 0
  for _, curve in ipairs(result.curves) do
    for _, seed in ipairs(curve.auc) do most = math.max(most, #seed) end
  end
  return most
end

local function learning_figure(name, title, list, epochs, range)
  local series = {}
  for i, curve in ipairs(list) do
    series[i] = { name = words.source(curve.source), points = learning_points(curve, epochs),
      look = style.of_arm(curve.source) }
  end
  local marks = {}
  for e = 1, epochs do marks[e] = { e, tostring(e) } end
  return { name = name, size = "half", curves = { title = title, series = series, height = 200,
      x = { label = "passes over the train rows", marks = epochs <= 12 and marks or nil, share = 0.08 },
      y = { label = "AUC of the test rows", low = range[1], high = range[2] } },
    caption = title .. ": AUC after each pass, mean over seeds; bars from the least to the most." }
end

local function auc_range(result)
  local low, high = math.huge, -math.huge
  for _, curve in ipairs(result.curves) do
    for _, seed in ipairs(curve.auc) do
      for _, value in ipairs(seed) do low, high = math.min(low, value), math.max(high, value) end
    end
  end
  local pad = math.max(high - low, 1e-4) * 0.05
  return { low - pad, high + pad }
end

--- Learning curves: a panel for each preference data set and one for the controls, the base in all.
---@return lis.report.Figure[]?
function details.learning(result)
  local epochs = result.curves and epochs_of(result) or 0
  if epochs < 2 then return nil end
  local range, list = auc_range(result), {}
  local function panel(name, title, key)
    local chosen = {}
    for _, curve in ipairs(result.curves) do
      if curve.source == "base" or curve.preference == key and not curve.source:find "^dose:"
        and not curve.source:find "^horizon:" then
        chosen[#chosen + 1] = curve
      end
    end
    list[#list + 1] = learning_figure(name, title, chosen, epochs, range)
  end
  for i, score in ipairs(result.scores or {}) do panel("learning-" .. i, score.preference, score.preference) end
  panel("learning-controls", "controls", nil)
  return list
end

-- The base, and each data set's arm behind LIS, at most `most` of them.
local function shown_arms(result, most)
  local by, list = {}, {}
  for _, row in ipairs(result.distributions) do by[(row.preference or "") .. "\0" .. row.source] = row end
  list[1] = by["\0base"]
  for _, score in ipairs(result.scores or {}) do
    if #list < most then list[#list + 1] = by[score.preference .. "\0" .. (score.lis_source or "crossfit")] end
  end
  return list
end

local function sum(list)
  local total = 0
  for _, x in ipairs(list) do total = total + x end
  return total
end

-- Shares of rows as steps.
local function steps(counts)
  local points, total, n = {}, math.max(1, sum(counts)), #counts
  for i, count in ipairs(counts) do
    local y = 100 * count / total
    points[#points + 1], points[#points + 2] = { (i - 1) / n, y }, { i / n, y }
  end
  return points
end

local function spread_figure(row, name)
  return { name = name, size = "half", curves = { title = words.arm(row), height = 170,
      series = {
        { name = "not engaged", points = steps(row.negatives), look = { colour = "grey" }, fill = true },
        { name = "engaged", points = steps(row.positives), look = { colour = "blue" }, fill = true },
      },
      x = { low = 0, high = 1, label = "probability that the ranker gives" },
        y = { from_zero = true, label = "% of the rows" } },
    caption = words.arm(row) .. ": how the probabilities of rows of either kind are spread." }
end

--- How scores of engaged and other rows are spread: base, and the arm behind each LIS.
---@return lis.report.Figure[]?
function details.spread(result)
  if not (result.distributions and result.distributions[1]) then return nil end
  local list = {}
  for i, row in ipairs(shown_arms(result, 4)) do list[i] = spread_figure(row, "spread-" .. i) end
  return list
end

--- Calibration: the engaged share among rows that get about the same probability.
function details.calibration(result)
  if not (result.distributions and result.distributions[1]) then return nil end
  local series, errors = {}, {}
  for i, row in ipairs(shown_arms(result, 6)) do
    local points = {}
    for _, bin in ipairs(row.calibration) do
      if bin.predicted then points[#points + 1] = { bin.predicted, bin.observed } end
    end
    local look = i == 1 and style.of_arm "base" or style.of_series(i - 1)
    series[i] = { name = words.arm(row), points = points, look = look }
    errors[i] = ("%s %.4f"):format(words.arm(row), row.calibration_error)
  end
  return { name = "calibration", size = "side", curves = { series = series, height = 280,
      x = { low = 0, high = 1, label = "probability, mean of the bin" },
        y = { low = 0, high = 1, label = "engaged share" },
      rays = { { slope = 1, label = "as given" } } },
    caption = "Calibration: rows in ten bins of near-equal size by their score; on the line the share of engaged "
      .. "rows is the "
      .. "probability given. Expected calibration error: " .. table.concat(errors, "; ") .. "." }
end

--- What share of items, test rows and histories the pairs reach.
function details.coverage(result)
  local rows = {}
  for _, score in ipairs(result.scores or {}) do
    local card = score.card
    if card then
      local function bar(share, colour)
        return { kind = "bar", value = 100 * share, look = { colour = colour } }
      end
      rows[#rows + 1] = { label = score.preference, note = text.count(card.pairs) .. " pairs", marks = {
        bar(card.items_covered / math.max(1, result.data.items), "blue"), bar(card.test_rows_covered, "orange"),
        bar(card.histories_covered, "green") } }
    end
  end
  if #rows == 0 then return nil end
  return { name = "coverage", rows = { rows = rows, axis = { label = "% reached by a pair", low = 0, high = 103 },
    legend = {
      { label = "items", kind = "box", colour = "blue" }, { label = "test rows", kind = "box", colour = "orange" },
      { label = "histories of test rows", kind = "box", colour = "green" } } },
    caption = "What the leaked pairs reach. An item without pairs has no vector: there LIS can only be about 0." }
end

-- What a kind of arm may see of the pairs, in words and days.
local function sight_rows(day, data)
  local start, cut, finish = day(data.time_from), day(data.test_from), day(data.test_to)
  local function span(low, high, look) return { { kind = "span", low = low, high = high, look = look } } end
  local blue, green = { colour = "blue" }, { colour = "green" }
  return {
    { label = "encoder (AIS), past only", marks = span(start, cut, green) },
    { label = "leaked table (LIS)", marks = span(start, finish, blue) },
    { label = "leaked, naive", marks = span(start, finish, { colour = "sky" }) },
  }
end

--- The windows on a time axis, and whose events each kind of arm may build its vectors from.
function details.timeline(result)
  local data = result.data
  if not (data.time_from and data.train_from and data.test_from and data.test_to) then return nil end
  local function day(time) return (time - data.time_from) / 86400 end
  local zones = { { from = day(data.train_from), to = day(data.test_from), label = "train" },
    { from = day(data.test_from), to = day(data.test_to), label = "test" } }
  if data.train_from > data.time_from then table.insert(zones, 1, { from = 0, to = zones[1].from,
    label = "history" }) end
  local rows = sight_rows(day, data)
  table.insert(rows, 1, { label = "rows that are trained on", marks = {
    { kind = "span", low = day(data.train_from), high = day(data.test_from), look = { colour = "grey" } } } })
  rows[#rows + 1] = { label = "rows that are scored", marks = {
    { kind = "span", low = day(data.test_from), high = day(data.test_to), look = { colour = "grey" } } } }
  return { name = "timeline", rows = { rows = rows, zones = zones,
      axis = { label = "days since the first event", low = 0, high = day(math.max(data.test_to, data.time_to or 0)) } },
    caption = "The windows, and from whose events an arm's vectors may be made. The leaked table also sees the test "
      .. "window, but only other users' events of it (cross-fit); the naive one sees the user's own. The base sees "
      .. "no pairs. All arms see each row's history, the user's own earlier events." }
end

return details
