-- Who may see whom: every #include, every room's meson.build, every require (docs/architecture.md).
local source = require "source"

-- A room may see itself and what is listed.
local rooms = {
  base = {},
  tensor = { "base" },
  sparse = { "tensor", "base" },
  data = { "tensor", "base" },
  nn = { "data", "sparse", "tensor", "base" },
  metric = { "tensor", "base" },
  bind = { "metric", "nn", "data", "sparse", "tensor", "base" },
  host = { "bind", "base" },
}

-- Headers of other people's libraries and of one system alone, by room. Lua's own only where Lua is spoken.
local lua_headers = { "lua.h", "lauxlib.h", "lualib.h" }
local libraries = {
  base = { "omp.h", "pthread.h", "xxhash.h", "xxh_x86dispatch.h" },
  tensor = { "cblas.h", "pthread.h" },
  sparse = {},
  data = { "xxhash.h", "zlib.h", "zstd.h" },
  nn = { "cblas.h", "cpuid.h", "sys/syscall.h" },
  metric = {},
  bind = { "jansson.h", table.unpack(lua_headers) },
  host = { "pthread.h", "histedit.h", table.unpack(lua_headers) },
}

-- ISO C and POSIX, open to all.
local system = [[
  assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign
  stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar
  wchar wctype dirent fcntl glob libgen pwd sched strings sys/file sys/ioctl sys/mman sys/resource
  sys/select sys/stat sys/time sys/types sys/utsname sys/wait termios unistd immintrin
]]

local function set(list)
  local members = {}
  for _, name in ipairs(list) do members[name] = true end
  return members
end

local system_headers = {}
for name in system:gmatch("%S+") do system_headers[name .. ".h"] = true end

local sees, speaks = {}, {}
for room, list in pairs(rooms) do
  sees[room] = set(list)
  sees[room][room] = true
  speaks[room] = set(libraries[room])
end

-- The room of a file of the core, and of a header as written in an #include ("" for the umbrella).
local function room_of_path(path)
  return path:match("^src/([^/]+)/.*%.[ch]$") or path:match("^include/lis/([^/]+)/.*%.h$")
end

local function include_trouble(room, open, name)
  if open == "<" then
    if system_headers[name] or speaks[room][name] then return nil end
    return ("room '%s' may not include <%s>: declare it in tests/house/layers.lua"):format(room, name)
  end
  if name == "lis/lua.h" and speaks[room]["lua.h"] then return nil end -- the embedder's view
  local public = name:match("^lis/([^/]+)/")
  if public then
    return not sees[room][public] and ("room '%s' may not see room '%s'"):format(room, public) or nil
  end
  local private = name:match("^%.%./([^/]+)/") or name:match("^([^/.]+)/")
  if private == nil or private == room or (room == "host" and private == "bind") then return nil end
  return ("room '%s' reaches into room '%s': %s is private"):format(room, private, name)
end

local function check_includes(file, room, report)
  if not rooms[room] then
    report(file.path, 1, ("unknown room '%s': declare it in tests/house/layers.lua"):format(room))
    return
  end
  for number, line in source.lines(source.c_code(file.text, false)) do
    local open, name = line:match('^%s*#%s*include%s*([<"])([^>"]+)')
    local trouble = open and include_trouble(room, open, name)
    if trouble then report(file.path, number, trouble) end
  end
end

local function check_meson(file, room, report)
  for number, line in source.lines(file.text) do
    for name in line:gsub("#.*", ""):gmatch("%f[%w_]([%w_]+)_dep%f[^%w_]") do
      local forbidden = rooms[name] and not sees[room][name]
      if name == "lua" then forbidden = not speaks[room]["lua.h"] end
      if forbidden then
        report(file.path, number, ("room '%s' may not depend on '%s'"):format(room, name))
      end
    end
  end
end

-- Lua modules of other people, by the one file that may load them.
local lua_libraries = {
  ["lua/lis/options.lua"] = "argparse",
  ["lua/lis/util/complete.lua"] = "lfs",
  ["lua/lis/command/doctor.lua"] = "lfs",
}

-- Files that require what a name read elsewhere says: tools that look at other code.
local computed = { ["lua/lis/command/check.lua"] = true }

-- init, study, contract and the commands compose the stages and so may see any of them; a stage sees its own
-- parts, the modules in its folder, and they see each other; a recipe sees the whole library.
local function require_allowed(path, name)
  if path:find("^recipes/") then return name == "lis" or name:find("^lis%.") end
  if path == "lua/lis/init.lua" or path:find("^lua/lis/study[./]") or path:find("^lua/lis/contract[./]") then
    return name:find("^lis%.")
  end
  if path:find("^lua/lis/command/") and (name == "lis" or name:find("^lis%.")) then return true end
  local stage = path:match("^lua/lis/([^/.]+)")
  local own = stage and name:sub(1, #stage + 5) == "lis." .. stage .. "."
  return own or name == "lis.core" or name:find("^lis%.util%.") or name == lua_libraries[path]
end

local function check_requires(file, report)
  for number, line in source.lines(file.text) do
    local code = line:gsub("%-%-.*", "")
    for name in code:gmatch("%f[%w_.:]require%s*[%(,]?%s*[\"']([^\"']+)[\"']") do
      if not require_allowed(file.path, name) then
        report(file.path, number, ("may not require '%s': a stage sees lis.core and lis.util.*"):format(name))
      end
    end
    local computes = code:find("%f[%w_.:]require%s*%(%s*[%a_]")
      or code:find("pcall%s*%(%s*require%s*,%s*[%a_]")
    if computes and not computed[file.path] then
      report(file.path, number, "requires a computed name, which nobody can check")
    end
  end
end

---@param files table  { { path =, text = }, ... }
---@param report fun(path: string, line: integer, message: string)
local function layers(files, report)
  for _, file in ipairs(files) do
    local room = room_of_path(file.path)
    local built = file.path:match("^src/([^/]+)/meson%.build$")
    if room then
      check_includes(file, room, report)
    elseif built and rooms[built] then
      check_meson(file, built, report)
    elseif file.path:find("^lua/.*%.lua$") or file.path:find("^recipes/.*%.lua$") then
      check_requires(file, report)
    end
  end
end

return layers
