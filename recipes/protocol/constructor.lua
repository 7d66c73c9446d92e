-- A constructor of one's own: what follows what. Two items are a pair where the same
-- user engaged with one right after the other, within a day.
--
-- Data: simulated, small. Time: seconds. Expected: every clause holds, on coin flips
-- the AUC stays at 0.5, and what follows what says nothing in this feed, whose pages
-- follow no order.
local lis = require "lis"
local core = require "lis.core"

local opt = lis.options {
  gap = { default = 86400, min = 1, help = "seconds between the two events, at most" },
  impressions = { default = 60000, min = 5000, help = "of the simulated feed" },
}

-- log: columns user, item, label (i32, i32, u8) and time (i64 seconds), all [rows], in the order of time.
-- keep: u8 [rows], the rows that window and fold leave. Returns pairs: a symmetric csr [items, items].
local function succession(log, keep)
  local rows = keep:nonzero()
  rows = rows:take(log.user:take(rows):argsort()) -- stable: by user, and within a user by time
  if #rows == 0 then return core.sparse.from_triples(log.items, log.items, rows, rows) end -- an empty fold
  local first, second = rows:slice(1, 1, #rows - 1):copy(), rows:slice(1, 2, #rows):copy()
  local same_user = log.user:take(first):eq(log.user:take(second))
  local near = (log.time:take(second) - log.time:take(first)):le(opt.gap)
  local other = log.item:take(first):ne(log.item:take(second))
  local found = same_user:land(near):land(other):nonzero()
  local one_way = core.sparse.from_triples(log.items, log.items,
    log.item:take(first:take(found)), log.item:take(second:take(found)))
  return one_way:add(one_way:transpose())
end

local function next_item() return lis.preference.custom("next item", succession) end

assert(lis.contract.preference(next_item):print().holds)
assert(lis.contract.coin_flips({ preference = next_item() }):print().holds)

local log = lis.log.from_world(lis.world.simulate { users = 500, items = 300, impressions = opt.impressions })
lis.study {
  log = log,
  split = lis.split.by_day(log, { train = { 2, 11 }, test = { 12, 13 } }),
  ranker = lis.ranker.deepfm { hidden = { 32, 16 }, table_lr = 0.2, batch = 256, epochs = 3, l2 = 1e-4 },
  channel = lis.inject.similarity {},
  preferences = { ["next item"] = next_item(), ["co-engagement"] = lis.preference.coengagement {} },
}:run():print()
