local lu = require "luaunit"
local cost = require "lis.study.cost"

TestCost = {}

local timer = { cpu = { train = 3, score = 1 }, total = function() return 5, 4.5 end }

function TestCost:test_the_formula_by_hand()
  local result = cost.of({ { preference = "click", card = { pairs = 1000 } } }, timer,
    { parameters = 2e9, tokens_per_pair = 500, utilisation = 0.5, peak_flops = 1e14 })
  lu.assertEquals(result.alignment[1].flops, 6e15) -- 6 * 2e9 * 1000 * 500
  lu.assertAlmostEquals(result.alignment[1].gpu_hours, 6e15 / 5e13 / 3600, 1e-12)
  lu.assertEquals(result.cpu_s, { total = 4.5, train = 3, score = 1 })
end

function TestCost:test_the_line_names_every_assumption()
  local result = cost.of({ { preference = "few", card = { pairs = 10 } }, { preference = "many", card = { pairs = 1e6 } } },
    timer)
  lu.assertStrContains(result.line, "4.5 CPU-seconds (train 3.0, score 1.0)")
  lu.assertStrContains(result.line, "pairs of many instead: 6 x 7e+09 parameters x 1.02e+09 tokens (1,000,000 pairs x 1,024)")
  lu.assertStrContains(result.line, "40 % of 312 TFLOP/s")
end

function TestCost:test_scores_of_elsewhere_cost_no_alignment()
  local result = cost.of({ { preference = "click" } }, timer)
  lu.assertEquals(result.line, "Cost: 4.5 CPU-seconds (train 3.0, score 1.0).")
  lu.assertEquals(#result.alignment, 0)
end

function TestCost:test_one_more_arm()
  local base = { source = "base", runs = { { cpu = 4 }, { cpu = 6 } } }
  local function arm(inputs, ...)
    return { source = "crossfit", vectors = print, inputs_cpu = inputs, runs = { { cpu = ... }, { cpu = select(2, ...) } } }
  end
  local stored = arm(nil, nil, nil)
  local got = cost.marginal { base, arm(2, 1, 2), { source = "aa", runs = { { cpu = 9 } } }, arm(1, nil, 1.5), stored }
  lu.assertEquals(got, { base_fit = 5, arm_inputs = 1, arm_fit = 1.5, arm_marginal = 2.5, marginal_ratio = 0.5 })
  lu.assertEquals(cost.marginal { { source = "base", runs = { {} } }, arm(1, 1, 1) }, {})
  lu.assertStrContains(cost.of({}, timer, {}, got).line,
    "a base fit takes 5.00 CPU-seconds, one more arm 2.50 (training 1.50, inputs 1.00): 0.50 of it.")
end

function TestCost:test_unknown_assumptions_are_told()
  lu.assertErrorMsgContains("tokens_per_pair", cost.alignment, { tokens_per_pairs = 3 })
end

os.exit(lu.LuaUnit.run(), true)
