-- Things that have one door in the house: memory, threads, random numbers, the way out.
local source = require "source"

-- { names, rooms or files that may, what to do instead }
local doors = {
  {
    calls = { "malloc", "calloc", "realloc", "free", "strdup", "strndup", "aligned_alloc" },
    open = { "src/base/mem.c", "src/host/" },
    instead = "memory goes through lis_alloc and lis_free (lis/base/mem.h)",
  },
  {
    calls = { "pthread_create", "thrd_create", "omp_get_thread_num", "omp_set_num_threads" },
    open = { "src/base/" },
    instead = "threads go through lis_parallel_for (lis/base/parallel.h)",
  },
  {
    calls = { "rand", "srand", "random", "srandom", "drand48", "rand_r" },
    open = {},
    instead = "random numbers come from keyed streams (lis/base/rng.h)",
  },
  {
    calls = { "printf", "fprintf", "vprintf", "vfprintf", "puts", "putchar", "perror" },
    open = { "src/host/" },
    instead = "only the host speaks; the core returns a status and fills the error",
  },
  {
    calls = { "exit", "_exit", "abort", "quick_exit", "assert" },
    open = { "src/host/" },
    instead = "only the host ends the process; the core returns a status and fills the error",
  },
  {
    calls = { "sprintf", "vsprintf", "strcpy", "strcat", "gets", "strtok", "atoi", "atof", "atol" },
    open = {},
    instead = "unbounded or unchecked; use snprintf, memcpy with a length, strtol and its end pointer",
  },
}

local keeper = {}
for _, door in ipairs(doors) do
  for _, name in ipairs(door.calls) do keeper[name] = door end
end

local function open_to(door, path)
  for _, prefix in ipairs(door.open) do
    if path:sub(1, #prefix) == prefix then return true end
  end
  return false
end

local function check(file, report)
  for number, line in source.lines(source.c_code(file.text, true)) do
    if line:find("^%s*#%s*pragma%s+omp") and not file.path:find("^src/base/") then
      report(file.path, number, "threads go through lis_parallel_for (lis/base/parallel.h)")
    end
    for before, name in line:gmatch("([%w_.>]?)%f[%w_]([%a_][%w_]*)%s*%(") do
      local door = keeper[name]
      local member = before == "." or before == ">" -- a field of that name is no call of libc
      if door and not member and not open_to(door, file.path) then
        report(file.path, number, ("%s(): %s"):format(name, door.instead))
      end
    end
  end
end

---@param files table  { { path =, text = }, ... }
---@param report fun(path: string, line: integer, message: string)
return function(files, report)
  for _, file in ipairs(files) do
    if file.path:find("^src/.*%.[ch]$") or file.path:find("^include/.*%.h$") then check(file, report) end
  end
end
