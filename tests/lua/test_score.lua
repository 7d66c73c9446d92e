local lu = require "luaunit"
local core = require "lis.core"
local score = require "lis.score"

local here = debug.getinfo(1, "S").source:match("^@(.*)lua/test_score%.lua$") or "tests/"
local golden = dofile(here .. "ref/golden/score_golden.lua")

local function near(got, wanted, relative)
  local tolerance = (relative or 1e-7) * math.max(math.abs(wanted), 1e-9)
  if got ~= got or math.abs(got - wanted) > tolerance then
    error(("got %.17g, wanted %.17g"):format(got, wanted), 2)
  end
end

-- The golden arm as lis.score expects one: the metric's result at each seed.
local function arm(name)
  local results = {}
  for seed, value in ipairs(golden.arms[name].values) do
    results[seed] = { value = value, users = #golden.arms[name].influence[seed], definition = "auc",
      influence = core.tensor.from(golden.arms[name].influence[seed], "f64"), higher_is_better = true }
  end
  return results
end

local function assert_contrast(got, wanted)
  near(got.delta, wanted.delta)
  near(got.row_variance, wanted.row_variance)
  near(got.seed_variance, wanted.seed_variance)
  near(got.se, wanted.se)
  near(got.dof, wanted.dof)
  near(got.p, wanted.p, 1e-6)
  near(got.ci[1], wanted.low, 1e-6)
  near(got.ci[2], wanted.high, 1e-6)
  near(got.row_se ^ 2 + got.seed_se ^ 2, wanted.se ^ 2)
end

TestContrast = {}

function TestContrast:test_arm()
  local got = score.arm(arm "crossfit")
  assert_contrast(got, golden.arm)
  lu.assertEquals(got.value, got.delta)
  lu.assertEquals(got.definition, "auc")
end

function TestContrast:test_difference()
  assert_contrast(score.difference(arm "crossfit", arm "base"), golden.lis)
  assert_contrast(score.difference(score.arm(arm "encoder"), score.arm(arm "base")), golden.ais)
end

function TestContrast:test_contrasts_nest()
  local lis = score.difference(arm "crossfit", arm "base")
  local twice = score.contrast { { 2, lis } }
  near(twice.delta, 2 * lis.delta)
  near(twice.row_variance, 4 * lis.row_variance)
  near(twice.seed_variance, 4 * lis.seed_variance)
  near(twice.dof, lis.dof)
  local same = score.contrast { { 1, lis }, { -1, arm "crossfit" }, { 1, arm "base" } }
  lu.assertAlmostEquals(same.delta, 0, 1e-15)
  lu.assertAlmostEquals(same.se, 0, 1e-15)
end

function TestContrast:test_one_seed_has_row_variance_only()
  local got = score.difference({ arm("crossfit")[1] }, { arm("base")[1] })
  lu.assertEquals(got.seed_variance, 0)
  lu.assertEquals(got.dof, got.users - 1)
  near(got.se, got.row_se)
end

function TestContrast:test_level()
  local wide = score.difference(arm "crossfit", arm "base", { level = 0.99 })
  local narrow = score.difference(arm "crossfit", arm "base", { level = 0.8 })
  lu.assertTrue(wide.ci[1] < narrow.ci[1] and wide.ci[2] > narrow.ci[2])
end

function TestContrast:test_inputs_are_left_as_they_were()
  local lis = score.difference(arm "crossfit", arm "base")
  local before = lis.influence:totable()
  score.contrast { { -3, lis } }
  lu.assertEquals(lis.influence:totable(), before)
end

function TestContrast:test_refusals()
  local crossfit, base = arm "crossfit", arm "base"
  lu.assertErrorMsgContains("3 seeds and another 2", score.difference, crossfit, { base[1], base[2] })
  lu.assertErrorMsgContains("empty list", score.arm, {})
  lu.assertErrorMsgContains("got an empty list", score.contrast, {})
  lu.assertErrorMsgContains("did you mean 'level'", score.arm, base, { levle = 0.9 })
  base[2].influence = core.tensor.new("f64", 7)
  lu.assertErrorMsgContains("seed 2 was scored on 7 users", score.arm, base)
  lu.assertErrorMsgContains("same test rows", score.difference, crossfit, { base[2], base[2], base[2] })
