--- Criteo's click logs (Kaggle 2014; the days of the terabyte log): label, 13 numbers, 26 categories.
---
--- No column is called user or item, and none holds a time: which category stands for whom is the caller's
--- to say, and rows are taken to lie evenly over `days`, in the order in which Criteo wrote them.
local core = require "lis.core"
local part = require "lis.log.part"

local names, types, features = { "label" }, { label = "f64" }, {}
for i = 1, 13 do
  names[#names + 1], types["I" .. i] = "I" .. i, "f32"
end
for c = 1, 26 do
  names[#names + 1], types["C" .. c] = "C" .. c, "string"
end
table.move(names, 2, #names, 1, features)

local DAY <const> = 86400
local help = "a category, C1 to C26, to stand for the %s: Criteo's log names none"

---@type lis.Preset
return {
  about = "Criteo: label, I1 to I13, C1 to C26, tab-separated, no header (train.txt, day_0)",
  files = { names = { "train.txt", "train.tsv", "dac_sample.txt", "day_0" } },
  options = {
    user = { required = true, type = "string", choices = { table.unpack(features, 14) }, help = help:format "user" },
    item = { required = true, type = "string", choices = { table.unpack(features, 14) }, help = help:format "item" },
    columns = { default = features, type = "list", of = "string" },
    days = { default = 7, type = "number", above = 0 },
  },
  read = function(path, options)
    local source = core.data.read_table(path, { delimiter = "\t", names = names, types = types })
    local rows = source:rows()
    local columns, dicts = part.further(source, options.columns)
    local made = {
      user = source:column(options.user), item = source:column(options.item),
      time = (core.tensor.arange(rows, "f64") * (options.days * DAY / rows)):to "i64",
      label = source:column("label"):gt(0), rule = "clicked (column label)",
      user_ids = source:dict(options.user), users = source:dict(options.user):size(),
      item_ids = source:dict(options.item), items = source:dict(options.item):size(),
      columns = columns, dicts = dicts,
    }
    return made, {
      part.size_line(made, "impressions", path), part.label_line(made),
      ("user = %s, item = %s, times from the order of the rows over %g days"):format(options.user, options.item,
        options.days),
    }
  end,
}
