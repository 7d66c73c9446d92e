-- Small logs that the tests of the stages share.
local lu = require "luaunit"
local core = require "lis.core"
local log = require "lis.log"

local toy = {}

--- A log from rows { user, item, time, label }, ids 0-based.
function toy.log(rows, users, items)
  local columns = { {}, {}, {}, {} }
  for i, row in ipairs(rows) do
    for c = 1, 4 do columns[c][i] = row[c] end
  end
  return log.from_columns {
    name = "toy", users = users, items = items,
    user = core.tensor.from(columns[1], "i32"), item = core.tensor.from(columns[2], "i32"),
    time = core.tensor.from(columns[3], "i64"), label = core.tensor.from(columns[4], "u8"),
  }
end

--- Coin flips: every row's label is a fair coin, so nothing can be known. `active` users with a handful of
--- rows each over a few items; two rows share every timestamp.
function toy.coin_flips(users, items, rows, seed)
  local state = seed or 1
  local function below(n)
    state = (state * 6364136223846793005 + 1442695040888963407) & 0x7fffffffffffffff
    return (state >> 33) % n
  end
  local list = {}
  for i = 1, rows do list[i] = { below(users), below(items), i // 2, below(2) } end
  return toy.log(list, users, items)
end

--- A tensor as a Lua table.
function toy.list(tensor) return tensor:totable() end

--- Fails unless two CSRs have the same entries, their values alike but for rounding.
function toy.near(a, b)
  local row_a, column_a, of_a = a:triples()
  local row_b, column_b, of_b = b:triples()
  lu.assertEquals(toy.list(row_a), toy.list(row_b))
  lu.assertEquals(toy.list(column_a), toy.list(column_b))
  for k = 1, #of_a do lu.assertAlmostEquals(of_a[k], of_b[k], 1e-6 * math.abs(of_b[k])) end
end

--- The CSR as a dense Lua matrix [rows][columns], 1-based.
function toy.dense(csr)
  local row, column, value = csr:triples()
  local out = {}
  for r = 1, csr:rows() do
    out[r] = {}
    for c = 1, csr:columns() do out[r][c] = 0 end
  end
  for k = 1, csr:nnz() do out[row[k] + 1][column[k] + 1] = value[k] end
  return out
end

return toy
