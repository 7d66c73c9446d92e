--- Made events with a long tail of items: what benchmarks are fed with.
local core = require "lis.core"
local progress = require "lis.util.progress"

local made = {}

--- Uniform on [0, 1), each row for itself: the sum of two permutations, less n where it reaches n.
---@param n integer
---@param seed integer
---@param purpose string  names the stream: the same three give the same numbers
---@return lis.Tensor  f64 [n]
function made.uniform(n, seed, purpose)
  local sum = core.base.permutation(n, seed, purpose):to("f64") + core.base.permutation(n, seed + 1, purpose):to("f64")
  return (sum - sum:ge(n):to("f64") * n) * (1 / n)
end

--- Codes below `vocab` with a long tail: vocab ^ u for a uniform u, so that log(code) is uniform.
---@param n integer
---@param vocab integer
---@param seed integer
---@param purpose string
---@return lis.Tensor  i32 [n]
function made.long_tail(n, vocab, seed, purpose)
  return (made.uniform(n, seed, purpose) * math.log(vocab)):exp():clamp(0, vocab - 1):to("i32")
end

--- Events of users who are equally active.
---@param n integer
---@param users integer
---@param items integer
---@param seed integer
---@param options table?  what else a function of core.sparse is told
---@return lis.Events
function made.events(n, users, items, seed, options)
  local events = { user = (made.uniform(n, seed, "user") * users):to("i32"), users = users,
    item = made.long_tail(n, items, seed, "item"), items = items }
  for name, value in pairs(options or {}) do events[name] = value end
  return events
end

--- Scores that tell engaged rows (30 %) from others with an AUC of 0.68, of users with 20 rows each on average.
---@param n integer
---@param seed integer
---@return { a: lis.Tensor, b: lis.Tensor, label: lis.Tensor, user: lis.Tensor, users: integer }  two scores, f32 [n]
function made.scores(n, seed)
  local label = made.uniform(n, seed, "label"):lt(0.3)
  local lift, users = label:to("f64") * 0.2, n // 20
  return { a = (made.uniform(n, seed, "a") + lift):to("f32"), b = (made.uniform(n, seed, "b") + lift):to("f32"),
    label = label, user = (made.uniform(n, seed, "user") * users):to("i32"), users = users }
end

--- Writes events as CSV: user_id, item_id (strings, 100,000 and 50,000 of them), timestamp, rating.
---@param path string
---@param n integer
---@param seed integer
function made.csv(path, n, seed)
  local events = made.events(n, 100000, 50000, seed)
  local file <close>, bar = assert(io.open(path, "w")), progress.start("writing " .. path, n)
  assert(file:write("user_id,item_id,timestamp,rating\n"))
  for r = 1, n do
    assert(file:write("u", events.user[r], ",item_", events.item[r], ",", 1500000000 + r * 10000000 // n, ",",
      1 + r % 5, "\n"))
    if r % 100000 == 0 then bar:update(r) end
  end
  bar:finish()
end

--- A CSV to read: the one that is there, else a made one.
---@param path string  "" for a temporary one
---@param n integer
---@param seed integer
---@return string path
---@return boolean spare  whether it is a temporary one, to be removed
function made.file(path, n, seed)
  local spare = path == ""
  if spare then path = os.tmpname() end
  local there = not spare and io.open(path)
  if there then there:close() else made.csv(path, n, seed) end
  return path, spare
end

return made
