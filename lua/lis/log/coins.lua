--- A log of coin flips: who meets what is chance, and so is every label. Nothing can be known, the true AUC of
--- any model is 0.5, and whatever scores above it has seen the answers.
local core = require "lis.core"
local check = require "lis.util.check"

local coins = {}

local spec = {
  users = { default = 4000, type = "integer", min = 2 },
  items = { default = 2000, type = "integer", min = 2 },
  rows = { default = 40000, type = "integer", min = 10 },
  days = { default = 6, type = "integer", min = 1 },
  seed = { default = 1, type = "integer", min = 0 },
}

--- Its columns, for log.from_columns: users and items as often as each other, times spread evenly over the days.
---@param options { users: integer?, items: integer?, rows: integer?, days: integer?, seed: integer? }?
---@return table columns
function coins.columns(options)
  local o = check.options(options, spec, "lis.log.coin_flips")
  local function codes(n, purpose)
    return (core.base.permutation(o.rows, o.seed, purpose):to "f64" * (n / o.rows)):to "i32"
  end
  return {
    name = "coin flips", rule = "a fair coin", users = o.users, items = o.items,
    user = codes(o.users, "coin users"), item = codes(o.items, "coin items"),
    time = (core.tensor.arange(o.rows, "i64"):to "f64" * (o.days * 86400 / o.rows)):to "i64",
    label = core.tensor.normal({ o.rows }, { seed = o.seed, purpose = "coins" }):gt(0),
  }
end

return coins
