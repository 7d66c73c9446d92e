--- Amazon reviews (McAuley et al. 2015, Ni et al. 2019, Hou et al. 2024): JSON lines of any of the three
--- editions, their rating-only CSV without a header, and the CSV of 2023 with one.
local core = require "lis.core"
local part = require "lis.log.part"

-- Keys of the editions, under the names of the last one.
local editions = {
  { sign = "reviewerID", user = "reviewerID", item = "asin", rating = "overall", time = "unixReviewTime", unit = "s" },
  { sign = "parent_asin", user = "user_id", item = "parent_asin", rating = "rating", time = "timestamp", unit = "ms" },
}

local function edition_of(where, path, first)
  for _, edition in ipairs(editions) do
    if first:find(edition.sign, 1, true) then return edition end
  end
  error(("%s: %s: the first line has neither reviewerID (2014, 2018) nor parent_asin (2023): %s"):format(where,
    path, first:sub(1, 80)), 0)
end

local function types_of(edition)
  return {
    [edition.user] = "string", [edition.item] = "string", [edition.rating] = "f64",
    [edition.time] = "time:" .. edition.unit,
  }
end

local function named(source, edition)
  return part.renamed(source, {
    user_id = edition.user, item_id = edition.item, rating = edition.rating, timestamp = edition.time,
  })
end

-- An ASIN has ten characters: B and nine more, or the digits of an ISBN. User ids are longer or begin with A.
local function is_asin(field)
  return #field == 10 and (field:find "^B%w+$" or field:find "^%d+[%dX]$") ~= nil
end

-- The edition of 2014 writes user,item,rating,timestamp, that of 2018 item,user,rating,timestamp.
local function order_of(where, path, lines)
  local first, second = 0, 0
  for i = 1, math.min(#lines, 1000) do
    local a, b = lines[i]:match "^([^,]*),([^,]*),"
    first = first + (a and is_asin(a) and 1 or 0)
    second = second + (b and is_asin(b) and 1 or 0)
  end
  if first == second then
    error(("%s: %s: cannot tell which of the first two columns is the item (an ASIN such as B00005N5PF); say "
      .. "order = \"user,item\" or order = \"item,user\""):format(where, path), 0)
  end
  return first > second and "item,user" or "user,item"
end

local function read_csv(where, path, options, lines)
  if lines[1]:find("parent_asin", 1, true) then
    local edition = editions[2]
    return named(core.data.read_table(path, {
      delimiter = ",", types = types_of(edition), only = { edition.user, edition.item, edition.rating, edition.time },
    }), edition), "2023"
  end
  local order = options.order or order_of(where, path, lines)
  local item_first = order == "item,user"
  return core.data.read_table(path, {
    delimiter = ",",
    names = { item_first and "item_id" or "user_id", item_first and "user_id" or "item_id", "rating", "timestamp" },
    types = { user_id = "string", item_id = "string", rating = "f64", timestamp = "time:s" },
  }), "columns " .. order
end

local function read_json(where, path, first)
  local edition = edition_of(where, path, first)
  return named(core.data.read_jsonl(path, {
    types = types_of(edition), only = { edition.user, edition.item, edition.rating, edition.time },
  }), edition), edition.unit == "ms" and "2023" or "2014 or 2018"
end

---@type lis.Preset
return {
  about = "Amazon reviews: JSON lines of 2014, 2018 or 2023, or their CSV of ratings alone",
  files = { endings = { ".json", ".jsonl", ".csv" } },
  options = {
    label = { default = "rating >= 4", type = { "string", "function" } },
    columns = { default = { "rating" }, type = "list", of = "string" },
    order = { type = "string", choices = { "user,item", "item,user" } },
  },
  read = function(path, options, where)
    local lines = core.data.read_head(path)
    local first = lines[1] or ""
    local source, edition
    if first:find "^%s*{" then
      source, edition = read_json(where, path, first)
    else
      source, edition = read_csv(where, path, options, lines)
    end
    local made = part.events(source, {
      user = "user_id", item = "item_id", time = "timestamp", label = options.label, columns = options.columns,
    })
    return made, { part.size_line(made, "reviews", path), part.label_line(made), "edition: " .. edition }
  end,
}
