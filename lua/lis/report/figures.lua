--- The pictures of a study: each takes a result and gives a figure (lis.report.plot), or nil where the
--- study lacks what it shows.
local style = require "lis.report.style"
local words = require "lis.report.words"

local figures = {}

-- What vectors without information moved the AUC by, either way.
local function zero_band(result)
  local most = 0
  for _, row in ipairs(words.arms(result, "auc")) do
    if row.source == "placebo" or row.source == "noise" then most = math.max(most, math.abs(row.delta)) end
  end
  return most > 0 and { -most, most } or nil
end

local function ends(ci) return ci and ci[1], ci and ci[2] end

local function point(value, ci, look)
  local low, high = ends(ci)
  return { kind = "point", value = value, low = low, high = high, look = look }
end

local function bars_row(score)
  local low, high = ends(score.lis_ci)
  local marks = {}
  if score.lis_naive then
    marks[1] = { kind = "outline", value = score.lis_naive, look = style.of_arm "naive", over = true }
  end
  marks[#marks + 1] = { kind = "bar", value = score.lis, low = low, high = high, look = style.of_arm "crossfit" }
  for _, name in ipairs(words.keys(score.ais)) do
    marks[#marks + 1] = point(score.ais[name], score.ais_ci and score.ais_ci[name], style.of_arm "encoder:")
  end
  return { label = score.preference, note = words.figure(score.lis, score.lis_ci), marks = marks }
end

--- LIS of each preference data set with its interval, the naive figure around it, AIS below, and the band
--- that placebo and noise stay in.
function figures.bars(result)
  if not (result.scores and result.scores[1]) then return nil end
  local rows, band = {}, zero_band(result)
  local legend = { { label = "LIS, 95 % interval", kind = "box", colour = "blue" },
    { label = "naive leak", kind = "outline", colour = "sky" } }
  for i, score in ipairs(result.scores) do
    rows[i] = bars_row(score)
    if next(score.ais or {}) and #legend == 2 then
      legend[3] = { label = "AIS", colour = "orange", point = 9, kind = "line" }
    end
  end
  if band then legend[#legend + 1] = { label = "placebo and noise", kind = "box", colour = "band" } end
  return { name = "bars", rows = { rows = rows, legend = legend, band = band, lane = 22,
      axis = { signed = true, label = "gain in AUC, " .. words.net(result) } },
    caption = "LIS of each preference data set, with its 95 % interval: what an encoder aligned on it could give at "
      .. "most. The outline is the naive leak, which a user's own test clicks inflate. Inside the grey band lies what "
      .. "placebo and noise vectors moved, which hold no information." }
end

--- AIS against LIS: how much of what the data could give each encoder has.
function figures.attainment(result)
  local series = {}
  for _, score in ipairs(result.scores or {}) do
    for _, name in ipairs(words.keys(score.ais)) do
      local look, ci = style.of_series(#series + 1), score.ais_ci and score.ais_ci[name]
      series[#series + 1] = { name = score.preference .. ", " .. name, look = look, dots = true,
        points = { { score.lis, score.ais[name], ends(ci) } }, cross = { score.lis_ci } }
    end
  end
  if #series == 0 then return nil end
  return { name = "attainment", size = "side", curves = { series = series, height = 280,
      x = { signed = true, label = "LIS" }, y = { signed = true, label = "AIS" },
      rays = { { slope = 1, label = "AIS = LIS" }, { slope = 0.5, label = "half of LIS", dash = 2 } } },
    caption = ("AIS against LIS, both %s, with 95 %% intervals. On the solid line an encoder gives all that the data "
      .. "could give (attainment 1); below the dashed one less than half: the encoder is the bottleneck."):format(
      words.net(result)) }
end

-- Rows of arms under a header.
local function arm_rows(rows, arms, header, belongs)
  local begun
  for _, row in ipairs(arms) do
    if belongs(row) and row.source ~= "base" and not row.source:find "^dose:" and not row.source:find "^horizon:" then
      if not begun then rows[#rows + 1] = { label = header, header = true } end
      begun = true
      rows[#rows + 1] = { label = words.source(row.source), note = words.figure(row.delta, row.ci),
        marks = { point(row.delta, row.ci, style.of_arm(row.source)) } }
    end
  end
end

--- Every arm's gain over the base.
function figures.arms(result)
  local arms, rows = words.arms(result, "auc"), {}
  for _, score in ipairs(result.scores or {}) do
    arm_rows(rows, arms, score.preference, function(row) return row.preference == score.preference end)
  end
  arm_rows(rows, arms, "controls", function(row) return row.preference == nil end)
  if #rows == 0 then return nil end
  return { name = "arms", rows = { rows = rows, axis = { signed = true, label = "gain in AUC over the base" },
    band = zero_band(result) },
    caption = "Gain of each arm over the base, the same ranker without vectors: 95 % intervals over users and seeds. "
      .. "Grey band: placebo and noise." }
end

-- One series a preference data set, from curves with points.
local function series_of(curves, at)
  local series = {}
  for i, curve in ipairs(curves) do
    local points = {}
    for k, one in ipairs(curve.points) do points[k] = { at(one, k), one.delta, ends(one.ci) } end
    series[i] = { name = curve.preference, points = points, look = style.of_series(i) }
  end
  return series
end

--- The gain with a share of the pairs: more of a cause should do more.
function figures.dose(result)
  if not (result.dose and result.dose[1]) then return nil end
  return { name = "dose", curves = { series = series_of(result.dose, function(one) return 100 * one.share end),
      x = { label = "share of the pairs that is leaked, %" }, y = { signed = true,
        label = "gain in AUC over the base" } },
    caption = "Dose response: the leaked table from a share of the pairs, the same in every fold. It should rise." }
end

--- The gain with a leak that ends some hours ahead.
function figures.horizon(result)
  if not (result.horizon and result.horizon[1]) then return nil end
  local marks = {}
  for k, one in ipairs(result.horizon[1].points) do
    marks[k] = { k, one.hours and ("%g h"):format(one.hours) or one.window == "history" and "past" or "all" }
  end
  return { name = "horizon", curves = { series = series_of(result.horizon, function(_, k) return k end),
      x = { label = "how far ahead of its own day a row sees", marks = marks, share = 0.08 },
      y = { signed = true, label = "gain in AUC over the base" } },
    caption = "Horizon: nothing of the future, some hours of it, all of it. Where it rises at once, fresh pairs "
      .. "carry the gain." }
end

local function window_series(result, trend, i)
  local encoder, points = trend.score:match "^AIS (.*)$", {}
  for k, window in ipairs(result.windows) do
    for _, score in ipairs(window.scores) do
      if score.preference == trend.preference then
        local ci = score.lis_ci
        if encoder then ci = score.ais_ci[encoder] end
        points[k] = { trend.days[k], encoder and score.ais[encoder] or score.lis, ends(ci) }
      end
    end
  end
  return { name = trend.preference .. ": " .. trend.score, points = points, look = style.of_series(i) }
end

--- LIS and AIS over consecutive windows.
function figures.windows(result)
  if not (result.windows and result.trends) then return nil end
  local series = {}
  for i, trend in ipairs(result.trends) do series[i] = window_series(result, trend, i) end
  return { name = "windows", curves = { series = series, x = { label = "days since the first test window" },
      y = { signed = true, label = "gain in AUC, net of the placebo" } },
    caption = "Consecutive test windows with 95 % intervals: whether the preference data keeps its worth." }
end

return figures