end

TestAttainment = {}

function TestAttainment:test_fieller()
  local base = arm "base"
  local lis, ais = score.difference(arm "crossfit", base), score.difference(arm "encoder", base)
  local got = score.attainment(ais, lis)
  near(got.value, golden.attainment.value)
  near(got.dof, golden.attainment.dof)
  near(got.ci[1], golden.attainment.low, 1e-6)
  near(got.ci[2], golden.attainment.high, 1e-6)
end

function TestAttainment:test_of_itself_is_one()
  local lis = score.difference(arm "crossfit", arm "base")
  local got = score.attainment(lis, lis)
  near(got.value, 1)
  near(got.ci[1], 1, 1e-6)
  near(got.ci[2], 1, 1e-6)
end

function TestAttainment:test_refused_where_lis_is_nothing()
  local base = arm "base"
  local ais = score.difference(arm "encoder", base)
  local got, reason = score.attainment(ais, score.contrast { { 0.01, ais }, { -0.01, ais } })
  lu.assertNil(got)
  lu.assertStrContains(reason, "not clearly above 0")
  got, reason = score.attainment(ais, score.difference(base, arm "crossfit"))
  lu.assertNil(got)
  lu.assertStrContains(reason, "not clearly above 0")
end

TestSeveral = {}

function TestSeveral:test_holm()
  local got = score.holm(golden.pvalues)
  for i, wanted in ipairs(golden.holm) do near(got[i], wanted, 1e-12) end
  local named = score.holm { click = 0.01, order = 0.04 }
  near(named.click, 0.02)
  near(named.order, 0.04)
  lu.assertEquals(score.holm {}, {})
  lu.assertErrorMsgContains("at most 1", score.holm, { 2 })
end

