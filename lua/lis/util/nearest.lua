--- The name that was probably meant: for errors that end in "did you mean 'seeds'?".
local nearest = {}

--- Edit distance with insertions, deletions, substitutions and swaps of neighbours
--- (Damerau-Levenshtein, optimal string alignment). A difference in case costs a half.
---@param a string
---@param b string
---@return number
function nearest.distance(a, b)
  local before, previous = {}, {}
  for j = 0, #b do previous[j] = j end
  for i = 1, #a do
    local current = { [0] = i }
    for j = 1, #b do
      local x, y = a:byte(i), b:byte(j)
      local cost = x == y and 0 or a:sub(i, i):lower() == b:sub(j, j):lower() and 0.5 or 1
      local best = math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost)
      if i > 1 and j > 1 and x == b:byte(j - 1) and a:byte(i - 1) == y then
        best = math.min(best, before[j - 2] + 1)
      end
      current[j] = best
    end
    before, previous = previous, current
  end
  return previous[#b]
end

--- The candidate nearest to `given`, or nil where none is near. The beginning of exactly one
--- candidate counts as near, too: "thr" for "threads". Ties go to the first in the list.
---@param given string
---@param candidates string[]
---@return string?
function nearest.find(given, candidates)
  local best, least = nil, math.max(1, #given // 3) + 0.5
  for _, name in ipairs(candidates) do
    local distance = nearest.distance(given, name)
    if distance < least and distance < #given then best, least = name, distance end
  end
  if best or #given < 2 then return best end
  local match
  for _, name in ipairs(candidates) do
    if name:sub(1, #given) == given then
      if match then return nil end
      match = name
    end
  end
  return match
end

--- "; did you mean 'seeds'?", or "" where nothing is near: to be put behind an error message.
---@param given string
---@param candidates string[]
---@return string
function nearest.hint(given, candidates)
  local name = nearest.find(given, candidates)
  return name and ("; did you mean '%s'?"):format(name) or ""
end

--- The string keys of a table, sorted: candidates for `find`.
---@param t table
---@return string[]
function nearest.keys(t)
  local names = {}
  for key in pairs(t) do
    if type(key) == "string" then names[#names + 1] = key end
  end
  table.sort(names)
  return names
end

return nearest
