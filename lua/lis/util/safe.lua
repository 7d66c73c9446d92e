--- lisrun --safe: what a recipe of someone else may not do.
---
--- It can start no program, load no C library and no bytecode, and write only where the command line
--- allows (core.base.may_write; the core itself asks there, too). It can read whatever the user can read,
--- and compute as long as it likes: --max-memory and Ctrl-C are for that.
---
--- The recipe may replace any global, and the functions of string and table with them. So whatever the
--- functions below need is held in locals from before the recipe runs, and nothing is called as a method.
local may_write = require("lis.core").base.may_write
local error, type, ipairs, select = error, type, ipairs, select
local gsub = string.gsub
local real_load, real_loadfile = load, loadfile
local searchpath = package.searchpath

local safe = {}

local function refuse(name)
  return function() error(name .. ": not under --safe", 2) end
end

-- Calls f where every path may be written; io and os answer nil and a reason where not.
local function guard(f, paths)
  return function(...)
    for i = 1, paths do
      local path = select(i, ...)
      if type(path) ~= "string" then error("a path is a string", 2) end
      local ok, reason = may_write(path)
      if not ok then return nil, reason, 1 end
    end
    return f(...)
  end
end

local reading = { r = true, rb = true }

local function close_io()
  local real_open, real_output = io.open, io.output
  local open_to_write = guard(real_open, 1)
  function io.open(path, mode)
    if mode == nil or reading[mode] then return real_open(path, mode) end
    return open_to_write(path, mode)
  end
  function io.output(file)
    if type(file) ~= "string" then return real_output(file) end
    local ok, reason = may_write(file)
    if not ok then error(reason, 2) end
    return real_output(file)
  end
  io.popen, io.tmpfile = refuse "io.popen", refuse "io.tmpfile"
end

local function close_os()
  os.execute, os.tmpname = refuse "os.execute", refuse "os.tmpname"
  os.remove, os.rename = guard(os.remove, 1), guard(os.rename, 2)
end

-- Bytecode can break the virtual machine: text alone is loaded.
local function close_load()
  function load(chunk, name, _, ...)
    return real_load(chunk, name, "t", ...)
  end
  function loadfile(path, _, ...)
    return real_loadfile(path, "t", ...)
  end
  function dofile(path)
    local chunk, reason = real_loadfile(path, "t")
    if not chunk then error(reason, 2) end
    return chunk()
  end
end

local function find_lua(name)
  local path, reason = searchpath(name, package.path)
  if not path then return reason end
  local chunk, problem = real_loadfile(path, "t")
  if not chunk then error(problem, 2) end
  return chunk, path
end

local function close_package()
  local searchers = package.searchers
  for i = #searchers, 3, -1 do searchers[i] = nil end -- preload and the library's own stay
  searchers[3] = find_lua
  package.loadlib, package.cpath = refuse "package.loadlib", ""
end

-- Enough to see where one is; nothing that reaches into other functions.
local function close_debug()
  local getinfo, traceback, getmetatable = debug.getinfo, debug.traceback, debug.getmetatable
  for name in pairs(debug) do debug[name] = refuse("debug." .. name) end
  debug.traceback, debug.getmetatable = traceback, getmetatable
  function debug.getinfo(at, what)
    if type(at) == "thread" then error("debug.getinfo of a coroutine: not under --safe", 2) end
    local info = getinfo(type(at) == "number" and at + 1 or at, what and (gsub(what, "f", "")) or "nSlut")
    return info
  end
end

local function close_lfs()
  local lfs = package.preload.lfs("lfs")
  local open = { attributes = lfs.attributes, symlinkattributes = lfs.symlinkattributes, dir = lfs.dir,
    currentdir = lfs.currentdir, mkdir = guard(lfs.mkdir, 1), rmdir = guard(lfs.rmdir, 1),
    touch = guard(lfs.touch, 1) }
  for _, name in ipairs{ "chdir", "link", "lock", "lock_dir", "setmode", "unlock" } do
    open[name] = refuse("lfs." .. name)
  end
  package.preload.lfs = function() return open end
  package.loaded.lfs = nil
end

--- Closes them all, for good. Before the recipe, once.
function safe.close_doors()
  close_io()
  close_os()
  close_load()
  close_package()
  close_debug()
  close_lfs()
end

return safe
