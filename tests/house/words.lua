-- Words that must not stand in the project: unfinished marks, paths of one machine, package hosts.
-- Each pattern is written so that it does not match itself.
local source = require "source"

local everywhere = {
  { "%f[%w]TO[D]O%f[%W]", "unfinished: do it, or say so in an issue" },
  { "%f[%w]FI[X]ME%f[%W]", "unfinished: do it, or say so in an issue" },
  { "%f[%w]X[X]X%f[%W]", "unfinished: do it, or say so in an issue" },
  { "%f[^%s\"'`(=:]/w[o]rk/", "a path of one machine" },
  { "%f[^%s\"'`(=:]/ho[m]e/", "a path of one machine" },
  { "%f[^%s\"'`(=:]/ro[o]t/", "a path of one machine" },
  { "%f[^%s\"'`(=:]/Us[e]rs/", "a path of one machine" },
  { "%.[l]ibrary/", "a path of one machine" },
  { "https?://deb[.]", "a package host: Debian's tools know where packages are" },
  { "https?://ftp[.]", "a package host: Debian's tools know where packages are" },
  { "https?://regi[s]try[.]", "a package host: the client knows where packages are" },
  { "https?://py[p]i[.]", "a package host: the client knows where packages are" },
}

local in_code = {
  { "not imple[m]ented", "unfinished: finish it" },
  { "%f[%w]place[h]older%f[%W]", "unfinished: finish it" },
  { "%f[%w]st[u]b%f[%W]", "unfinished: finish it" },
}

local function is_code(path)
  return path:find("%.[ch]$") or path:find("%.lua$")
end

local function search(file, words, report)
  for number, line in source.lines(file.text) do
    for _, word in ipairs(words) do
      local found = line:match("%S*" .. word[1] .. "%S*") or (line:find(word[1]) and line)
      if found then report(file.path, number, ("'%s': %s"):format(found, word[2])) end
    end
  end
end

---@param files table  { { path =, text = }, ... }
---@param report fun(path: string, line: integer, message: string)
return function(files, report)
  for _, file in ipairs(files) do
    search(file, everywhere, report)
    if is_code(file.path) then search(file, in_code, report) end
  end
end
