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

function TestVerdict:test_data_is_the_bottleneck()
  local text = says { lis = 0.001, lis_ci = { -0.002, 0.004 }, lis_naive = 0.002 }
  lu.assertStrContains(text, "the data is the bottleneck")
  lu.assertStrContains(text, "None of these preference data sets")
end

function TestVerdict:test_harm_is_not_called_a_bottleneck()
  lu.assertStrContains(says { lis = -0.01, lis_ci = { -0.02, -0.005 } }, "do not align on it")
end

function TestVerdict:test_encoder_readings()
  lu.assertStrContains(says { ais = { t = 0.018 }, attainment = { t = 0.9 } }, "already gives")
  lu.assertStrContains(says { ais = { t = 0.004 }, attainment = { t = 0.2 } }, "the encoder is the bottleneck")
  lu.assertStrContains(says { ais = { t = 0.013 }, attainment = { t = 0.65 } }, "could give the rest")
end

function TestVerdict:test_memory_and_self_leakage_are_said()
  lu.assertStrContains(says { history = 0.019 }, "by memory, not by news")
  lu.assertStrContains(says { lis_naive = 0.05 }, "self-leakage")
  lu.assertNotStrContains(says {}, "self-leakage")
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
