-- Writes the seed corpus: `lisrun --loose tests/fuzz/seeds.lua tests/fuzz/corpus`. Small files of every
-- kind that a reader knows; inputs that once broke one lie beside them under other names and stay.
local core = require "lis.core"
local tensor = core.tensor
local root = assert(arg[1], "usage: seeds.lua folder")

local function save(reader, name, bytes)
  core.base.make_folder(root .. "/" .. reader)
  core.base.save(("%s/%s/%s"):format(root, reader, name), bytes)
end

local function path(reader, name)
  core.base.make_folder(root .. "/" .. reader)
  return ("%s/%s/%s"):format(root, reader, name)
end

-- What a program makes of a text, read from its output.
local function through(command, text)
  local from = os.tmpname()
  core.base.save(from, text)
  local pipe = assert(io.popen(("%s < %s"):format(command, from), "r"))
  local bytes = pipe:read "a"
  pipe:close()
  os.remove(from)
  return bytes
end

local log = "a,b\nu1,5\nu2,\"x\"\"y\"\nu3,\n"
save("delimited", "csv", "\0\0" .. log)
save("delimited", "tsv", "\2\0user\titem\ttime\nu\ti\t10\nv\tj\t11\n")
save("delimited", "dat", "\3\0" .. "1::10::5\n2::20::3\n")
save("delimited", "inter", "\66\0user_id:token\trating:float\ttags:token_seq\n7\t3\ta b\n8\t-1.5e3\t\n")
save("delimited", "noheader", "\32\4x,2\ny,nan\n")
save("delimited", "list", "\1\7a,b\nx|y|,1.5\n|,inf\n")
save("delimited", "times", "\1\6a,b\ntext,2019-11-14T02:14:46Z\n\"t,2\",2020-02-29\n")
save("delimited", "marks", "\33\5" .. "3,N1-0 N2-1\n4,\n")
save("delimited", "bom", "\0\0\xef\xbb\xbfa;b\r\n1;2\n\r\n007;4\r\n")
save("delimited", "open", "\0\0a,b\n1,\"open\n2,3\n")
save("delimited", "nul", "\0\0a,b\n1,\0\n")
save("delimited", "utf8", "\0\0a,b\ncaf\xc3\xa9,\xff\n")
save("jsonl", "objects", '\0{"a": "x", "b": 5, "c": true}\n{"a": null, "b": 6.5, "d": [1, {"e": 2}]}\n')
save("jsonl", "escapes", '\2{"a\\u0062": "\\ud83d\\ude00\\n", "b": 1e3}\r\n\n{}\n')
save("jsonl", "bad", '\0{"a": 1}\n{"a": tru}\n')
save("jsonl", "lists", '\2{"d": ["x", "y\\n", 3, null], "a": 1}\n{"d": []}\n{"d": null}\n{"d": "x"}\n')
save("jsonl", "times", '\6{"b": 1573697686999}\n{"b": "1573697686999"}\n')
save("lines", "ids", "\xef\xbb\xbfi1\r\ni2\n\ni3")
save("json", "object", '{"x": [1, 2.5, "y\\u00e9", null, true, {"deep": [[[]]]}], "": -0.0, "big": 9007199254740993}')
save("json", "bad", '{"x": [1, 2,], }')
for name, text in pairs {
  iso = "iso\0" .. "2019-11-14T02:14:46.25+01:00", day = "iso\0" .. "2020-02-29", ms = "ms\0" .. "1573697686999",
  american = "%m/%d/%Y %I:%M:%S %p\0" .. "11/14/2019 2:14:46 AM", month = "%d %b %Y %z\0" .. "3 Feb 0999 -2359",
  unknown = "%Q\0" .. "1", fraction = "%Y%m%d %H%M%S.%f %%\0" .. "20191114 021446.5 %",
} do save("timestamp", name, text) end

local rules = {
  "rating >= 4 and t < 891000000", "a in (1, -2, 3.5e0) or not (b % 3 == 1)", "d not in ('x', \"y\\\"\", '')",
  "is_missing(c) and d ~= s", "max(a, b, -c) - log(abs(b)) / sqrt(2) ", "'x' <= d and `s` > ''", "e == 'z' or f == 'p'",
  "a == 1 == 2", "((((1))))", "floor(ceil(exp(min(1,2)))) > 1 or a = b && c",
}
for k, rule in ipairs(rules) do save("expression", "rule" .. k, rule) end

