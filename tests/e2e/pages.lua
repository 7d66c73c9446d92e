-- Writes reports of made-up results for test_page.sh. usage: lisrun --loose pages.lua FOLDER
local report = require "lis.report"
local results = require "results"

local hostile = [[<script>document.title = "run"</script>&'"`id` \{_^~]]
report.write(results.of { "co-click", "co-view" }, arg[1] .. "/plain")
report.write(results.of { hostile, ("averylongname"):rep(9), ("long words "):rep(12) }, arg[1] .. "/hostile")
