-- lis/lis.h, the umbrella for embedders, includes every public header of every room.
local UMBRELLA <const> = "include/lis/lis.h"

---@param files table  { { path =, text = }, ... }
---@param report fun(path: string, line: integer, message: string)
return function(files, report)
  local headers, umbrella = {}, nil
  for _, file in ipairs(files) do
    if file.path == UMBRELLA then umbrella = file.text end
    headers[#headers + 1] = file.path:match "^include/(lis/[^/]+/.*%.h)$"
  end
  for _, header in ipairs(umbrella and headers or {}) do
    if not umbrella:find(('#include "%s"\n'):format(header), 1, true) then
      report(UMBRELLA, 1, ("%s is missing: embedders include lis/lis.h alone"):format(header))
    end
  end
end
