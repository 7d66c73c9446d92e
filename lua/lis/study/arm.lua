--- An arm of a study: what the ranker is fed, and what that may know.
local arm = {}

---@class lis.Arm
---@field preference string? key of the preference data set; nil for the base and the controls
---@field source string
---@field leaked boolean declared to know the test window
---@field vectors (fun(): lis.Vectors)? nil: no channel. A maker, so that a table lives only while its arm is trained
---@field made_of any what the vectors are made of: with log and split it determines them
---@field seed_shift integer added to the study's seeds; 0 but for the A/A arm
---@field runs lis.Run[]? one a seed, once trained
---@field inputs_cpu number? seconds of all threads that its vectors and blocks took; nil where none was made

---@param fields table
---@return lis.Arm
function arm.new(fields)
  fields.leaked, fields.seed_shift = fields.leaked or false, fields.seed_shift or 0
  return fields
end

--- The arm as one string: "co-engagement crossfit", "base".
---@param self lis.Arm
---@return string
function arm.name(self) return (self.preference and self.preference .. " " or "") .. self.source end

return arm
