-- docs/results.md as a checker of results: its tables say which fields there are.
local schema = {}

-- "scores[].ais.*" -> { "scores", "[]", "ais", "*" }
local function steps_of(path)
  local steps = {}
  for part in path:gmatch "[^.]+" do
    local name, lists = part:match "^([^%[]+)([%[%]]*)$"
    steps[#steps + 1] = name
    for _ = 1, #lists // 2 do steps[#steps + 1] = "[]" end
  end
  return steps
end

local function node_at(root, path)
  local node = root
  for _, step in ipairs(steps_of(path)) do
    node.below = node.below or {}
    node.below[step] = node.below[step] or {}
    node = node.below[step]
  end
  return node
end

--- The tree of a document's fields, and their paths with whether each may be missing.
function schema.read(text)
  local root, paths = {}, {}
  for path, kind in text:gmatch "\n| `([^`]+)` | ([^|]+) |" do
    local node, optional = node_at(root, path), kind:find "%?" ~= nil
    local other = kind:match "^as (%w+)%[%]"
    if other then
      node.below = assert(root.below[other], path).below["[]"].below
    else
      node.kind, node.optional = kind:match "^%a+", optional
      paths[#paths + 1] = { path = path, optional = optional }
    end
  end
  return root, paths
end

local kinds = {
  integer = function(x) return math.type(x) == "integer" end, number = function(x) return type(x) == "number" end,
  string = function(x) return type(x) == "string" end, boolean = function(x) return type(x) == "boolean" end,
}

local function join(path, step) return step == "[]" and path .. "[]" or path == "" and step or path .. "." .. step end

-- Appends what is wrong to `faults` and notes the described paths that were met in `seen`.
local function walk(node, value, path, shown, faults, seen)
  local function fault(what) faults[#faults + 1] = path .. ": " .. what end
  seen[shown] = true
  if node.kind == "any" then return end
  if node.kind then
    if not kinds[node.kind](value) then fault(("wants %s, is %s"):format(node.kind, type(value))) end
    return
  end
  if type(value) ~= "table" then return fault "wants a list or an object" end
  for key, below in pairs(value) do
    local step = math.type(key) and "[]" or node.below[key] and key or "*"
    local child = node.below[step]
    local at = math.type(key) and ("%s[%d]"):format(path, key) or join(path, key)
    if child then walk(child, below, at, join(shown, step), faults, seen) else faults[#faults + 1] = at .. ": not described" end
  end
  for step, child in pairs(node.below) do
    if child.kind and not child.optional and step ~= "[]" and step ~= "*" and value[step] == nil then
      fault("lacks " .. step)
    end
  end
end

--- Faults of a result, and the described paths that it has.
function schema.check(root, result, seen)
  local faults = {}
  walk(root, result, "", "", faults, seen)
  table.sort(faults)
  return faults
end

return schema
