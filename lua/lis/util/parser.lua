--- Lua source as a tree, names tied to the variables they mean: for tools that read a recipe without
--- running it.
---
--- The source is expected to load; of one that does not, anything may come out. Every node is a table
--- with `kind` and `line`:
---
---     name      name, variable (of a local; nil: a global)
---     index     object, key (a node)
---     call      callee, arguments; method (a string) where called with a colon
---     table     items: { key = node or nil, value = node }
---     function  body
---     string    value;  constant  text;  operation  operands
---     local     variables, values;  assign  targets, values;  block  body (a list of nodes)
local lexer = require "lis.util.lexer"

local parser = {}

---@class lis.variable
---@field name string
---@field line integer
---@field value table?     the node it begins with, where there is one
---@field assigned boolean?  given another value later

-- Left and right binding power of binary operators (the manual, section 3.4.8).
local powers = {
  ["or"] = { 1, 1 }, ["and"] = { 2, 2 },
  ["<"] = { 3, 3 }, [">"] = { 3, 3 }, ["<="] = { 3, 3 }, [">="] = { 3, 3 }, ["~="] = { 3, 3 },
  ["=="] = { 3, 3 }, ["|"] = { 4, 4 }, ["~"] = { 5, 5 }, ["&"] = { 6, 6 }, ["<<"] = { 7, 7 },
  [">>"] = { 7, 7 }, [".."] = { 9, 8 }, ["+"] = { 10, 10 }, ["-"] = { 10, 10 }, ["*"] = { 11, 11 },
  ["/"] = { 11, 11 }, ["//"] = { 11, 11 }, ["%"] = { 11, 11 }, ["^"] = { 14, 13 },
}
local UNARY = 12
local unary = { ["not"] = true, ["-"] = true, ["#"] = true, ["~"] = true }
local constants = { ["nil"] = true, ["true"] = true, ["false"] = true, ["..."] = true, number = true }
local block_ends = { ["end"] = true, ["else"] = true, ["elseif"] = true, ["until"] = true }

---@class lis.parser
local state = {}
state.__index = state

function state:kind() return self.tokens[self.at].kind end
function state:line() return self.tokens[self.at].line end

function state:take()
  local token = self.tokens[self.at]
  if self.at < #self.tokens then self.at = self.at + 1 end
  return token
end

function state:accept(kind)
  if self:kind() ~= kind then return nil end
  return self:take()
end

function state:at_block_end()
  return self.at == #self.tokens or block_ends[self:kind()] ~= nil
end

-- ---------------------------------------------------------------------------------------------
-- Scopes

function state:open() self.scope = { outer = self.scope, names = {} } end
function state:close() self.scope = self.scope.outer end

function state:declare(name, line, value)
  local variable = { name = name, line = line, value = value }
  self.scope.names[name] = variable
  return variable
end

function state:find(name)
  local scope = self.scope
  while scope do
    if scope.names[name] then return scope.names[name] end
    scope = scope.outer
  end
end

-- ---------------------------------------------------------------------------------------------
-- Expressions

