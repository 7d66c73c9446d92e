-- Counts what really ran. Each stage of tests/run.sh adds its cases to one file; `close` reads it
-- back and prints the closing line.
--
--   tally.lua meson STAGE TESTLOG.json RESULTS     cases inside meson's suites
--   tally.lua tap STAGE SUITE FILE STATUS RESULTS  cases of one TAP stream and its exit status
--   tally.lua close RESULTS                        summary; exit 1 where a case failed or none ran
--
-- RESULTS holds one case a line: stage, suite, case, result, reason, split by tabs.
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua;" .. package.path
local tap = require "tap"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function plain(text)
  return (text:gsub("\\", "\\\\"):gsub("\n", "\\n"):gsub("[\t\r]", " "))
end

local function add(results, stage, suite, cases)
  local file = assert(io.open(results, "ab"))
  local count = { pass = 0, fail = 0, skip = 0 }
  for _, case in ipairs(cases) do
    count[case.result] = count[case.result] + 1
    local row = { stage, suite, plain(case.name), case.result, plain(case.reason) }
    file:write(table.concat(row, "\t"), "\n")
  end
  file:close()
  return count
end

local ENDED_WELL = { OK = true, SKIP = true }

-- Why meson holds the test for failed, with the last of its standard error; nil where it does not.
local function trouble_of(test)
  if ENDED_WELL[test.result] then return nil end
  local status = ("%s, exit status %s"):format(test.result, test.returncode)
  local tail = (test.stderr or ""):sub(-1500)
  return tail == "" and status or status .. "\n" .. tail
end

local commands = {}

function commands.meson(stage, log, results)
  local json = require "dkjson"
  local text = read(log)
  if text == "" then add(results, stage, "meson", tap.run("")) end
  for line in text:gmatch("[^\n]+") do
    local test = assert(json.decode(line))
    local suite = test.name:gsub("^.* / ", "")
    add(results, stage, suite, tap.run(test.stdout or "", trouble_of(test)))
  end
end

function commands.tap(stage, suite, path, status, results)
  local trouble = status ~= "0" and "exit status " .. status or nil
  add(results, stage, suite, tap.run(read(path), trouble))
end

local function load_cases(results)
  local cases = {}
  for line in read(results):gmatch("[^\n]+") do
    local stage, suite, name, result, reason = line:match("^(.-)\t(.-)\t(.-)\t(.-)\t(.*)$")
    reason = reason:gsub("\\(.)", { n = "\n", ["\\"] = "\\" })
    cases[#cases + 1] = { stage = stage, suite = suite, name = name, result = result, reason = reason }
  end
  return cases
end

local function list(cases, result, title)
  for _, case in ipairs(cases) do
    if case.result == result then
      if title then io.write("\n", title, "\n") end
      title = nil
      local reason = case.reason:gsub("\n", "\n      ")
      io.write(("  %s: %s: %s\n      %s\n"):format(case.stage, case.suite, case.name, reason))
    end
  end
end

function commands.close(results)
  local cases = load_cases(results)
  local stages, of, total = {}, {}, { pass = 0, fail = 0, skip = 0 }
  for _, case in ipairs(cases) do
    if not of[case.stage] then
      of[case.stage] = { pass = 0, fail = 0, skip = 0 }
      stages[#stages + 1] = case.stage
    end
    of[case.stage][case.result] = of[case.stage][case.result] + 1
    total[case.result] = total[case.result] + 1
  end
  io.write(("\n%-10s %8s %8s %8s\n"):format("stage", "passed", "failed", "skipped"))
  for _, stage in ipairs(stages) do
    local n = of[stage]
    io.write(("%-10s %8d %8d %8d\n"):format(stage, n.pass, n.fail, n.skip))
  end
  list(cases, "skip", "skipped:")
  list(cases, "fail", "failed:")
  if total.pass + total.fail == 0 then
    io.write("\nno test was executed, which is a failure in itself\n")
    total.fail = 1
  end
  io.write(("\n%d passed, %d failed"):format(total.pass, total.fail))
  if total.skip > 0 then io.write((", %d skipped"):format(total.skip)) end
  io.write("\n")
  return total.fail == 0
end

local command = commands[arg[1]] or error("tally: unknown command " .. tostring(arg[1]))
os.exit(command(table.unpack(arg, 2)) ~= false)
