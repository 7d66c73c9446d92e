--- `lisrun verify RUN`: does results.json follow from the scores that were stored with it?
local options = require "lis.options"
local verify_study = require "lis.study.verify"

local verify = { summary = "derives a saved study's figures again and compares", arguments = "RUN" }

local about = [[
usage: lisrun verify RUN

Reads the test rows' labels and users and every arm's scores below the folder RUN, computes AUC, GAUC and
log loss, differences, LIS, AIS, attainment and intervals again, and reports each figure of
RUN/results.json that differs. Exit status 1 where one does.]]

---@param arguments string[]
---@return integer status
function verify.run(arguments)
  local folder = arguments[1]
  if folder == "--help" or folder == "-h" then error(options.ending(0, about), 0) end
  if not folder or arguments[2] then
    error(options.ending(2, folder and ("lisrun verify: unexpected argument '%s'"):format(arguments[2])
      or "lisrun verify: wants the folder of a run (--help tells more)"), 0)
  end
  local differences, seen = verify_study.folder(folder)
  for _, difference in ipairs(differences) do print(difference) end
  if #seen.left_out > 0 then
    print("Not looked at, as only the recipe knows them: " .. table.concat(seen.left_out, ", "))
  end
  print(("%s: %d arms on %d test rows, %s"):format(folder, seen.arms, seen.rows,
    #differences == 0 and "every figure derived again" or ("%d figures differ"):format(#differences)))
  return #differences == 0 and 0 or 1
end

return verify
