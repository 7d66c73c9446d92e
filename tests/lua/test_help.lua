-- help and apropos; and the declarations in docs/library that they and editors read.
local lu = require "luaunit"
local core = require "lis.core"
local doc = require "lis.util.doc"
local help = require "lis.util.help"
local complete = require "lis.util.complete"

TestDoc = {}

local function parse(text) return doc.parse(text, "lis.sample") end

local sample = [[
--- What the module is.
--
-- More of it.
local sample = {}

---@class lis.Thing: lis.Base a thing
---@field size integer  how large
---@field next lis.Thing?
local Thing = {}

--- First sentence. Second one,
--- over two lines.
---@param a { x: integer, y: string? }  options
---@param ... number
---@return fun(x: integer): string  what it does
---@return boolean ok  whether
function sample.act(a, ...) end

--- A method.
function Thing:grow() end

-- No doc comment.
function sample.plain(x) end

--- A value.
sample.value = 3

return sample
]]

function TestDoc:test_entries()
  local names = {}
  for i, entry in ipairs(parse(sample)) do names[i] = entry.kind .. " " .. entry.name end
  lu.assertEquals(names, { "module lis.sample", "class lis.Thing", "function lis.sample.act",
    "function lis.Thing:grow", "function lis.sample.plain", "field lis.sample.value" })
end

function TestDoc:test_what_an_entry_holds()
  local module, class, act = table.unpack(parse(sample))
  lu.assertEquals(module.text, "What the module is.\n\nMore of it.")
  lu.assertEquals({ class.parent, class.text, class.fields[1].text, class.fields[2].optional },
    { "lis.Base", "a thing", "how large", true })
  lu.assertEquals(act.text, "First sentence. Second one,\nover two lines.")
  lu.assertEquals(act.arguments, { "a", "..." })
  lu.assertEquals({ act.params[1].type, act.params[1].text, act.params[2].name },
    { "{ x: integer, y: string? }", "options", "..." })
  lu.assertEquals({ act.returns[1].type, act.returns[1].text, act.returns[2].name },
    { "fun(x: integer): string", "what it does", "ok" })
end

-- Every C function has its declaration in docs/library, and every declaration its function.
TestDeclarations = {}

local boxes = { tensor = "Tensor", csr = "Csr", table = "DataTable", dict = "Dict", history = "History",
  graph = "Graph", node = "Node", model = "Model", cache = "Cache", cachewriter = "CacheWriter",
  historystream = "HistoryStream", tableblocks = "TableBlocks" }

local function functions_of_core()
  local found = {}
  for room, functions in pairs(core) do
    for name, f in pairs(type(functions) == "table" and functions or {}) do
      if type(f) == "function" then found[("lis.core.%s.%s"):format(room, name)] = true end
    end
  end
  for box, class in pairs(boxes) do
    for name in pairs(debug.getregistry()["lis." .. box].methods) do
      found[("lis.%s:%s"):format(class, name)] = true
    end
  end
  return found
end

local function declared()
  local found = {}
  for _, module in ipairs(doc.modules()) do
    for _, entry in ipairs(module:find "^lis%.core%." and doc.entries(module) or {}) do
      if entry.kind == "function" then found[entry.name] = true end
    end
  end
  return found
end

local function missing(names, among)
  local list = {}
  for name in pairs(names) do
    if not among[name] then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

function TestDeclarations:test_every_function_is_declared()
  lu.assertEquals(missing(functions_of_core(), declared()), {}, "declare them in docs/library/lis/*.lua")
end

function TestDeclarations:test_every_declaration_has_its_function()
  lu.assertEquals(missing(declared(), functions_of_core()), {}, "no longer in lis.core")
end

