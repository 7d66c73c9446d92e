--- `lisrun report RUN`: writes a saved study's report again, from its results.json.
local options = require "lis.options"
local report = require "lis.report"

local command = { summary = "writes a saved study's report again", arguments = "RUN" }

local declared = { out = { type = "string", help = "another folder for it" } }

local about = "Writes report.html and what lies beside it (Markdown, LaTeX, CSV, pictures) from RUN/results.json, "
  .. "with nothing trained: after an update of lisrun, or once gnuplot is there."

---@param arguments string[]
---@return integer status
function command.run(arguments)
  local values, ending = options.parse(declared, arguments, "lisrun report", about, { name = "RUN", args = "?" })
  if not values then error(ending, 0) end
  local folder = values.words[1]
  if not folder then error(options.ending(2, "lisrun report: wants the folder of a run (--help tells more)"), 0) end
  report.read(folder):report(values.out or folder)
  return 0
end

return command
