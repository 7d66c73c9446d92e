--- What a person finds at the prompt beside Lua: globals, and questions.
local complete = require "lis.util.complete"
local help = require "lis.util.help"

local prompt = {}

--- Puts the prompt's helpers into the globals, but for names that are taken.
---@param globals table    usually _G
---@param helpers table<string, any>  what to put there beside help and apropos
function prompt.furnish(globals, helpers)
  local all = { help = help.help, apropos = help.apropos }
  for name, value in pairs(helpers) do all[name] = value end
  for name, value in pairs(all) do
    if globals[name] == nil then globals[name] = value end
  end
end

--- Prints what `?words` asks for.
---@param words string  what stands behind the question mark
function prompt.ask(words)
  print(help.answer(words, function(path) return complete.resolve(path) end))
end

return prompt
