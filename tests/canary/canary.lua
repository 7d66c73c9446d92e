-- Rigged on purpose: run apart, and expected to fail (tests/canary/check.sh).
local lu = require "luaunit"

TestCanary = {}

function TestCanary.test_sum_is_right() lu.assertEquals(1 + 1, 2) end

function TestCanary.test_sum_is_wrong() lu.assertEquals(1 + 1, 3) end

os.exit(lu.LuaUnit.run(), true)
