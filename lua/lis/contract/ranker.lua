--- What every ranker holds, as a base and behind a channel.
local bench = require "lis.contract.bench"
local inject = require "lis.inject"

local ensure = bench.ensure

local clauses = {}

local function clause(name, says, check) clauses[#clauses + 1] = { name = name, says = says, check = check } end

local function blocks_of(case, arm) return inject.similarity({ tiers = 4 }).blocks(case.log, case.arms[arm]) end

clause("scores_are_finite", "every test row gets a finite score, with and without a channel", function(case)
  for name, blocks in pairs { base = {}, arm = blocks_of(case, "crossfit") } do
    local logits = bench.logits(case.make(), case.log, case.split, blocks)
    ensure((logits - logits):eq(0):count() == #case.split.test, "the %s has NaN or infinite scores", name)
    ensure(logits:max() > logits:min(), "the %s scores every row alike", name)
  end
end)

clause("deterministic", "the same seed gives the same scores", function(case)
  local function hash() return bench.logits(case.make(), case.log, case.split, blocks_of(case, "crossfit")):hash() end
  ensure(hash() == hash(), "two trainings of one seed gave different scores")
end)

clause("the_channel_reaches_the_score", "other vectors, other scores", function(case)
  local made = case.make()
  local function hash(arm) return bench.logits(made, case.log, case.split, blocks_of(case, arm)):hash() end
  ensure(hash "crossfit" ~= hash "placebo", "the channel's inputs do not reach the score: compose must use "
    .. "inputs.channel (lis.ranker.parts.logit)")
end)

clause("every_arm_has_the_same_parameters", "whatever the vectors say, it is as large", function(case)
  local made = case.make()
  local wanted = bench.parameters(made, case.log, blocks_of(case, "placebo"))
  for name in pairs(case.arms) do
    local got = bench.parameters(made, case.log, blocks_of(case, name))
    ensure(got == wanted, "%d parameters in arm %s, %d in the placebo", got, name, wanted)
  end
end)

clause("an_arm_has_its_bases_parameters", "every parameter of the base is found in an arm, by name and shape",
  function(case)
    local made = case.make()
    local base <close> = made:build(case.log, {}, 1)
    local arm <close> = made:build(case.log, blocks_of(case, "crossfit"), 1)
    local found = arm:parameters()
    for name, parameter in pairs(base:parameters()) do
      local other = found[name]
      ensure(other and #other == #parameter and other:size(2) == parameter:size(2),
        "parameter '%s' of the base is not in an arm: give layers names, and keep the channel in a tower of its own",
        name)
    end
  end)

return clauses
