local lu = require "luaunit"
local command = require "lis.command.report"
local core = require "lis.core"
local folders = require "folders"
local page = require "lis.report.page"
local report = require "lis.report"
local results = require "results"
local sections = require "lis.report.sections"

local hostile = [[<script>alert("1")</script>&'`touch pwned` $(id) \\{_^~%#}]]

local function has_gnuplot() return os.execute "command -v gnuplot >/dev/null" end

local function count(s, pattern) return select(2, s:gsub(pattern, "")) end

TestReport = {}

function TestReport:setUp() self.folder = folders.new() end

function TestReport:tearDown() folders.remove(self.folder) end

local function ids(list)
  local names = {}
  for i, section in ipairs(list) do names[i] = section.id end
  return table.concat(names, " ")
end

function TestReport:test_a_section_without_data_is_left_out()
  lu.assertEquals(ids(sections.of(results.of { "click" })), "scores attainment arms dose horizon cohorts learning "
    .. "probabilities coverage timeline guards definitions settings limits")
  local bare = results.of { "click" }
  for _, key in ipairs { "dose", "horizon", "cohorts", "curves", "distributions", "guards" } do bare[key] = nil end
  bare.scores[1].ais, bare.scores[1].card, bare.data.time_from = {}, nil, nil
  lu.assertEquals(ids(sections.of(bare)), "scores arms definitions settings limits")
end

function TestReport:test_one_page_with_all_its_pictures()
  if not has_gnuplot() then lu.skip "no gnuplot" end
  lu.assertNil(report.write(results.of { "click", "view" }, self.folder))
  local html = folders.read(self.folder .. "/report.html")
  local wanted = 0
  for _, section in ipairs(sections.of(results.of { "click", "view" })) do wanted = wanted + #(section.figures or {}) end
  lu.assertEquals(count(html, "<figure "), wanted)
  for _, outside in ipairs { "<script", "http://", "https://", "@import", "url%(", " src=" } do
    lu.assertNil(html:find(outside), outside)
  end
  for _, name in ipairs { "bars", "attainment", "arms", "dose", "horizon", "cohorts", "learning-1", "learning-controls",
    "spread-1", "calibration", "coverage", "timeline" } do
    lu.assertStrContains(html, 'id="figure-' .. name .. '"')
    lu.assertStrContains(folders.read(self.folder .. "/plots/" .. name .. ".svg"), "</svg>")
    lu.assertStrContains(folders.read(self.folder .. "/plots/" .. name .. ".pdf"), "%%EOF")
  end
end

function TestReport:test_nothing_in_a_name_is_markup_or_a_command()
  local result = results.of { hostile, ("long name "):rep(30) }
  result.name, result.data.name, result.verdict[1] = hostile, hostile, hostile
  report.write(result, self.folder)
  for _, name in ipairs { "report.html", "report.md" } do
    lu.assertNil(folders.read(self.folder .. "/" .. name):find "<script", 1, true)
  end
  if has_gnuplot() then
    lu.assertNil(folders.read(self.folder .. "/plots/bars.svg"):find("<script", 1, true))
    lu.assertStrContains(folders.read(self.folder .. "/plots/bars.svg"), '&lt;script>alert("1")')
  end
  lu.assertNil(io.open "pwned")
  lu.assertStrContains(folders.read(self.folder .. "/report.tex"), "\\textless{}script\\textgreater{}")
  lu.assertStrContains(folders.read(self.folder .. "/report.tex"), "\\textbackslash{}\\textbackslash{}\\{\\_")
end

function TestReport:test_the_page_follows_from_results_json_alone()
  local result = results.of { "click" }
  result.arms[1].row_se, result.scores[1].history = 0 / 0, 0 / 0 -- no word for these in JSON
  report.write(result, self.folder)
  local again = folders.new()
  report.write(report.read(self.folder), again)
  for _, name in ipairs { "report.html", "report.md", "report.tex", "arms.csv", "curves.csv", "cohorts.csv" } do
    lu.assertEquals(folders.read(again .. "/" .. name), folders.read(self.folder .. "/" .. name), name)
  end
  folders.remove(again)
end

function TestReport:test_without_gnuplot_tables_and_how_to_get_pictures()
  local path, script = self.folder .. "/run.lua", self.folder .. "/out"
  core.base.make_folder(self.folder .. "/bin")
  core.base.save(path, ([[package.path = %q
    local missing = require "lis.report".write(require "results".of { "click" }, %q)
    print(missing)]]):format(package.path, script))
  local lisrun = assert(io.open "/proc/self/cmdline"):read "a":match "^[^\0]+"
  local pipe = assert(io.popen(("PATH='%s/bin' '%s' --loose '%s' 2>&1"):format(self.folder, lisrun, path)))
  local said = pipe:read "a"
  pipe:close()
  lu.assertStrContains(said, "apt-get install gnuplot-nox")
  local html = folders.read(script .. "/report.html")
  lu.assertStrContains(html, "Tables only: plots are drawn by gnuplot; on Debian: apt-get install gnuplot-nox.")
  lu.assertEquals(count(html, "<svg"), 0)
  lu.assertStrContains(html, "<table>")
  lu.assertNil(folders.read(script .. "/report.md"):find("![", 1, true))
end

function TestReport:test_the_command_writes_it_again()
  report.write(results.of { "click" }, self.folder)
  os.remove(self.folder .. "/report.html")
  local said = folders.silent(function() lu.assertEquals(command.run { self.folder }, 0) end)
  lu.assertStrContains(said, self.folder .. "/report.html")
  lu.assertStrContains(folders.read(self.folder .. "/report.html"), "</html>")
end

function TestReport:test_a_failed_guard_is_said_on_top()
  local result = results.of { "click" }
  result.guards[1].pass = false
  report.write(result, self.folder)
  local html = folders.read(self.folder .. "/report.html")
  lu.assertStrContains(html:match "<header>.-</header>", "a guard failed")
  lu.assertStrContains(html, '<span class="mark fail">FAIL</span>')
end

function TestReport:test_tables_as_csv()
  report.write(results.of { 'a "b", c' }, self.folder)
  local arms = folders.read(self.folder .. "/arms.csv")
  lu.assertEquals(arms:match "^[^\n]+", "preference,source,metric,value,delta,low,high,row_se,seed_se")
  lu.assertStrContains(arms, '"a ""b"", c",crossfit,auc,')
  lu.assertEquals(count(folders.read(self.folder .. "/curves.csv"), "\n"), 1 + 2 * 2 * 2)
  lu.assertEquals(count(folders.read(self.folder .. "/cohorts.csv"), "\n"), 2)
end

function TestReport:test_a_table_for_a_paper()
  local tex = report.latex(results.of { "click" })
  lu.assertStrContains(tex, "click & $+0.0200$ & $[+0.0160, +0.0240]$ & $+0.0400$ & $+0.0010$ & content & $+0.0120$ & 0.60 \\\\")
  lu.assertEquals(count(tex, "\\begin{"), count(tex, "\\end{"))
end

function TestReport:test_a_picture_alone()
  if not has_gnuplot() then lu.skip "no gnuplot" end
  local result = results.of { "click" }
  core.base.make_folder(self.folder)
  lu.assertEquals(report.draw(result, "bars", self.folder .. "/b.png"), { self.folder .. "/b.png" })
  lu.assertEquals(#report.draw(result, "learning", self.folder .. "/l.svg"), 2)
  lu.assertErrorMsgContains("no picture 'bar'", report.draw, result, "bar", "x.svg")
  lu.assertErrorMsgContains("nothing to show as 'windows'", report.draw, result, "windows", "x.svg")
  lu.assertErrorMsgContains(".svg, .pdf or .png", report.draw, result, "bars", self.folder .. "/b.gif")
end

function TestReport:test_a_file_of_another_schema_is_refused()
  core.base.make_folder(self.folder)
  core.base.save(self.folder .. "/results.json", '{"schema": 99}')
  lu.assertErrorMsgContains("has schema 99, this lisrun reads 1", report.read, self.folder)
  lu.assertErrorMsgContains("wanted a folder", report.read, self.folder .. "/nowhere")
end

TestPage = {}

function TestPage:test_escape()
  lu.assertEquals(page.escape "<a href='x'>&\"\1", "&lt;a href=&#39;x&#39;&gt;&amp;&quot; ")
  lu.assertEquals(page.escape "\xff", "?")
end

function TestPage:test_a_section_of_your_own()
  local html = page.section { id = "own", title = "Own", lead = "A line.", tables = {
    { rows = { { a = "x", b = 1.5 } }, columns = { { title = "A", key = "a" }, { title = "B", key = "b", format = "%.2f" } } } } }
  lu.assertStrContains(html, '<td>x</td><td class="number">1.50</td>')
end

os.exit(lu.LuaUnit.run(), true)
