-- How much memory does it take to turn a text log, however large, into one that is opened at once?
--
-- Data:     your file in order of time (--file, with --user, --item, --time and --label as lis.log.read has them),
--           or made events: 29 bytes a row, a long tail of items.
-- Time:     a sixth of a second a million rows on 2 cores; a made file costs a second a million rows more.
-- Expected: a few blocks of text and the ids, whatever the file's size: for blocks of 32 MiB about 110 MB.
local lis = require "lis"
local core = require "lis.core"
local made = require "lis.util.made"
local text = require "lis.util.text"
local base = core.base
local opt = lis.options {
  file = { default = "", help = "text to convert; where there is none, made events" },
  to = { default = "", help = "the log; default: a temporary file" },
  user = "user_id", item = "item_id", time = "timestamp", label = "rating >= 4",
  rows = { default = 1000000, type = "integer", min = 1000, help = "of made events" },
  bytes = { default = 32 << 20, type = "integer", min = 1, help = "of text a block" },
  json = { default = false, type = "boolean", help = "end with one line of JSON" },
}
local path, spare = made.file(opt.file, opt.rows, opt.seed)
local to = opt.to ~= "" and opt.to or os.tmpname()

collectgarbage()
base.resident(true)
local begun = base.clock()
local log = lis.log.convert(path, to, { user = opt.user, item = opt.item, time = opt.time, label = opt.label,
  bytes = opt.bytes, quiet = true })
local seconds, _, peak = base.clock() - begun, base.resident()

local out = { rows = log.rows, users = log.users, items = log.items, bytes = base.look(path).size, seconds = seconds,
  cache_bytes = base.look(to).size, peak_bytes = peak, threads = base.threads() }
print(("%s rows, %s users, %s items: %s of text -> %s of cache"):format(text.count(log.rows), text.count(log.users),
  text.count(log.items), text.bytes(out.bytes), text.bytes(out.cache_bytes)))
print(("%.1f s, %s rows/s, %s resident at most, %d threads"):format(seconds,
  text.count(math.floor(log.rows / seconds)), text.bytes(peak), out.threads))
if spare then os.remove(path) end
if opt.to == "" then os.remove(to) end
if opt.json then print(base.json_encode(out, { indent = 0 })) end