function state:list()
  local nodes = {}
  repeat nodes[#nodes + 1] = self:expression(0) until not self:accept(",")
  return nodes
end

function state:table()
  local node = { kind = "table", line = self:line(), items = {} }
  self:take()
  while self:kind() ~= "}" and self.at < #self.tokens do
    local item = { line = self:line() }
    local following = self.tokens[self.at + 1]
    if self:accept("[") then
      item.key = self:expression(0)
      self:accept("]")
      self:accept("=")
    elseif self:kind() == "name" and following.kind == "=" then
      item.key = { kind = "string", line = self:line(), value = self:take().text }
      self:take()
    end
    item.value = self:expression(0)
    node.items[#node.items + 1] = item
    if not self:accept(",") then self:accept(";") end
  end
  self:accept("}")
  return node
end

-- From the parameters to the `end`.
function state:function_body(line, method)
  local node = { kind = "function", line = line }
  self:open()
  if method then self:declare("self", line) end
  self:accept("(")
  while self:kind() ~= ")" and self.at < #self.tokens do
    local token = self:take()
    if token.kind == "name" then self:declare(token.text, token.line) end
    self:accept(",")
  end
  self:accept(")")
  node.body = self:statements()
  self:accept("end")
  self:close()
  return node
end

function state:arguments()
  if self:kind() == "string" then
    local token = self:take()
    return { { kind = "string", line = token.line, value = token.text } }
  end
  if self:kind() == "{" then return { self:table() } end
  self:accept("(")
  local nodes = self:kind() == ")" and {} or self:list()
  self:accept(")")
  return nodes
end

function state:primary()
  local line = self:line()
  local node
  if self:accept("(") then
    node = { kind = "operation", line = line, operands = { self:expression(0) } }
    self:accept(")")
  else
    local name = self:take().text
    node = { kind = "name", line = line, name = name, variable = self:find(name) }
  end
  while true do
    local kind
    kind, line = self:kind(), self:line()
    if kind == "." then
      self:take()
      local key = { kind = "string", line = self:line(), value = self:take().text }
      node = { kind = "index", line = line, object = node, key = key }
    elseif kind == "[" then
      self:take()
      node = { kind = "index", line = line, object = node, key = self:expression(0) }
      self:accept("]")
    elseif kind == ":" then
      self:take()
      local method = self:take().text
      node = { kind = "call", line = line, callee = node, method = method,
        arguments = self:arguments() }
    elseif kind == "(" or kind == "{" or kind == "string" then
      node = { kind = "call", line = line, callee = node, arguments = self:arguments() }
    else
      return node
    end
  end
end

function state:simple()
  local kind, line = self:kind(), self:line()
  if kind == "string" then return { kind = "string", line = line, value = self:take().text } end
  if constants[kind] then return { kind = "constant", line = line, text = self:take().text } end
  if kind == "{" then return self:table() end
  if self:accept("function") then return self:function_body(line) end
  return self:primary()
end

function state:expression(limit)
  local line = self:line()
  local node
  if unary[self:kind()] then
    self:take()
    node = { kind = "operation", line = line, operands = { self:expression(UNARY) } }
  else
    node = self:simple()
  end
  while true do
    local power = powers[self:kind()]
    if not power or power[1] <= limit then return node end
    self:take()
    node = { kind = "operation", line = line, operands = { node, self:expression(power[2]) } }
  end
end

-- ---------------------------------------------------------------------------------------------
-- Statements

local statement = {}

-- Statements up to the end of the block, in a scope of their own.
function state:block(line)
  self:open()
  local node = { kind = "block", line = line or self:line(), body = self:statements() }
  self:close()
  return node
end

statement["do"] = function(self, line)
  local node = self:block(line)
  self:accept("end")
  return node
end

statement["while"] = function(self, line)
  local condition = self:expression(0)
  self:accept("do")
  local node = { kind = "block", line = line, body = { condition, self:block() } }
  self:accept("end")
  return node
end

statement["repeat"] = function(self, line)
  self:open() -- the condition sees the block's locals
  local body = self:statements()
  self:accept("until")
  body[#body + 1] = self:expression(0)
  self:close()
  return { kind = "block", line = line, body = body }
end

statement["if"] = function(self, line)
  local body = {}
  repeat
    body[#body + 1] = self:expression(0)
    self:accept("then")
    body[#body + 1] = self:block()
  until not self:accept("elseif")
  if self:accept("else") then body[#body + 1] = self:block() end
  self:accept("end")
  return { kind = "block", line = line, body = body }
end

statement["for"] = function(self, line)
  local names = {}
  repeat names[#names + 1] = self:take() until not self:accept(",")
  if not self:accept("=") then self:accept("in") end
  local body = self:list()
  self:accept("do")
  self:open()
  for _, token in ipairs(names) do self:declare(token.text, token.line) end
  body[#body + 1] = self:block()
  self:close()
  self:accept("end")
  return { kind = "block", line = line, body = body }
end

statement["function"] = function(self, line)
  local name = self:take()
  local target = { kind = "name", line = line, name = name.text, variable = self:find(name.text) }
  local method = false
  while self:kind() == "." or self:kind() == ":" do
    method = self:take().kind == ":"
    local key = { kind = "string", line = line, value = self:take().text }
    target = { kind = "index", line = line, object = target, key = key }
  end
  if target.variable then target.variable.assigned = true end
  local values = { self:function_body(line, method) }
  return { kind = "assign", line = line, targets = { target }, values = values }
end

statement["local"] = function(self, line)
  local node = { kind = "local", line = line, variables = {}, values = {} }
  if self:accept("function") then
    local name = self:take()
    node.variables[1] = self:declare(name.text, name.line) -- before the body: it may call itself
    node.values[1] = self:function_body(line)
    node.variables[1].value = node.values[1]
    return node
  end
  local names = {}
  repeat
    names[#names + 1] = self:take()
    if self:accept("<") then
      self:take()
      self:accept(">")
    end
  until not self:accept(",")
  if self:accept("=") then node.values = self:list() end
  for i, token in ipairs(names) do
    node.variables[i] = self:declare(token.text, token.line, node.values[i])
  end
  return node
end

statement["return"] = function(self, line)
  local values = {}
  if not self:at_block_end() and self:kind() ~= ";" then values = self:list() end
  return { kind = "block", line = line, body = values }
end

statement["goto"] = function(self, line)
  self:take()
  return { kind = "block", line = line, body = {} }
end

statement["::"] = function(self, line)
  self:take()
  self:accept("::")
  return { kind = "block", line = line, body = {} }
end

-- A call or an assignment.
function state:expression_statement()
  local line = self:line()
  local node = self:primary()
  if self:kind() ~= "=" and self:kind() ~= "," then return node end
  local targets = { node }
  while self:accept(",") do targets[#targets + 1] = self:primary() end
  self:accept("=")
  for _, target in ipairs(targets) do
    if target.variable then target.variable.assigned = true end
  end
  return { kind = "assign", line = line, targets = targets, values = self:list() }
end

function state:statements()
  local nodes = {}
  while not self:at_block_end() do
    local line, before = self:line(), self.at
    local parse = statement[self:kind()]
    if parse then
      self:take()
      nodes[#nodes + 1] = parse(self, line)
    elseif not (self:accept(";") or self:accept("break")) then
      nodes[#nodes + 1] = self:expression_statement()
    end
    if self.at == before then break end -- no Lua; see above
  end
  return nodes
end

--- The tree of a chunk.
---@param source string
---@return table block
---@return table<integer, string> comments  as lexer.tokens gives them
function parser.parse(source)
  local tokens, comments = lexer.tokens(source)
  local self = setmetatable({ tokens = tokens, at = 1 }, state)
  return self:block(1), comments
end

local parts = { "body", "values", "targets", "arguments", "operands" }

--- Calls visit(node, parent) for every node, outer ones first.
---@param node table
---@param visit fun(node: table, parent: table?)
---@param parent table?
function parser.walk(node, visit, parent)
  visit(node, parent)
  for _, part in ipairs{ node.object or false, node.key or false, node.callee or false } do
    if part then parser.walk(part, visit, node) end
  end
  for _, name in ipairs(parts) do
    for _, child in ipairs(node[name] or {}) do parser.walk(child, visit, node) end
  end
  for _, item in ipairs(node.items or {}) do
    if item.key then parser.walk(item.key, visit, node) end
    parser.walk(item.value, visit, node)
  end
end

return parser
