--- Avazu's click log (Kaggle 2014): train.csv with a header, hour as YYMMDDHH, categories alone.
---
--- It names no user and no item either. By default the device's address stands for the user (device_id is
--- one and the same value on four rows of five) and C14, the finest of the anonymous ad columns, for the item.
local core = require "lis.core"
local part = require "lis.log.part"

local features = {
  "C1", "banner_pos", "site_id", "site_domain", "site_category", "app_id", "app_domain", "app_category", "device_id",
  "device_ip", "device_model", "device_type", "device_conn_type", "C14", "C15", "C16", "C17", "C18", "C19", "C20",
  "C21",
}

---@type lis.Preset
return {
  about = "Avazu: train.csv with click, hour (YYMMDDHH) and 21 categories",
  files = { names = { "train.csv", "train", "avazu.csv" } },
  options = {
    user = { default = "device_ip", type = "string", choices = features },
    item = { default = "C14", type = "string", choices = features },
    columns = { default = features, type = "list", of = "string" },
  },
  read = function(path, options)
    local types, only = { click = "f64", hour = "time:%y%m%d%H" }, { "click", "hour" }
    for _, name in ipairs(features) do types[name] = "string" end
    table.move(features, 1, #features, #only + 1, only)
    local source = core.data.read_table(path, { delimiter = ",", types = types, only = only })
    local made = part.events(source, {
      user = options.user, item = options.item, time = "hour", label = "click", columns = options.columns,
    })
    made.rule = "clicked (column click)"
    return made, {
      part.size_line(made, "impressions", path), part.label_line(made),
      ("user = %s, item = %s; times are whole hours"):format(options.user, options.item),
    }
  end,
}
