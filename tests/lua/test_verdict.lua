local lu = require "luaunit"
local guard = require "lis.study.guard"
local verdict = require "lis.verdict"

TestVerdict = {}

local function row(fields)
  local base = {
    preference = "co-click", lis = 0.02, lis_ci = { 0.015, 0.025 }, lis_naive = 0.03, history = 0.005,
    placebo = 0, ais = {}, attainment = {},
  }
  for key, value in pairs(fields) do base[key] = value end
  return base
end

local function says(fields)
  return table.concat(verdict.of { scores = { row(fields) }, guards = {} }, "\n")
end

local function rules_of(fields, result)
  result = result or {}
  result.scores, result.guards = { row(fields) }, result.guards or {}
  local _, findings = verdict.of(result)
  local names = {}
  for i, finding in ipairs(findings) do names[i] = finding.rule end
  return names
end

-- fields of the score row, rules that must fire, words that must be said
local cases = {
  { {}, { "worth" }, "could gain up to that" },
  { { lis = 0.001, lis_ci = { -0.002, 0.004 }, lis_naive = 0.002 }, { "data" }, "the data is the bottleneck" },
  { { lis = 0.001, lis_ci = { -0.002, 0.004 }, margin = 0.001, lis_naive = 0.002 }, { "underpowered" }, "underpowered" },
  { { lis = 0.004, lis_ci = { -0.01, 0.02 }, lis_naive = 0.004, resolves = 0.021, rows_needed = 900, seeds_needed = 4 },
    { "underpowered" }, "resolves +0.0210; it needs about 900 test rows and 4 seeds" },
  { { lis = -0.01, lis_ci = { -0.02, -0.005 }, lis_naive = 0 }, { "misleads" }, "do not align on it" },
  { { ais = { t = 0.018 }, attainment = { t = 0.9 } }, { "attained" }, "already gives" },
  { { ais = { t = 0.03 }, attainment = { t = 1.5 }, attainment_ci = { t = { 1.1, 2 } } }, { "exceeds" }, "no bound here" },
  { { ais = { t = 0.03 }, attainment = { t = 1.5 }, attainment_ci = { t = { 0.9, 2 } } }, { "attained" }, "already gives" },
  { { ais = { t = 0.004 }, attainment = { t = 0.2 } }, { "encoder" }, "the encoder is the bottleneck" },
  { { ais = { t = 0.013 }, attainment = { t = 0.65 } }, { "between" }, "could give the rest" },
  { { ais = { a = 0.018, b = 0.004 }, attainment = { a = 0.9, b = 0.2 } }, { "attained", "encoder" }, "encoder b gains" },
  { { history = 0.019 }, { "worth", "memory" }, "the past alone gives +0.0190" },
  { { lis_naive = 0.05 }, { "worth", "self-leakage" }, "the naive figure +0.0500" },
  { { card = { test_rows_covered = 0.3 } }, { "worth", "coverage" }, "reach 30 % of the test rows" },
  { { lis_p_holm = 0.2 }, { "underpowered" }, "not shown above its placebo" },
  { { lis_name = "table shrunk to text" }, { "worth" }, "by the table shrunk to text" },
  { { card = { test_rows_covered = 0.9 } }, { "worth" }, "LIS +0.0200 [+0.0150, +0.0250]" },
}

function TestVerdict:test_each_rule_by_its_figures()
  for i, case in ipairs(cases) do
    lu.assertEquals(rules_of(case[1]), case[2], "case " .. i)
    lu.assertStrContains(says(case[1]), case[3])
  end
end

function TestVerdict:test_none_is_shown_to_help()
  lu.assertStrContains(says { lis = 0.001, lis_ci = { -0.002, 0.004 } }, "None of these preference data sets")
  lu.assertStrContains(says {}, "Align on co-click first")
end

function TestVerdict:test_coverage_names_the_rows_reached()
  local cohorts = { { preference = "co-click", group = "reached by pairs", lis = 0.06 } }
  local lines = verdict.of { scores = { row { card = { test_rows_covered = 0.3 } } }, guards = {}, cohorts = cohorts }
  lu.assertStrContains(table.concat(lines), "on the rows reached LIS is +0.0600")
end

function TestVerdict:test_an_unconverged_base_is_a_finding()
  local guards = { { name = "base converged (last epoch)", pass = false, value = 0.02, expected = "", meaning = "" } }
  lu.assertEquals(rules_of({}, { guards = guards }), { "worth", "base not converged" })
end

function TestVerdict:test_failed_guards_follow()
  local lines = verdict.of { scores = { row {} }, guards = {
    { name = "A/A", pass = false, value = 0.01, expected = "-0.0040 to +0.0040", meaning = "seeds move it" },
    { name = "noise", pass = true, value = 0, expected = "", meaning = "" },
  } }
  lu.assertStrContains(lines[#lines], "Read with care: A/A is +0.0100")
  lu.assertNotStrContains(table.concat(lines), "noise")
end

TestGuard = {}

local function result(fields)
  local function arm(source, delta, preference)
    return { metric = "auc", source = source, preference = preference, delta = delta, seeds = { 0.7, 0.701 } }
  end
  return {
    arms = {
      arm("base", 0), arm("aa", fields.aa or 0), arm("noise", fields.noise or 0),
      arm("placebo", fields.placebo or 0, "p"), arm("naive", fields.naive or 0.02, "p"),
      arm("crossfit", 0.015, "p"), arm("history", fields.history or 0.004, "p"),
      arm("popularity:future", fields.future or 0.003), arm("popularity:past", fields.past or 0),
      arm("raw:t", fields.raw or 0.001),
      arm("oracle", fields.oracle or 0.03),
    },
    curves = { { auc = { { 0.69, 0.7 + (fields.last or 0) - 0.01 }, { 0.7, 0.7 + (fields.last or 0) } } } },
  }
end

local function failed(fields)
  local names = {}
  for _, g in ipairs(guard.all(result(fields))) do
    if not g.pass then names[#names + 1] = g.name end
  end
  return names
end

function TestGuard:test_a_sound_study_passes() lu.assertEquals(failed {}, {}) end

function TestGuard:test_each_guard_can_fail()
  lu.assertEquals(failed { aa = 0.01 }, { "A/A" })
  lu.assertEquals(failed { noise = 0.01 }, { "noise vectors" })
  lu.assertEquals(failed { noise = -0.05 }, {})
  lu.assertEquals(failed { placebo = -0.02 }, { "placebo (p)" })
  lu.assertEquals(failed { naive = 0.05 }, { "oracle above every other arm" })
  lu.assertEquals(failed { history = 0.0205 }, { "past window less the leaked one (p)" })
  lu.assertEquals(failed { future = 0.018 }, { "future popularity less the leaked table" })
  lu.assertEquals(failed { past = -0.02 }, { "popularity, past" })
  lu.assertEquals(failed { raw = 0.026 }, { "raw content (t)" })
  lu.assertEquals(failed { last = 0.03 }, { "base converged (last epoch)" })
end

os.exit(lu.LuaUnit.run(), true)
