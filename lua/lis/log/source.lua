--- The file of a log as a table: delimited text or JSON lines, typed by what the log needs of it.
local core = require "lis.core"
local check = require "lis.util.check"
local files = require "lis.log.files"
local part = require "lis.log.part"

local source = {}

local delimiters = { csv = ",", dat = "::", tsv = "\t", inter = "\t", item = "\t", user = "\t" }
local json = { jsonl = true, json = true, ndjson = true }
local atomic = { inter = true, item = true, user = true }

-- Options that say how text is cut into fields.
local of_text = { "delimiter", "names", "header", "quote", "encoding" }

-- Types of the columns that the log reads; what the caller declares comes first.
local function types_of(options, labelled)
  local types = { [options.time] = options.time_format and "time:" .. options.time_format or "f64" }
  for _, name in ipairs(options.item_fields) do types[name] = "string" end
  if labelled then types[labelled] = "f64" end
  if options.history then types[options.history] = "list" end
  for name, kind in pairs(options.types) do types[name] = kind end
  types[options.user], types[options.item] = "string", "string"
  return types
end

-- How the core is to read the file, and whether it is JSON lines.
local function form_of(path, options, labelled, where)
  local ending = files.name(path):match "%.(%w+)$"
  local form = {
    types = types_of(options, labelled),
    require = { options.user, options.item, options.time, labelled },
  }
  if json[ending] then
    for _, name in ipairs(of_text) do
      if options[name] ~= nil then
        check.fail(where, "%s is JSON lines, which have no %s", path, name)
      end
    end
    return form, true
  end
  for _, name in ipairs(of_text) do form[name] = options[name] end
  form.delimiter = form.delimiter or delimiters[ending]
  form.recbole = atomic[ending] or false
  return form, false
end

--- The table of a log's file, packed or not. A name that ends in .jsonl, .json or .ndjson is JSON lines.
---@param path string
---@param options table lis.log.read's, with defaults
---@param labelled string? the column that the label rule wants numbers of
---@return lis.DataTable
function source.read(path, options, labelled)
  local form, is_json = form_of(path, options, labelled, "lis.log.read")
  return is_json and core.data.read_jsonl(path, form) or core.data.read_table(path, form)
end

--- The same file, to be read in blocks.
---@param path string
---@param options table lis.log.convert's, with defaults
---@param labelled string?
---@param only string[]? columns to read; default: all
---@return lis.TableBlocks
function source.blocks(path, options, labelled, only)
  local form, is_json = form_of(path, options, labelled, "lis.log.convert")
  form.only = only
  return is_json and core.data.jsonl_blocks(path, form) or core.data.table_blocks(path, form)
end

--- The type that a column of times is read as.
---@param options table
---@return lis.ColumnType
function source.time_type(options) return types_of(options)[options.time] end

--- Columns of lists that the caller declared; the one called `history` becomes what histories begin with.
---@param made table for lis.log.from_columns: lists, seeds, item, items and item_ids are set
---@param from lis.DataTable
---@param options table
function source.add_lists(made, from, options)
  made.lists = {}
  for _, name in ipairs(from:names()) do
    if from:type(name) == "list" then made.lists[name] = part.list(from, name) end
  end
  if not options.history then return end
  made.item, made.item_ids, made.seeds = part.seeds(made.item, made.item_ids, made.lists[options.history])
  made.items = made.item_ids:size()
end

return source
