--- The table of a study for a paper: LaTeX with booktabs, nothing else needed.
local text = require "lis.util.text"
local words = require "lis.report.words"

local latex = {}

local special = { ["\\"] = "\\textbackslash{}", ["{"] = "\\{", ["}"] = "\\}", ["$"] = "\\$", ["&"] = "\\&",
  ["#"] = "\\#",
  ["%"] = "\\%", ["_"] = "\\_", ["^"] = "\\textasciicircum{}", ["~"] = "\\textasciitilde{}", ["<"] = "\\textless{}",
  [">"] = "\\textgreater{}", ["|"] = "\\textbar{}", ["`"] = "\\textquoteleft{}", ['"'] = "{''}" }

--- Text in which nothing is a command.
---@param s any
---@return string
function latex.escape(s) return (tostring(s):gsub("%c", " "):gsub("[\\{}$&#%%_^~<>|`\"]", special)) end

-- "$+0.0246$", so that a minus is one.
local function number(x) return x and ("$%s$"):format(text.signed(x)) or "--" end

local function interval(ci) return ci and ("$[%s, %s]$"):format(text.signed(ci[1]), text.signed(ci[2])) or "--" end

local function score_lines(score)
  local lines, names = {}, words.keys(score.ais)
  for i = 1, math.max(1, #names) do
    local first, name = i == 1, names[i]
    lines[i] = table.concat({
      first and latex.escape(score.preference) or "", first and number(score.lis) or "", first
        and interval(score.lis_ci) or "",
      first and number(score.lis_naive) or "", first and number(score.history) or "", name and latex.escape(name)
        or "--",
      number(name and score.ais[name]), name and score.attainment[name] and ("%.2f"):format(score.attainment[name])
        or "--",
    }, " & ") .. " \\\\"
  end
  return lines
end

--- LIS, AIS and attainment as a table environment.
---@param result table
---@return string
function latex.table(result)
  local out = {
    "% \\usepackage{booktabs}", "\\begin{table}", "  \\centering",
    ("  \\caption{Leakage Impact Score (LIS) and AUC Improvement Score (AIS) on %s, %s; 95\\,\\%% intervals over "
      .. "users and %d seeds.}"):format(latex.escape(result.data.name), words.net(result), result.settings.seeds),
    "  \\begin{tabular}{lrlrrlrr}", "    \\toprule",
    "    Preference data & LIS & 95\\,\\% interval & naive & past only & encoder & AIS & AIS/LIS \\\\", "    \\midrule",
  }
  for _, score in ipairs(result.scores or {}) do
    for _, line in ipairs(score_lines(score)) do out[#out + 1] = "    " .. line end
  end
  table.move({ "    \\bottomrule", "  \\end{tabular}", "\\end{table}", "" }, 1, 4, #out + 1, out)
  return table.concat(out, "\n")
end

return latex
