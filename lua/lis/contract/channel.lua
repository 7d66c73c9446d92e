--- What every channel holds, through a ranker that it feeds.
local core = require "lis.core"
local bench = require "lis.contract.bench"
local leak = require "lis.leak"

local ensure = bench.ensure

local clauses = {}

local function clause(name, says, check) clauses[#clauses + 1] = { name = name, says = says, check = check } end

-- What a block feeds, one line a row of the log.
local function lines_of(block)
  local x = block.feed
  return type(x) == "table" and x.table:take(x.index) or x
end

-- The vectors that a row finds for item 0 of its history: of which part it reads the rest, too.
local function events_of(block) return block.events.table:take(block.events.offset) end

local kinds = { item = true, user = true, pair = true, bias = true }

-- Scores of the test rows with the channel's blocks of one arm.
local function hash(case, channel, arm)
  local blocks = channel.blocks(case.log, case.arms[arm])
  return bench.logits(bench.ranker(blocks), case.log, case.split, blocks):hash()
end

local function replaces(blocks)
  for _, block in ipairs(blocks) do
    if block.input == "replace" then return true end
  end
  return false
end

clause("blocks_fit_the_log", "each block has a name, a kind, and a finite line of its width for every row",
  function(case)
    for b, block in ipairs(case.make().blocks(case.log, case.arms.crossfit)) do
      ensure(type(block.name) == "string", "block %d has no name", b)
      ensure(kinds[block.kind], "block '%s' is of kind %s, not item, user, pair or bias", block.name,
        tostring(block.kind))
      local lines = lines_of(block)
      ensure(core.tensor.is(lines) and #lines == case.log.rows, "block '%s' has not one line a row", block.name)
      if block.input == "dense" then
        ensure(#lines:shape() == 2 and lines:size(2) == block.width, "block '%s' says width %s, its feed is [%s]",
          block.name, tostring(block.width), table.concat(lines:shape(), ", "))
        ensure((lines - lines):eq(0):count() == #lines * block.width, "block '%s' holds NaN or infinity", block.name)
      end
    end
  end)

clause("every_arm_has_the_same_parameters", "whatever the vectors say, the ranker is as large", function(case)
  local channel = case.make()
  local blocks = channel.blocks(case.log, case.arms.placebo)
  local small = bench.ranker(blocks)
  local wanted = bench.parameters(small, case.log, blocks)
  for name, vectors in pairs(case.arms) do
    local got = bench.parameters(small, case.log, channel.blocks(case.log, vectors))
    ensure(got == wanted, "%d parameters with the vectors of arm %s, %d with the placebo's", got, name, wanted)
  end
  ensure(replaces(blocks) or wanted > bench.parameters(small, case.log, {}), "it adds nothing to the ranker")
end)

clause("deterministic", "the same vectors give the same scores", function(case)
  ensure(hash(case, case.make(), "crossfit") == hash(case, case.make(), "crossfit"),
    "two runs gave different scores")
end)

clause("what_the_vectors_say_reaches_the_ranker", "other vectors, other scores", function(case)
  local channel = case.make()
  ensure(hash(case, channel, "crossfit") ~= hash(case, channel, "placebo"),
    "the leaked vectors and the placebo's gave the same scores")
end)

clause("blocks_carry_the_taint", "inputs made of leaked vectors are refused where the vectors would be",
  function(case)
    local channel, s = case.make(), case.split
    for _, block in ipairs(channel.blocks(case.log, case.arms.crossfit)) do
      ensure(block.leaked and not pcall(leak.require_before, block, s.test_from, "arm 'x'"),
        "block '%s' of leaked vectors is not marked", block.name)
    end
    for _, block in ipairs(channel.blocks(case.log, case.arms.history)) do
      ensure(not block.leaked and pcall(leak.require_before, block, s.test_from, "arm 'x'"),
        "block '%s' of the past's vectors is marked as leaked", block.name)
    end
  end)

-- A row of fold k reads fold k: changing the other parts changes nothing for it.
clause("rows_read_their_own_part_alone", "a row's input is made of its own fold's vectors", function(case)
  local channel, vectors = case.make(), case.arms.crossfit
  local other = setmetatable({}, getmetatable(vectors))
  for key, value in pairs(vectors) do other[key] = value end
  other.values = vectors.values:copy()
  other.values:slice(1, 1, case.log.items):mul_(-2) -- part 0
  local before, after = channel.blocks(case.log, vectors), channel.blocks(case.log, other)
  local untouched = vectors.part:ne(0):nonzero()
  for b, block in ipairs(before) do
    ensure(lines_of(block):take(untouched):hash() == lines_of(after[b]):take(untouched):hash(),
      "block '%s' of a row changes with another fold's vectors: use vectors:index(log) and vectors:offset(log)",
      block.name)
    ensure(not block.events or events_of(block):take(untouched):hash() == events_of(after[b]):take(untouched):hash(),
      "block '%s': the events of a row change with another fold's vectors: use vectors:offset(log)", block.name)
  end
end)

return clauses