function TestSeveral:test_kendall()
  for _, case in ipairs(golden.kendall) do
    local got = score.kendall(case.a, case.b)
    near(got.tau, case.tau, 1e-12)
    near(got.p, case.p)
    near(got.ci[1], case.low)
    near(got.ci[2], case.high)
    lu.assertEquals(got.note ~= nil, #case.a < 8)
  end
end

function TestSeveral:test_kendall_at_its_edges()
  local got = score.kendall({ 1, 2, 3, 4, 5, 6 }, { 10, 20, 30, 40, 50, 60 })
  lu.assertEquals(got.tau, 1)
  lu.assertEquals(got.ci[2], 1)
  lu.assertTrue(got.ci[1] > 0 and got.ci[1] < 1)
  lu.assertNil(score.kendall({ 1, 2, 3 }, { 1, 2, 3 }).ci)
  lu.assertStrContains(score.kendall({ 1, 2, 3 }, { 1, 2, 3 }).note, "only 3 data sets")
  lu.assertStrContains(score.kendall({ 1, 1 }, { 1, 2 }).note, "no order")
  lu.assertErrorMsgContains("one length", score.kendall, { 1, 2 }, { 1 })
end

function TestSeveral:test_power()
  near(score.power(0.001), golden.power)
  near(score.power({ se = 0.001 }), golden.power)
  near(score.power(0.001, { correlation = 0.5 }), golden.power)
  lu.assertTrue(score.power(0.001, { power = 0.9 }) > golden.power)
  local lis = score.difference(arm "crossfit", arm "base")
  near(score.power(lis.influence, { users = lis.users }), golden.power * lis.row_se / 0.001)
  lu.assertErrorMsgContains("'users'", score.power, lis.influence)
end

TestMetrics = {}

local function rows()
  local label = core.tensor.from({ 1, 0, 1, 0, 1, 0 }, "u8")
  local user = core.tensor.from({ 0, 0, 1, 1, 2, 2 }, "i32")
  return core.tensor.from({ 2, 1, -1, 1, 3, 3 }, "f32"), label, user, 4
end

function TestMetrics:test_rows()
  local got = score.rows(rows())
  near(got.auc.value, 4.5 / 9) -- positives 2, -1, 3 against 1, 1, 3: 2 + 0 + 2.5 wins
  near(got.gauc.value, (1 + 0 + 0.5) / 3)
  lu.assertEquals(got.gauc.users, 3)
  lu.assertFalse(got.logloss.higher_is_better)
  for _, result in pairs(got) do
    lu.assertEquals(#result.influence, 4)
    lu.assertEquals(result.influence:get(4), 0)
    lu.assertAlmostEquals(result.influence:sum(), 0, 1e-14)
    lu.assertTrue(#result.definition > 0)
  end
end

function TestMetrics:test_auc_counts_ties_half()
  local scores, label = rows()
  local got = core.metric.auc(scores, label)
  near(got.value, 4.5 / 9)
  lu.assertEquals(got.users, 6) -- without users each row is its own
end

function TestMetrics:test_delong_agrees_with_a_difference()
  local scores, label, user, n = rows()
  local other = core.tensor.from({ 1, 2, 3, -1, 0, 2 }, "f32")
  local test = core.metric.delong(scores, other, label, { user = user, users = n })
  local difference = score.difference({ score.metrics.auc(scores, label, user, n) },
    { score.metrics.auc(other, label, user, n) })
  near(difference.delta, test.delta)
  near(difference.se, test.se)
  lu.assertEquals(test.users, 3)
  lu.assertEquals(#test.ci, 2)
end

function TestMetrics:test_gauc_definitions()
  local scores, label, user, n = rows()
  for _, weight in ipairs { "rows", "positives", "equal", "pairs" } do
    for _, one_class in ipairs { "skip", "half" } do
      local got = core.metric.gauc(scores, label, { user = user, users = n, weight = weight, one_class = one_class })
      lu.assertStrContains(got.definition, weight)
    end
  end
  lu.assertErrorMsgContains("weight", core.metric.gauc, scores, label, { user = user, weight = "clicks" })
end

function TestMetrics:test_five_gaucs()
  local scores, label, user, n = rows()
  label:set(1, 0) -- user 0 is of one class now
  local function of(definition)
    local metric, words = score.gauc(definition)
    lu.assertStrContains(words, "each user's own AUC")
    return metric(scores, label, user, n).value
  end
  near(of "rows", (0 + 0.5) / 2)
  near(of "positives", (0 + 0.5) / 2)
  near(of "equal", (0 + 0.5) / 2)
  near(of "rows_half", (0.5 + 0 + 0.5) / 3)
  near(of "equal_half", (0.5 + 0 + 0.5) / 3)
  lu.assertErrorMsgContains("did you mean 'rows'", score.gauc, "row")
end

function TestMetrics:test_top_k()
  local scores, label, user, n = rows()
  near((score.ndcg(1))(scores, label, user, n).value, (1 + 0 + 0.5) / 3)
  near((score.mrr(2))(scores, label, user, n).value, (1 + 0.5 + 0.75) / 3)
  near((score.recall(1))(scores, label, user, n).value, (1 + 0 + 0.5) / 3)
  local page = core.tensor.from({ 0, 0, 1, 2, 3, 3 }, "i32")
  local got = core.metric.recall(scores, label, { user = user, users = n, list = page, lists = 4, k = 1 })
  near(got.value, (1 + 1 + 0.5) / 3)
  lu.assertStrContains(got.definition, "recall@1 over 3 lists")
  lu.assertErrorMsgContains("k must be at least 1", score.ndcg, 0)
end

function TestMetrics:test_calibration()
  local p = core.tensor.from({ 0.9, 0.6, 0.8, 0.1, 0.5, 0.1 }, "f32")
  local _, label, user, n = rows()
  near(core.metric.calibration(p, label, { user = user, users = n }).value, 1, 1e-6)
  local scores = (p / (1 - p)):log()
  near((score.calibration())(scores, label, user, n).value, 1, 1e-6)
  local loss = core.metric.logloss(p, label).value
  near(core.metric.normalized_entropy(p, label).value, loss / math.log(2))
  local curve = core.metric.reliability(p, label, { bins = 2 })
  lu.assertEquals(curve.bins[1].rows, 3)
  lu.assertAlmostEquals(curve.bins[2].predicted, 2.3 / 3, 1e-6)
  lu.assertAlmostEquals(curve.bins[2].observed, 2 / 3, 1e-12)
end

TestBootstrap = {}

function TestBootstrap:test_pairs_and_interval()
  local scores = core.tensor.normal({ 60 }, { seed = 4 })
  local label = scores:gt(0.2)
  local options = { replicates = 100, seed = 3 }
  local loss = core.metric.logloss(scores, label, { input = "logit" })
  local a, b = core.metric.bootstrap(loss, options), core.metric.bootstrap(loss, options)
  lu.assertEquals(#a, 100)
  lu.assertEquals((a - b):abs():sum(), 0)
  local got = score.bootstrap_interval(core.tensor.from({ 5, 1, 4, 2, 3 }, "f64"), { level = 0.5 })
  lu.assertEquals(got.ci, { 2, 4 })
  lu.assertErrorMsgContains("not a ratio", core.metric.bootstrap, core.metric.auc(scores, label))
end

function TestBootstrap:test_auc()
  local n = 400
  local scores = core.tensor.normal({ n }, { seed = 1 })
  local label = (scores + core.tensor.normal({ n }, { seed = 2 })):gt(0)
  local auc = core.metric.auc(scores, label)
  local replicates = core.metric.bootstrap_auc(scores, label, { replicates = 500 })
  near(score.bootstrap_interval(replicates).se / auc.se, 1, 0.15)
end

function TestMetrics:test_register()
  score.register("mean", function(scores, _, _, n)
    return { value = scores:mean(), influence = core.tensor.new("f64", n), users = n, definition = "mean",
      higher_is_better = true }
  end, "mean score")
  local got = score.rows(rows())
  near(got.mean.value, 1.5)
  lu.assertEquals(score.definitions().mean, "mean score")
  score.metrics.mean = nil
end

-- A mean over rows that count has the influences of GAUC with equal weights: both are means over users.
function TestMetrics:test_ratio_is_a_metric_of_ones_own()
  local scores, label, user, n = rows()
  local share, definition = score.ratio(function(s, l) return l:land(s:gt(0)), l end, "engaged rows above 0")
  lu.assertEquals(definition, "engaged rows above 0")
  local got = share(scores, label, user, n)
  near(got.value, label:land(scores:gt(0)):count() / label:count())
  lu.assertAlmostEquals(got.influence:sum(), 0, 1e-12)
  lu.assertEquals({ #got.influence, got.users, got.higher_is_better }, { n, #user:unique(), true })
  local loss = score.ratio(function(s, l)
    local each = ((s * -1):exp() + 1):log() + s * l:lnot():to "f32" -- ln(1 + e^-s) + s (1 - label)
    return each, core.tensor.full("f32", 1, #s)
  end, "log loss", { higher_is_better = false })(scores, label, user, n)
  local wanted = score.metrics.logloss(scores, label, user, n)
  near(loss.value, wanted.value, 1e-6)
  for u = 1, n do lu.assertAlmostEquals(loss.influence[u], wanted.influence[u], 1e-6) end
  lu.assertEquals(loss.users, wanted.users)
  lu.assertEquals(#share(scores, label).influence, #scores, "without users every row is its own")
  lu.assertErrorMsgContains("0 below", score.ratio(function(s, l) return s, l:land(l:lnot()) end, "x"), scores, label)
  lu.assertErrorMsgContains("must be a tensor of 6 rows", score.ratio(function(s) return s end, "x"), scores, label)
end

function TestMetrics:test_refusals()
  local scores, label, user = rows()
  lu.assertErrorMsgContains("all 6 labels are 0", core.metric.auc, scores, core.tensor.new("u8", 6))
  lu.assertErrorMsgContains("outside [0, 2)", core.metric.auc, scores, label, { user = user, users = 2 })
  lu.assertErrorMsgContains("did you mean 'users'", core.metric.auc, scores, label, { user = user, usres = 2 })
  lu.assertErrorMsgContains("label", core.metric.auc, scores, user)
  lu.assertErrorMsgContains("outside [0, 1]", core.metric.logloss, scores, label)
end

function TestMetrics:test_quantiles()
  near(core.metric.normal_quantile(0.975), 1.959963984540054, 1e-12)
  near(core.metric.normal_cdf(-1.959963984540054), 0.025, 1e-12)
  near(core.metric.t_quantile(0.975, 2), 4.302652729696142, 1e-10)
  near(core.metric.t_cdf(-4.302652729696142, 2), 0.025, 1e-10)
  lu.assertErrorMsgContains("probability", core.metric.t_quantile, 2, 3)
end

os.exit(lu.LuaUnit.run(), true)
