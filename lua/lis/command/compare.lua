--- `lisrun compare RUN RUN ...`: saved studies side by side, each against the first.
local base = require("lis.core").base
local compare_studies = require "lis.study.compare"
local comparison = require "lis.report.comparison"
local comparison_page = require "lis.report.comparison_page"
local options = require "lis.options"
local score = require "lis.score"
local settings = require "lis.util.settings"

local compare = { summary = "lines up saved studies, each against the first", arguments = "RUNS" }

local declared = {
  metric = { default = "auc", help = "the metric to compare under" },
  out = { type = "string", help = "folder for compare.html, compare.md and compare.json" },
}

local about = "Lines up studies that were saved with their scores: gains of the arms and LIS in each, how each "
  .. "differs from the first, with intervals (paired where the test rows are the same), and which settings differ. "
  .. "Different data is said first, and loudly."

local function check(values)
  if #values.words < 2 then return "wants the folders of two studies or more" end
  if not score.metrics[values.metric] then
    return ("no metric '%s'; there are %s"):format(values.metric, table.concat(score.names(), ", "))
  end
end

---@param arguments string[]
---@return integer status
function compare.run(arguments)
  local values, ending = options.parse(declared, arguments, "lisrun compare", about, { name = "RUN", args = "*" })
  if not values then error(ending, 0) end
  local problem = check(values)
  if problem then error(options.ending(2, ("lisrun compare: %s (--help tells more)"):format(problem)), 0) end
  local found = compare_studies.folders(values.words, values.metric)
  local figures = base.json_encode(comparison.figures(found), { indent = 2 }) .. "\n"
  print(settings.json and figures or comparison.text(found))
  if values.out then
    base.make_folder(values.out)
    base.save(values.out .. "/compare.json", figures)
    base.save(values.out .. "/compare.md", comparison.markdown(found))
    base.save(values.out .. "/compare.html", comparison_page.html(found, values.out))
    print(("Comparison: %s/compare.html   text: %s/compare.md   figures: %s/compare.json"):format(values.out,
      values.out, values.out))
  end
  return 0
end

return compare
