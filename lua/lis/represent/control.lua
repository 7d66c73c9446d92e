--- Vectors that learn nothing from preference data: encoders as they are, and the controls.
local core = require "lis.core"
local check = require "lis.util.check"
local contents = require "lis.represent.content"
local vectors = require "lis.represent.vectors"

local control = {}

local width_option = { default = 8, type = "integer", min = 1 }
local seed_option = { default = 1, type = "integer" }

--- An encoder as it is: its vectors' principal components, nothing aligned.
---@param content lis.Content
---@param options { width: integer? }?
---@return lis.Vectors
function control.raw(content, options)
  options = check.options(options, { width = width_option }, "lis.represent.raw")
  local x = contents.standardise(content)
  local values = x
  if x:size(2) ~= options.width then values = core.tensor.matmul(x, core.tensor.principal_axes(x, options.width)) end
  return vectors.new {
    name = content.name .. " as it is", source = "raw:" .. content.name,
    values = values * vectors.unit_scale(values), items = #content.values,
  }
end

--- Normal noise, one vector an item: what the extra width alone does.
---@param items integer
---@param options { width: integer?, seed: integer? }?
---@return lis.Vectors
function control.noise(items, options)
  options = check.options(options, { width = width_option, seed = seed_option },
    "lis.represent.noise")
  return vectors.new {
    name = "noise", source = "noise", items = items,
    values = core.tensor.normal({ items, options.width }, { seed = options.seed, purpose = "noise" }),
  }
end

--- The simulated world's true item factors, padded to the width: the positive control.
---@param world table
---@param options { width: integer? }?
---@return lis.Vectors
function control.oracle(world, options)
  options = check.options(options, { width = width_option }, "lis.represent.oracle")
  local factors = world.item_factors
  local missing = options.width - factors:size(2)
  if missing < 0 then
    error(("the world has %d factors, more than width %d can hold"):format(factors:size(2), options.width), 0)
  end
  local values = factors
  if missing > 0 then
    values = core.tensor.concat({ factors, core.tensor.new("f32", world.items, missing) }, 2)
  end
  return vectors.new {
    name = "true factors", source = "oracle", items = world.items,
    values = values * vectors.unit_scale(factors),
  }
end

return control
