--- MovieLens as GroupLens publishes it: ml-1m and ml-10m (::), ml-latest, ml-20m to ml-32m (CSV), ml-100k.
local core = require "lis.core"
local files = require "lis.log.files"
local part = require "lis.log.part"

-- Columns of files without a header; where there is one, they replace its names.
local ratings = {
  ["ratings.dat"] = { delimiter = "::", header = false },
  ["ratings.csv"] = { delimiter = ",", header = true },
  ["u.data"] = { delimiter = "\t", header = false },
}

local function item_names()
  local names = { "item_id", "title", "release", "video_release", "url" }
  for g = 0, 18 do names[#names + 1] = "genre_" .. g end
  return names
end

local movies = {
  ["movies.dat"] = { delimiter = "::", names = { "item_id", "title", "genres" } },
  ["movies.csv"] = { delimiter = ",", header = true, names = { "item_id", "title", "genres" } },
  ["u.item"] = { delimiter = "|", names = item_names() },
}

local users = {
  ["users.dat"] = { delimiter = "::", names = { "user_id", "gender", "age", "occupation", "zip" } },
  ["u.user"] = { delimiter = "|", names = { "user_id", "age", "gender", "occupation", "zip" } },
}

-- A table whose first column is an id. The older data sets are in Latin-1, and none of them says so.
local function read_side(path, form, id)
  local options = {
    delimiter = form.delimiter, names = form.names, header = form.header, quote = form.delimiter == ",",
    types = { [id] = "string", title = form.names[2] == "title" and "text" or nil },
  }
  if form.names[3] == "genres" then options.types.genres = { "list", separator = "|" } end
  local ok, source = pcall(core.data.read_table, path, options)
  if ok then return source end
  if not tostring(source):find("UTF-8", 1, true) then error(source, 0) end
  options.encoding = "latin-1"
  return core.data.read_table(path, options)
end

local function add_side(made, said, folder, forms, id, what)
  local path, form = files.beside(folder, require("lis.util.nearest").keys(forms))
  if not path then return end
  local kind = what:sub(1, -2)
  made.tables[kind] = part.side(read_side(path, forms[form], id), id, made[kind .. "_ids"])
  said[#said + 1] = part.side_line(files.name(path), made.tables[kind], what)
end

---@type lis.Preset
return {
  about = "MovieLens: ratings.dat (::), ratings.csv or u.data; movies and users beside it",
  files = { names = { "ratings.csv", "ratings.dat", "u.data" } },
  options = {
    label = { default = "rating >= 4", type = { "string", "function" } },
    columns = { default = { "rating" }, type = "list", of = "string" },
  },
  read = function(path, options, where)
    local form = ratings[files.name(path)]
    if not form then
      error(("%s: '%s' is none of ratings.dat, ratings.csv and u.data: rename it, or read it with "
        .. "lis.log.read's own options"):format(where, path), 0)
    end
    local source = core.data.read_table(path, {
      delimiter = form.delimiter, header = form.header, names = { "user_id", "item_id", "rating", "timestamp" },
      types = { user_id = "string", item_id = "string", rating = "f64", timestamp = "time:s" },
    })
    local made = part.events(source, {
      user = "user_id", item = "item_id", time = "timestamp", label = options.label, columns = options.columns,
    })
    made.tables = {}
    local said = { part.size_line(made, "ratings", path), part.label_line(made) }
    add_side(made, said, files.folder(path), movies, "item_id", "items")
    add_side(made, said, files.folder(path), users, "user_id", "users")
    return made, said
  end,
}
