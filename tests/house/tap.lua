-- Reads the Test Anything Protocol: what a test program printed becomes a list of cases.
-- A case is { name =, result = "pass" | "fail" | "skip", reason = }.
local tap = {}

local DIAGNOSTIC_LINES = 12 -- of a failed case, enough for values and position

local function read_case(line)
  local refused, rest = line:match("^(n?o?t? ?)ok(.*)$")
  if not refused or (refused ~= "" and refused ~= "not ") or rest:find("^%S") then return nil end
  local body = rest:gsub("^%s*%d*%s*%-?%s*", "")
  local name, directive = body:match("^(.-)%s*#%s*(.*)$")
  name, directive = name or body, directive or ""
  local skipped = directive:match("^[Ss][Kk][Ii][Pp]%S*%s*(.*)$")
  if refused == "not " then return { name = name, result = "fail", reason = directive } end
  return { name = name, result = skipped and "skip" or "pass", reason = skipped or "" }
end

--- What a program printed, as cases. Diagnostics ("# ...") join the failed case before them.
---@param text string
---@return table cases, integer|nil planned, string|nil bailed
function tap.parse(text)
  local cases, planned, bailed = {}, nil, nil
  local last, diagnostics = nil, 0
  for line in text:gmatch("[^\r\n]+") do
    local case = read_case(line)
    if case then
      cases[#cases + 1] = case
      last, diagnostics = case, 0
    elseif line:find("^1%.%.%d+") then
      planned = tonumber(line:match("^1%.%.(%d+)"))
      local reason = line:match("^1%.%.0%s*#%s*[Ss][Kk][Ii][Pp]%S*%s*(.*)$")
      if reason then
        cases[#cases + 1] = { name = "(all)", result = "skip", reason = reason }
        planned = #cases
      end
    elseif line:find("^Bail out!") then
      bailed = line
    elseif last and last.result == "fail" and line:find("^#") and diagnostics < DIAGNOSTIC_LINES then
      last.reason = last.reason .. (last.reason == "" and "" or "\n") .. line:gsub("^#%s*", "")
      diagnostics = diagnostics + 1
    end
  end
  return cases, planned, bailed
end

--- The cases of one run, with one more, failed, where the run cannot be believed: it ended badly
--- with no failed case to show for it, ran fewer cases than it announced, or ran none.
---@param text string  standard output
---@param trouble string|nil  why the run counts as failed from outside ("killed by signal 6")
---@return table cases
function tap.run(text, trouble)
  local cases, planned, bailed = tap.parse(text)
  local failed = false
  for _, case in ipairs(cases) do failed = failed or case.result == "fail" end
  local doubts = {}
  if trouble and not failed then doubts[#doubts + 1] = trouble end
  if bailed then doubts[#doubts + 1] = bailed end
  if planned and planned ~= #cases then
    doubts[#doubts + 1] = ("announced %d cases, ran %d"):format(planned, #cases)
  end
  if #cases == 0 then doubts[#doubts + 1] = "ran no case" end
  if #doubts > 0 then
    cases[#cases + 1] = { name = "(run)", result = "fail", reason = table.concat(doubts, "; ") }
  end
  return cases
end

return tap
