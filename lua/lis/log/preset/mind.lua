--- MIND (Wu et al. 2020), news impressions: behaviors.tsv, one row a candidate, and news.tsv beside it.
local core = require "lis.core"
local files = require "lis.log.files"
local part = require "lis.log.part"
local text = require "lis.util.text"

local function read_behaviors(path)
  return core.data.read_table(path, {
    delimiter = "\t", names = { "impression", "user", "time", "history", "shown" },
    types = {
      impression = "i64", user = "string", time = "time:%m/%d/%Y %I:%M:%S %p", history = "list",
      shown = { "list", mark = "-" },
    },
  })
end

-- Impressions without clicks to predict (the test part) have candidates without -0 or -1.
local function read_labelled(where, path)
  local ok, source = pcall(read_behaviors, path)
  if ok then return source end
  if tostring(source):find("declare the list without a mark", 1, true) then
    error(("%s: %s\n(The test part of MIND hides its clicks and cannot be used here; take train or dev.)"):format(
      where, source), 0)
  end
  error(source, 0)
end

local function add_news(made, said, folder)
  local path = files.beside(folder, { "news.tsv" })
  if not path then
    said[#said + 1] = "no news.tsv beside it: no categories and titles"
    return
  end
  local source = core.data.read_table(path, {
    delimiter = "\t",
    names = { "news_id", "category", "subcategory", "title", "abstract", "url", "title_entities", "abstract_entities" },
    types = { news_id = "string", category = "string", subcategory = "string", title = "text", abstract = "text" },
    only = { "news_id", "category", "subcategory", "title", "abstract" },
  })
  made.tables.item = part.side(source, "news_id", made.item_ids)
  said[#said + 1] = part.side_line(files.name(path), made.tables.item, "items")
end

---@type lis.Preset
return {
  about = "MIND: behaviors.tsv, one row a candidate; news.tsv beside it",
  files = { names = { "behaviors.tsv" } },
  options = { history = { default = true, type = "boolean" } },
  read = function(path, options, where)
    local source = read_labelled(where, path)
    local offset, shown, clicked = source:list "shown"
    local row = core.data.explode(offset) -- of the impression, one a candidate
    local history = part.list(source, "history")
    history.row = row
    local item, item_ids, seeds = part.seeds(shown, source:dict "shown", history)
    local made = {
      user = source:column("user"):take(row), time = source:column("time"):take(row), item = item,
      label = clicked:gt(0.5), rule = "the candidate was clicked (N123-1)",
      user_ids = source:dict "user", users = source:dict("user"):size(), item_ids = item_ids, items = item_ids:size(),
      columns = { impression = source:column("impression"):take(row) },
      seeds = options.history and seeds or nil, tables = {},
    }
    local said = {
      text.count(source:rows()) .. " impressions, " .. part.size_line(made, "candidate rows", path),
      part.label_line(made),
      options.history and ("histories begin with the impression's own History column, %.1f items on average"):format(
        #seeds.item / source:rows()) or "the History column is left out: histories begin empty",
    }
    add_news(made, said, files.folder(path))
    return made, said
  end,
}