core.data.write_npy(path("npy", "f4"), tensor.from({ { 1, 2 }, { 3, 4 } }, "f32"))
core.data.write_npy(path("npy", "i8"), tensor.from({ 1, 2, 3 }, "i64"))
local function npy(major, header, elements)
  local size = major == 1 and "<I2" or "<I4"
  return "\x93NUMPY" .. string.char(major, 0) .. size:pack(#header) .. header .. elements
end
save("npy", "fortran", npy(1, "{'descr': '<f2', 'fortran_order': True, 'shape': (2, 3), }", ("\0\x3c"):rep(6)))
save("npy", "version2", npy(2, "{'descr': '|b1', 'fortran_order': False, 'shape': (1, 1, 2, 1)}", "\0\1"))
save("npy", "overflow", npy(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "x"))
save("npy", "fields", npy(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "1234"))

-- A zip archive of .npy members: stored, or deflated with raw deflate taken out of a gzip file.
local function zip(members)
  local file, directory = "", ""
  for _, member in ipairs(members) do
    local name, bytes, deflate = member[1], member[2], member.deflate
    local gz = through("gzip -n", bytes)
    local crc, packed = ("<I4"):unpack(gz, #gz - 7), deflate and gz:sub(11, -9) or bytes
    local head = ("<I2 I2 I2 I2 I2 I4 I4 I4 I2 I2"):pack(20, 0, deflate and 8 or 0, 0, 0, crc, #packed, #bytes, #name, 0)
    directory = directory .. "PK\1\2" .. ("<I2"):pack(20) .. head .. ("<I2 I2 I2 I4 I4"):pack(0, 0, 0, 0, #file) .. name
    file = file .. "PK\3\4" .. head .. name .. packed
  end
  return file .. directory .. "PK\5\6"
    .. ("<I2 I2 I2 I2 I4 I4 I2"):pack(0, 0, #members, #members, #directory, #file, 0)
end
local array = npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", ("\0"):rep(8))
save("npz", "stored", zip { { "a.npy", array }, { "b.npy", array } })
save("npz", "deflated", zip { { "a.npy", array, deflate = true } })
save("npz", "empty", zip {})

local function safetensors(header, elements) return ("<I8"):pack(#header) .. header .. elements end
local two = '{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},'
  .. '"__metadata__":{"format":"pt"}}'
save("safetensors", "two", safetensors(two, ("\0"):rep(12)))
save("safetensors", "header", "\12" .. two .. ("\0"):rep(12))
save("safetensors", "overlap", "\4" .. '{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"y":{"dtype":"I32",'
  .. '"shape":[1],"data_offsets":[0,4]}}' .. "1234")

save("unpack", "plain", "\0" .. log)
save("unpack", "gzip", "\0" .. through("gzip -n", log))
save("unpack", "two_members", "\0" .. through("gzip -n", log):rep(2))
save("unpack", "zstd", "\0" .. through("zstd -q", log))
save("unpack", "two_frames", "\0" .. through("zstd -q --no-check", log):rep(2))
save("unpack", "bomb", "\0" .. through("zstd -q", ("\0"):rep(1 << 20)))
save("unpack", "cut_gzip", "\7\5\0" .. log:rep(20))
save("unpack", "changed_zstd", "\1\9\8" .. log:rep(20))

local index = tensor.from({ 0, 1, 1, 3 }, "i32")
core.sparse.from_triples(4, 5, index, index):save(path("csr", "small"))
core.sparse.from_triples(0, 0, tensor.from({}, "i32"), tensor.from({}, "i32")):save(path("csr", "empty"))

local graph = core.nn.graph { seed = 1 } -- that of fuzz_checkpoint.c
local vector = graph:embedding(graph:ids("user", 5), { dim = 2, name = "vector" })
graph:logistic(graph:linear(vector, { units = 1 }))
graph:build({ batch = 4, dense_optimiser = "adam", table_optimiser = "adagrad" }):save(path("checkpoint", "small"))

local events = core.data.read_table(root .. "/lines/ids", { names = { "id" }, types = { id = "string" } })
for _, way in ipairs { "zstd", "none" } do
  local cache = core.data.cache_writer(path("cache", way), { compress = way, frame = 16 })
  cache:append("times", tensor.from({ 100, 101, 105 }, "i64"))
  cache:append("floats", tensor.from({ 1.5, 2, -0.25 }, "f32"))
  cache:append("zeros", tensor.new("f64", 40))
  cache:dict("ids", events:dict "id")
  cache:table(events)
  local u = tensor.from({ 0, 0, 1 }, "i32")
  cache:history("h", core.data.history { user = u, item = u, time = tensor.from({ 1, 2, 3 }, "i64") })
  cache:note("k", "v")
  cache:commit()
end
