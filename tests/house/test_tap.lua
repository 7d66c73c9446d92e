-- The counter must not be fooled: by a crash, a short run, a skip, or silence.
package.path = (arg[0]:match("^(.*/)") or "./") .. "?.lua;" .. package.path
local lu = require "luaunit"
local tap = require "tap"

local function results(cases)
  local out = {}
  for _, case in ipairs(cases) do out[#out + 1] = case.name .. "=" .. case.result end
  return table.concat(out, " ")
end

TestTap = {}

function TestTap:test_cmocka_stream()
  local cases = tap.run("1..3\nok 1 - a\nnot ok 2 - b\n# 0x1 != 0x2\n# f.c:9: error\nok 3 - c\n# not ok - t\n")
  lu.assertEquals(results(cases), "a=pass b=fail c=pass")
  lu.assertEquals(cases[2].reason, "0x1 != 0x2\nf.c:9: error")
end

function TestTap:test_luaunit_stream()
  local cases = tap.run("1..3\n# Started\nok     1\tT.test_a\nnot ok 2\tT.test_b\n#   x.lua:4: no\nok 3\t# SKIP no data\n")
  lu.assertEquals(results(cases), "T.test_a=pass T.test_b=fail =skip")
  lu.assertEquals(cases[3].reason, "no data")
end

function TestTap:test_words_that_only_look_like_cases()
  lu.assertEquals(results(tap.run("okay\nnotok\n  ok 1 - nested\nok 1 - a # of many\n1..1\n")), "a=pass")
end

function TestTap:test_failed_skip_is_a_failure()
  lu.assertEquals(results(tap.run("1..1\nnot ok 1 - a # SKIP\n")), "a=fail")
end

function TestTap:test_whole_program_skipped()
  local cases = tap.run("1..0 # SKIP no such processor\n")
  lu.assertEquals(results(cases), "(all)=skip")
  lu.assertEquals(cases[1].reason, "no such processor")
end

function TestTap:test_crash_after_passing_cases()
  local cases = tap.run("1..2\nok 1 - a\n", "ERROR, exit status -6")
  lu.assertEquals(results(cases), "a=pass (run)=fail")
  lu.assertEquals(cases[2].reason, "ERROR, exit status -6; announced 2 cases, ran 1")
end

function TestTap:test_short_run_with_a_good_status()
  lu.assertEquals(results(tap.run("1..2\nok 1 - a\n")), "a=pass (run)=fail")
end

function TestTap:test_leak_found_after_all_cases_passed()
  local cases = tap.run("1..1\nok 1 - a\n", "ERROR, exit status 1\n8 bytes leaked")
  lu.assertEquals(results(cases), "a=pass (run)=fail")
end

function TestTap:test_failed_case_explains_the_status()
  lu.assertEquals(results(tap.run("1..1\nnot ok 1 - a\n", "exit status 1")), "a=fail")
end

function TestTap:test_silence_and_bail_out()
  lu.assertEquals(results(tap.run("")), "(run)=fail")
  lu.assertEquals(results(tap.run("1..1\nok 1 - a\nBail out! no disk\n")), "a=pass (run)=fail")
end

os.exit(lu.LuaUnit.run(), true)