function TestDeclarations:test_every_box_is_known()
  local unknown = {}
  for name, meta in pairs(debug.getregistry()) do
    local box = type(name) == "string" and type(meta) == "table" and name:match "^lis%.(%w+)$"
    local has_methods = false
    for method in pairs(box and meta.methods or {}) do has_methods = has_methods or method ~= "close" end
    if has_methods and not boxes[box] then unknown[#unknown + 1] = name end
  end
  lu.assertEquals(unknown, {})
end

function TestDeclarations:test_every_function_has_a_description_and_types()
  for name in pairs(declared()) do
    local entry = doc.find(name)
    lu.assertNotEquals(entry.text, "", name)
    for i, param in ipairs(entry.params) do
      lu.assertEquals(param.name, entry.arguments[i], name)
      lu.assertNotEquals(param.type, "", name)
    end
    lu.assertEquals(#entry.params, #entry.arguments, name)
  end
end

function TestDeclarations:test_types_that_are_named_exist()
  for _, module in ipairs(doc.modules()) do
    for _, entry in ipairs(doc.entries(module)) do
      for _, list in ipairs{ entry.params, entry.returns, entry.fields } do
        for _, item in ipairs(module:find "^lis%.core" and list or {}) do
          for class in item.type:gmatch "%f[%w]lis%.[%w%.]+" do
            lu.assertNotNil(doc.find(class), entry.name .. ": " .. class)
          end
        end
      end
    end
  end
end

TestHelp = {}

local function said(...) return (help.text(...):match("^[^\n]*")) end

function TestHelp:test_functions_by_value()
  lu.assertEquals(said(core.tensor.matmul), "lis.core.tensor.matmul(a, b, options)")
  lu.assertEquals(said(core.tensor.arange(1).take), "lis.Tensor:take(index)")
  lu.assertEquals(said(core.nn.graph().embedding), "lis.Graph:embedding(input, options)")
  lu.assertEquals(said(require("lis.split").by_time), "lis.split.by_time(log, options)")
  lu.assertStrContains(said(string.format), "is part of Lua")
end

function TestHelp:test_values()
  lu.assertEquals(said(core.tensor.arange(2)), "lis.Tensor")
  lu.assertEquals(said(core.tensor), "lis.core.tensor")
  lu.assertEquals(said(require "lis"), "lis")
  lu.assertEquals(said(require "lis.split"), "lis.split")
  lu.assertStrContains(said(12), "without a description")
end

function TestHelp:test_names()
  lu.assertEquals(said "tensor:take", "lis.Tensor:take(index)")
  lu.assertEquals(said "core.tensor.take", help.text("core.tensor.take"):match "^[^\n]*")
  lu.assertEquals(said "split.by_time", "lis.split.by_time(log, options)")
  lu.assertEquals(said "Tensor", "lis.Tensor")
  lu.assertStrContains(said "tensor.nwe", "nothing about 'tensor.nwe'")
end

function TestHelp:test_options_of_a_class_are_listed()
  lu.assertStrContains(help.text(core.sparse.swing), "max_users")
  lu.assertStrContains(help.text(core.sparse.swing), "user codes") -- inherited
end

--- Doubles a number.
local function double(x) return 2 * x end

function TestHelp:test_comments_of_the_user()
  lu.assertEquals(help.text(double), "local function double(x) return 2 * x end\n\nDoubles a number.")
end

function TestHelp:test_apropos()
  local names = {}
  for i, entry in ipairs(help.search "ndcg") do names[i] = entry.name end
  lu.assertTableContains(names, "lis.core.metric.ndcg")
end

function TestHelp:test_answer()
  local function resolve(path) return complete.resolve(path, { t = core.tensor.arange(1), string = string }) end
  lu.assertEquals(help.answer(" t:sum ", resolve):match "^[^\n]*", "lis.Tensor:sum(dim)")
  lu.assertEquals(help.answer("t", resolve):match "^[^\n]*", "lis.Tensor")
  lu.assertEquals(help.answer("csr:svd(3)", resolve):match "^[^\n]*", "lis.Csr:svd(options)")
  lu.assertEquals(help.answer("", resolve), help.text())
end

os.exit(lu.LuaUnit.run(), true)
