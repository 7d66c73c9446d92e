local lu = require "luaunit"
local core = require "lis.core"
local import = require "lis.study.import"
local report = require "lis.report"
local score = require "lis.score"

local function write(text, suffix)
  local path = os.tmpname() .. (suffix or "")
  core.base.save(path, text)
  return path
end

-- 200 rows of 20 users: `base` knows a little of the label, `crossfit` more.
local function rows_of()
  local noise = core.tensor.normal({ 200, 4 }, { seed = 3, purpose = "scores" })
  local rows = {}
  for i = 1, 200 do
    local label = noise:get(i, 1) > 0 and 1 or 0
    rows[i] = { id = "r" .. i, user = "u" .. i % 20, label = label,
      base = 0.3 * label + noise:get(i, 2), crossfit = 2 * label + noise:get(i, 3), placebo = 0.3 * label + noise:get(i, 4) }
  end
  return rows
end

local function wide(rows, map)
  local lines = { "row_id\tuser_id\tlabel\tbase\tclick:crossfit\tclick:placebo" }
  for _, r in ipairs(rows) do
    lines[#lines + 1] = ("%s\t%s\t%d\t%.17g\t%.17g\t%.17g"):format(r.id, r.user, r.label, map(r.base), map(r.crossfit),
      map(r.placebo))
  end
  return write(table.concat(lines, "\n") .. "\n", ".tsv")
end

local function same(x) return x end

TestImport = {}

function TestImport:test_names()
  lu.assertEquals({ import.parse "co-click:encoder:text@2" }, { "co-click", "encoder:text", 2 })
  lu.assertEquals({ select(2, import.parse "raw:text") }, { "raw:text", 1 })
  lu.assertNil((import.parse "base@3"))
end

function TestImport:test_the_figures_are_those_of_the_scores()
  local rows = rows_of()
  local result = import { path = wide(rows, same) }
  local columns = { label = {}, user = {}, base = {}, crossfit = {} }
  for i, r in ipairs(rows) do
    columns.label[i], columns.user[i] = r.label, i % 20
    columns.base[i], columns.crossfit[i] = r.base, r.crossfit
  end
  local label, user = core.tensor.from(columns.label, "u8"), core.tensor.from(columns.user, "i32")
  local function auc(name) return { core.metric.auc(core.tensor.from(columns[name]), label, { user = user, users = 20 }) } end
  local wanted = score.difference(auc "crossfit", auc "base")
  lu.assertEquals(result.arms[2].source, "crossfit")
  lu.assertAlmostEquals(result.arms[2].delta, wanted.delta, 1e-12)
  lu.assertAlmostEquals(result.arms[2].ci[1], wanted.ci[1], 1e-9)
  lu.assertStrContains(result.verdict[1], "Align on click first")
  lu.assertStrContains(result.verdict[2], "click: LIS")
  lu.assertStrContains(report.markdown(result), "## Scores")
end

function TestImport:test_files_of_their_own_are_joined_on_the_row_id()
  local rows, lines = rows_of(), { "row_id,score" }
  local whole = import { path = wide(rows, same) }
  for i = #rows, 1, -1 do lines[#lines + 1] = ("%s,%.17g"):format(rows[i].id, rows[i].crossfit) end
  local file = write(table.concat(lines, "\n") .. "\n", ".csv")
  local text = { "row_id,user_id,label,base,click:placebo" }
  for _, r in ipairs(rows) do
    text[#text + 1] = ("%s,%s,%d,%.17g,%.17g"):format(r.id, r.user, r.label, r.base, r.placebo)
  end
  local apart = import { path = write(table.concat(text, "\n") .. "\n", ".csv"), files = { ["click:crossfit"] = file } }
  lu.assertAlmostEquals(apart.scores[1].lis, whole.scores[1].lis, 1e-12)
  lu.assertErrorMsgContains("no score for 199 of 200", import, { path = wide(rows, same),
    files = { ["other:crossfit"] = write("row_id,score\nr1,0.5\n", ".csv") } })
end

function TestImport:test_probabilities_have_the_same_log_loss()
  local rows = rows_of()
  local logits = import { path = wide(rows, same) }
  local probabilities = import { path = wide(rows, function(x) return 1 / (1 + math.exp(-x)) end), input = "probability" }
  for i, row in ipairs(logits.arms) do lu.assertAlmostEquals(probabilities.arms[i].value, row.value, 1e-5) end
end

function TestImport:test_without_a_placebo_nothing_is_called_net_of_one()
  local lines = { "row_id\tuser_id\tlabel\tbase\tclick:crossfit" }
  for _, r in ipairs(rows_of()) do
    lines[#lines + 1] = ("%s\t%s\t%d\t%.17g\t%.17g"):format(r.id, r.user, r.label, r.base, r.base + r.crossfit / 1e3)
  end
  local result = import { path = write(table.concat(lines, "\n") .. "\n", ".tsv") }
  local printed = report.markdown(result)
  lu.assertNotStrContains(printed:lower(), "net of the placebo")
  lu.assertNotStrContains(printed, "its placebo")
  lu.assertStrContains(printed, "Over the base, as there is no placebo")
  lu.assertStrContains(printed, "No placebo scores of click")
  lu.assertStrContains(report.markdown(import { path = wide(rows_of(), same) }), "Net of the placebo")
end

function TestImport:test_mistakes_are_named()
  lu.assertErrorMsgContains("'base'", import, { path = write "row_id\tuser_id\tlabel\tc:crossfit\n1\ta\t1\t1\n2\tb\t0\t0\n" })
  lu.assertErrorMsgContains("two lines", import,
    { path = write "row_id\tuser_id\tlabel\tbase\tc:crossfit\n1\ta\t1\t1\t1\n1\tb\t0\t0\t1\n" })
  lu.assertErrorMsgContains("'c:crossfit'", import,
    { path = write "row_id\tuser_id\tlabel\tbase\tc:naive\n1\ta\t1\t1\t1\n2\tb\t0\t0\t0\n" })
end

os.exit(lu.LuaUnit.run(), true)
