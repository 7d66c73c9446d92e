--- What the scores mean, in words that one can act on. Each sentence gives the figures behind it.
--
-- The rules are a list, tried in order; docs/verdict.md states them. A rule looks at one preference data set
-- and answers with a sentence and the figures that triggered it, or with nothing.
local verdict = {}

--- Thresholds (our choice), by rule.
verdict.thresholds = {
  attained = 0.8, -- of LIS: the encoder has it
  missed = 0.5, -- of LIS: the encoder is the bottleneck
  memory = 0.9, -- of LIS: the past alone gives it
  self_leakage = 2, -- times LIS: naive is mostly users' own clicks
  naive = 0.005, -- a naive gain worth a warning
  coverage = 0.5, -- of test rows reached by pairs
  level = 0.05, -- of p after Holm, where several preference data sets are compared
}

local limit <const> = verdict.thresholds

local function gain(x) return ("%+.4f"):format(x) end
local function interval(ci) return ("[%+.4f, %+.4f]"):format(ci[1], ci[2]) end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- Above 0 by its interval, and still after Holm over all preference data sets.
local function is_shown(row) return row.lis_ci[1] > 0 and (row.lis_p_holm or 0) < limit.level end
local function against(row) return row.net_of == "base" and "the base" or "its placebo" end
local function margin_of(row) return row.margin or 0.005 end

local function encoder_reading(row, name)
  local attainment = row.attainment[name]
  if not attainment then return nil end
  local text = ("encoder %s gains %s, %.2f of it"):format(name, gain(row.ais[name]), attainment)
  local figures = { encoder = name, ais = row.ais[name], attainment = attainment }
  local sure = row.attainment_ci and row.attainment_ci[name]
  if sure and sure[1] > 1 then
    return { "exceeds", text .. ": more than the leaked tables hold, so LIS is no bound here; more folds, or an "
      .. "encoder on leaked pairs, may raise it", figures }
  elseif attainment >= limit.attained then
    return { "attained", text .. ": it already gives what this data has; look for better data", figures }
  elseif attainment <= limit.missed then
    return { "encoder", text .. ": the encoder is the bottleneck, this data is worth aligning on", figures }
  end
  return { "between", text .. ": aligning better on this data could give the rest", figures }
end

local function reached_cohort(row, cohorts)
  for _, cohort in ipairs(cohorts or {}) do
    if cohort.preference == row.preference and cohort.group == "reached by pairs" and cohort.lis then return cohort end
  end
end

-- Each rule: fn(row, result) -> list of { rule, sentence, figures }.
local rules = {}

rules[1] = function(row)
  if row.lis_ci[2] >= 0 then return {} end
  return { { "misleads", "below " .. against(row) .. ": this data misleads the ranker; do not align on it",
    { lis = row.lis, lis_ci = row.lis_ci } } }
end

rules[2] = function(row)
  if is_shown(row) or row.lis_ci[2] < 0 or row.lis_ci[2] >= margin_of(row) then return {} end
  return { { "data", ("not above %s, and below %s for sure: the data is the bottleneck, no encoder "
    .. "aligned on it can help this ranker"):format(against(row), gain(margin_of(row))),
    { lis_ci = row.lis_ci, margin = margin_of(row) } } }
end

rules[3] = function(row)
  if is_shown(row) or row.lis_ci[2] < margin_of(row) then return {} end
  local text = ("not shown above %s, but %s is not excluded either: underpowered"):format(against(row),
    gain(margin_of(row)))
  if row.resolves then
    text = ("%s, this study resolves %s; it needs about %d test rows and %d seeds"):format(
      text, gain(row.resolves), row.rows_needed, row.seeds_needed)
  end
  return { { "underpowered", text, { lis_ci = row.lis_ci, margin = margin_of(row), resolves = row.resolves,
    rows_needed = row.rows_needed, seeds_needed = row.seeds_needed } } }
end

rules[4] = function(row)
  if not is_shown(row) then return {} end
  local readings = {}
  for _, name in ipairs(sorted_keys(row.ais)) do readings[#readings + 1] = encoder_reading(row, name) end
  if #readings == 0 then
    readings[1] = { "worth", "an encoder aligned on this data could gain up to that", { lis = row.lis } }
  end
  return readings
end

rules[5] = function(row, result)
  local covered = row.card and row.card.test_rows_covered
  if not covered or covered >= limit.coverage then return {} end
  local text = ("its pairs reach %.0f %% of the test rows: coverage is the bottleneck"):format(100 * covered)
  local reached = reached_cohort(row, result.cohorts)
  if reached then text = ("%s, on the rows reached LIS is %s"):format(text, gain(reached.lis)) end
  return { { "coverage", text, { test_rows_covered = covered, lis_reached = reached and reached.lis } } }
end

rules[6] = function(row)
  if not (is_shown(row) and row.history and row.history >= limit.memory * row.lis) then return {} end
  return { { "memory", ("the past alone gives %s: this data helps by memory, not by news"):format(gain(row.history)),
    { history = row.history, lis = row.lis } } }
end

rules[7] = function(row)
  local naive = row.lis_naive
  if not naive or naive <= limit.naive or naive <= limit.self_leakage * math.max(row.lis, 0) then return {} end
  local text = ("the naive figure %s is mostly users' own test clicks (self-leakage)"):format(gain(naive))
  return { { "self-leakage", text, { lis_naive = naive, lis = row.lis } } }
end

-- One preference data set in one paragraph; what triggered it goes to `findings`.
local function of_score(row, result, findings)
  local parts = {}
  for _, rule in ipairs(rules) do
    for _, reading in ipairs(rule(row, result)) do
      parts[#parts + 1] = reading[2]
      findings[#findings + 1] = { rule = reading[1], preference = row.preference, text = reading[2],
        figures = reading[3] }
    end
  end
  local by = row.lis_name and row.lis_name ~= "table" and " by the " .. row.lis_name or ""
  return ("%s: LIS %s %s%s; %s."):format(row.preference, gain(row.lis), interval(row.lis_ci), by,
    table.concat(parts, "; "))
end

local function of_guard(guard, findings)
  local text = ("Read with care: %s is %+.4f, expected %s; %s."):format(
    guard.name, guard.value, guard.expected, guard.meaning)
  local unconverged = guard.name == "base converged (last epoch)"
  findings[#findings + 1] = { rule = unconverged and "base not converged" or "guard", text = text,
    figures = { name = guard.name, value = guard.value, expected = guard.expected } }
  return text
end

--- One sentence on which data to take, then one paragraph per preference data set, then failed guards.
---@param result table scores sorted by LIS, guards, cohorts
---@return string[] lines
---@return { rule: string, preference: string?, text: string, figures: table }[] findings
function verdict.of(result)
  local best, lines, findings = result.scores[1], {}, {}
  if is_shown(best) then
    lines[1] = ("Align on %s first: it is worth up to %s AUC to this ranker."):format(best.preference, gain(best.lis))
  else
    lines[1] = "None of these preference data sets is shown to help this ranker."
  end
  for _, row in ipairs(result.scores) do lines[#lines + 1] = of_score(row, result, findings) end
  for _, guard in ipairs(result.guards) do
    if not guard.pass then lines[#lines + 1] = of_guard(guard, findings) end
  end
  return lines, findings
end

return verdict
