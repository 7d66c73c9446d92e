--- What the scores mean, in words that one can act on. Each sentence gives the figures behind it.
local verdict = {}

-- Shares of LIS that separate the readings; stated in docs/concepts.md.
local attained, missed = 0.8, 0.5
local only_memory = 0.9
local self_leak = 2

local function gain(x) return ("%+.4f"):format(x) end
local function interval(ci) return ("[%+.4f, %+.4f]"):format(ci[1], ci[2]) end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function encoder_sentence(row, name)
  local attainment = row.attainment[name]
  if not attainment then return nil end
  local figures = ("encoder %s gains %s, %.2f of it"):format(name, gain(row.ais[name]), attainment)
  if attainment >= attained then return figures .. ": it already gives what this data has; look for better data" end
  if attainment <= missed then return figures .. ": the encoder is the bottleneck, this data is worth aligning on" end
  return figures .. ": aligning better on this data could give the rest"
end

local function extras(row)
  local notes = {}
  if row.lis_ci[1] > 0 and row.history >= only_memory * row.lis then
    notes[#notes + 1] = ("the past alone gives %s: this data helps by memory, not by news"):format(gain(row.history))
  end
  if row.lis_naive > self_leak * math.max(row.lis, 0) and row.lis_naive > 0.005 then
    notes[#notes + 1] = ("the naive figure %s is mostly users' own test clicks (self-leakage)"):format(
      gain(row.lis_naive))
  end
  return notes
end

-- One preference data set in one paragraph.
local function of_score(row)
  local head = ("%s: LIS %s %s"):format(row.preference, gain(row.lis), interval(row.lis_ci))
  local parts = {}
  if row.lis_ci[1] > 0 then
    for _, name in ipairs(sorted_keys(row.ais)) do parts[#parts + 1] = encoder_sentence(row, name) end
    if #parts == 0 then parts[1] = "an encoder aligned on this data could gain up to that" end
  elseif row.lis_ci[2] < 0 then
    parts[1] = "below its placebo: this data misleads the ranker; do not align on it"
  else
    parts[1] = "not above its placebo: the data is the bottleneck, no encoder aligned on it can help this ranker"
  end
  for _, note in ipairs(extras(row)) do parts[#parts + 1] = note end
  return head .. "; " .. table.concat(parts, "; ") .. "."
end

--- One sentence on which data to take, then one paragraph per preference data set, then failed guards.
---@param result table scores sorted by LIS, guards
---@return string[]
function verdict.of(result)
  local best = result.scores[1]
  local lines = {}
  if best.lis_ci[1] > 0 then
    lines[1] = ("Align on %s first: it is worth up to %s AUC to this ranker."):format(best.preference, gain(best.lis))
  else
    lines[1] = "None of these preference data sets is shown to help this ranker."
  end
  for _, row in ipairs(result.scores) do lines[#lines + 1] = of_score(row) end
  for _, guard in ipairs(result.guards) do
    if not guard.pass then
      lines[#lines + 1] = ("Read with care: %s is %+.4f, expected %s; %s."):format(
        guard.name, guard.value, guard.expected, guard.meaning)
    end
  end
  return lines
end

return verdict
