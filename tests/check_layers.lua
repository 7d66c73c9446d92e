-- The house rules, one TAP case each: lua5.4 tests/check_layers.lua [ROOT]
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/house/?.lua;" .. package.path
local source = require "source"

local rules = {
  { "includes and requires stay in their layers", "layers" },
  { "memory, threads, chance and exit have one door", "doors" },
  { "files and functions keep their size", "sizes" },
  { "no unfinished marks, machine paths or package hosts", "words" },
  { "every public function has its contract", "contracts" },
  { "every recipe runs in a test", "recipes" },
}

local files = source.tree(arg[1] or here .. "/..")
local broken = 0
print("1.." .. #rules)
for number, rule in ipairs(rules) do
  local messages = {}
  require(rule[2])(files, function(path, line, message)
    messages[#messages + 1] = ("%s:%d: %s"):format(path, line, message)
  end)
  local holds = #files > 0 and #messages == 0
  print(("%sok %d - %s"):format(holds and "" or "not ", number, rule[1]))
  for _, message in ipairs(messages) do print("# " .. message) end
  broken = broken + (holds and 0 or 1)
end
os.exit(broken == 0)
