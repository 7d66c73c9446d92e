--- The name that was probably meant: for errors that end in "did you mean 'seeds'?".
local base = require("lis.core").base

local nearest = {}

--- Edit distance with insertions, deletions, substitutions and swaps of neighbours
--- (Damerau-Levenshtein, optimal string alignment). A difference in case costs a half.
---@type fun(a: string, b: string): number
nearest.distance = base.edit_distance

--- The candidate nearest to `given`, or nil where none is near. The beginning of exactly one
--- candidate counts as near, too: "thr" for "threads". Ties go to the first in the list.
---@type fun(given: string, candidates: string[]): string?
nearest.find = base.nearest

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
