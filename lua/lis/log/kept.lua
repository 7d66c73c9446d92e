--- Reading once: a log that was parsed is kept as a columnar cache, and opened from it as long as neither its
--- files nor its options change.
--
-- What a file held is told by a hash of its content. Hashing costs a pass over the file, so a file of the same
-- size and the same time of change counts as unchanged, unless it had been written within two seconds of being
-- read: then the clock may not tell two versions apart. A file that was only copied or touched has another time,
-- is hashed, and found unchanged.
local core = require "lis.core"
local fingerprint = require "lis.util.fingerprint"
local file = require "lis.log.file"
local files = require "lis.log.files"
local settings = require "lis.util.settings"
local text = require "lis.util.text"

local kept = {}

local SETTLED <const> = 2000000000 -- nanoseconds

local function say(...)
  if not settings.quiet then print(("log: " .. (...)):format(select(2, ...))) end
end

-- A message without the line that it was raised at.
local function bare(message) return (tostring(message):gsub("^[^:]+:%d+: ", "")) end

-- Beside the source, or in a folder; options have files of their own.
local function place(path, cache, key)
  path = path:gsub("/+$", "")
  if cache == true then return ("%s.%s.lisd"):format(path, key:sub(1, 8)) end
  return ("%s/%s.%s.lisd"):format(cache:gsub("/+$", ""), path:match "[^/]+$",
    core.base.hash(path .. key):sub(1, 8))
end

local function look(path)
  local ok, stamp = pcall(core.base.look, path)
  return ok and stamp or nil
end

-- What is remembered of a source.
local function describe(path)
  local stamp = core.base.look(path)
  return { path = path, size = stamp.size, modified = stamp.modified, hash = core.base.hash_file(path),
    settled = os.time() * 1000000000 - stamp.modified > SETTLED }
end

local function is_unchanged(source)
  local stamp = look(source.path)
  if not stamp or stamp.size ~= source.size then return false end
  if source.settled and stamp.modified == source.modified then return true end
  return core.base.hash_file(source.path) == source.hash
end

-- The log that is kept, or nil and why it is not to be used.
local function take(Log, place_of, key)
  local log = file.open(Log, place_of)
  log.cache:verify()
  local sources = core.base.json_decode(log.cache:note "sources" or "{}")
  if sources.key ~= key then return nil, "it was written by other options or another version" end
  for _, source in ipairs(sources.files or {}) do
    if not is_unchanged(source) then return nil, source.path .. " has changed" end
  end
  return log
end

local function keep(log, place_of, key, paths)
  local sources = { key = key, files = {} }
  for i, path in ipairs(paths) do sources.files[i] = describe(path) end
  file.save(log, place_of, {}, { sources = core.base.json_encode(sources, { indent = 0 }) })
end

--- The log of a file, from its cache where that is good; parsed, and kept for the next time, where it is not.
---@param Log table the class
---@param path string
---@param options table that what is read depends on
---@param cache boolean|string true: beside the file; a folder
---@param read fun(): lis.Log
---@return lis.Log
function kept.through(Log, path, options, cache, read)
  local key = fingerprint { options, core.base.version }
  local at = place(path, cache, key)
  if look(at) then
    local ok, log, why = pcall(take, Log, at, key)
    if ok and log then
      say("%s rows from cache %s (source unchanged)", text.count(log.rows), at)
      return log
    end
    say("cache %s is made anew: %s", at, ok and why or bare(log))
  end
  local log
  local paths = files.watch(function() log = read() end)
  local ok, message = pcall(keep, log, at, key, #paths > 0 and paths or { path })
  if ok then say("%s rows kept in cache %s", text.count(log.rows), at) else say("not kept: %s", bare(message)) end
  return log
end

return kept
