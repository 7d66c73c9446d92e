-- Every recipe runs in a test: tests/e2e/test_recipes.lua has test_NAME for it, or says where else it runs.
local tests = "tests/e2e/test_recipes.lua"

---@param files table  { { path =, text = }, ... }
---@param report fun(path: string, line: integer, message: string)
return function(files, report)
  local text = ""
  for _, file in ipairs(files) do
    if file.path == tests then text = file.text end
  end
  for _, file in ipairs(files) do
    local name = file.path:match "^recipes/([%w_]+)%.lua$"
    if name and not text:find("test_" .. name .. "%f[^%w_]") and not text:find("%f[%w_]" .. name .. "%s*=%s*[\"']") then
      report(file.path, 1, ("no test runs it: give %s a test_%s at a small size"):format(tests, name))
    end
  end
end
