--- Contracts: what every constructor, channel and ranker holds, tried on one of your own before a study.
--
--     assert(lis.contract.preference(next_item):print().holds)
--
-- The built-in ones pass the same clauses in the tests (tests/lua/test_contract_*.lua). They run on a small
-- simulated feed in about a second.
local bench = require "lis.contract.bench"
local check = require "lis.util.check"
local coins = require "lis.contract.coins"

local contract = {}

---@class lis.ContractReport
---@field kind string
---@field name string
---@field holds boolean every clause
---@field clauses { name: string, says: string, holds: boolean, why: string? }[]
local Report = {}
Report.__index = Report

function Report:__tostring()
  local lines, kept = { ("%s '%s':"):format(self.kind, self.name) }, 0
  for _, clause in ipairs(self.clauses) do
    kept = kept + (clause.holds and 1 or 0)
    lines[#lines + 1] = clause.holds and ("  holds   %s: %s"):format(clause.name, clause.says)
      or ("  BROKEN  %s: %s"):format(clause.name, clause.why)
  end
  lines[#lines + 1] = ("%d of %d clauses hold."):format(kept, #self.clauses)
  return table.concat(lines, "\n")
end

--- Prints every clause and returns the report.
---@return lis.ContractReport
function Report:print()
  print(tostring(self))
  return self
end

local spec = {
  log = { type = "table" },
  split = { type = "table" },
  except = { default = {}, type = "list", of = "string" },
}

local function case_of(make, options, where)
  check.argument(make, { type = { "function", "table" } }, where, "the thing under contract")
  local given = make
  if type(make) == "table" then make = function() return given end end
  local l, s = options.log, options.split
  if not l then
    l, s = bench.log()
  elseif not s then
    check.fail(where, "option 'log' wants option 'split' beside it")
  end
  return { make = make, log = l, split = s }
end

local function run(kind, clauses, case, options, skip)
  local report = setmetatable({ kind = "Contract of " .. kind, name = case.make().name, holds = true, clauses = {} },
    Report)
  local left_out = {}
  for _, name in ipairs(options.except) do left_out[name] = true end
  for _, clause in ipairs(clauses) do
    if not left_out[clause.name] and not (skip and skip(clause)) then
      local holds, why = pcall(clause.check, case)
      report.holds = report.holds and holds
      report.clauses[#report.clauses + 1] = { name = clause.name, says = clause.says, holds = holds,
        why = not holds and tostring(why) or nil }
    end
  end
  return report
end

--- Tries a preference constructor: `make` returns it anew each time (or is one). log, split: where it needs
--- columns that the small feed has not; except: names of clauses to leave out.
---@param make (fun(): lis.Preference)|lis.Preference
---@param options { log: lis.Log?, split: lis.Split?, except: string[]? }?
---@return lis.ContractReport
function contract.preference(make, options)
  local where = "lis.contract.preference"
  options = check.options(options, spec, where)
  local case = case_of(make, options, where)
  local static = case.make().static
  return run("preference", require "lis.contract.preference", case, options, function(clause)
    return static and clause.of == "events"
  end)
end

--- Tries a channel, through a small ranker.
---@param make (fun(): lis.Channel)|lis.Channel
---@param options { log: lis.Log?, split: lis.Split?, except: string[]? }?
---@return lis.ContractReport
function contract.channel(make, options)
  local where = "lis.contract.channel"
  options = check.options(options, spec, where)
  local case = case_of(make, options, where)
  case.arms = bench.arms(case.log, case.split)
  return run("channel", require "lis.contract.channel", case, options)
end

--- Tries a ranker, alone and behind a channel.
---@param make (fun(): lis.Ranker)|lis.Ranker
---@param options { log: lis.Log?, split: lis.Split?, except: string[]? }?
---@return lis.ContractReport
function contract.ranker(make, options)
  local where = "lis.contract.ranker"
  options = check.options(options, spec, where)
  local case = case_of(make, options, where)
  case.arms = bench.arms(case.log, case.split)
  return run("ranker", require "lis.contract.ranker", case, options)
end

--- Tries a protocol on a log of coin flips (lis.log.coin_flips), where any AUC but 0.5 is seen answers: your
--- constructor, channel or ranker with the default ones in the other places. `rows` sets how fine it looks.
---@param options { preference: lis.Preference?, channel: lis.Channel?, ranker: lis.Ranker?, rows: integer?,
---  seeds: integer? }?
---@return lis.ContractReport
function contract.coin_flips(options)
  local report = setmetatable({ kind = "Coin flips with", holds = true, clauses = coins.clauses(options) }, Report)
  local own = options and (options.preference or options.channel or options.ranker)
  report.name = own and own.name or "the defaults"
  for _, clause in ipairs(report.clauses) do report.holds = report.holds and clause.holds end
  return report
end

return contract
