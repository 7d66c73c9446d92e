-- results.json is what docs/results.md says, and docs/results.md says nothing that results.json lacks.
local lu = require "luaunit"
local core = require "lis.core"
local folders = require "folders"
local import = require "lis.study.import"
local inject = require "lis.inject"
local log = require "lis.log"
local preference = require "lis.preference"
local ranker = require "lis.ranker"
local represent = require "lis.represent"
local schema = require "schema"
local split = require "lis.split"
local study = require "lis.study"
local world = require "lis.world"

local house = arg[0]:match "^(.*)/tests/lua/[^/]*$" or "."
local root, paths = schema.read(folders.read(house .. "/docs/results.md"))

-- As the file has it.
local function stored(result) return core.base.json_decode(core.base.json_encode(result)) end

local function settings_of(overrides)
  local feed = world.simulate { users = 120, items = 80, days = 8, impressions = 8000, seed = 3 }
  local options = {
    log = log.from_world(feed), ranker = ranker.deepfm { hidden = { 8 }, dim = 4, epochs = 2 },
    channel = inject.similarity {}, preferences = { click = preference.coengagement {} }, seeds = 2, folds = 2, width = 5,
    encoders = { content = represent.content("content", feed.content) },
  }
  for key, value in pairs(overrides) do options[key] = value end
  return options
end

local function whole_study()
  local options = settings_of { dose = { 0, 0.5 }, horizon = { 6 }, cohorts = { "train_count", "covered" },
    store = folders.new() }
  options.split = split.by_day(options.log, { train = { 1, 5 }, test = { 6, 7 } })
  local result = study(options):run()
  folders.remove(options.store)
  return stored(result)
end

local function imported()
  local path, lines = os.tmpname(), { "row_id\tuser_id\tlabel\tbase\tclick:crossfit" }
  for i = 1, 40 do lines[i + 1] = ("%d\tu%d\t%d\t%d\t%d"):format(i, i % 7, i % 2, i * 7 % 11, i * 5 % 13 + i % 2) end
  core.base.save(path, table.concat(lines, "\n") .. "\n")
  local result = import { path = path }
  os.remove(path)
  return stored(result)
end

local results

-- One of each kind, made once.
local function all()
  results = results or { whole_study(), imported(), stored(study.rolling(settings_of { train = 3, test = 1 }):run()) }
  return results
end

TestResults = {}

function TestResults:test_every_field_is_described_and_of_its_type()
  for _, result in ipairs(all()) do
    lu.assertEquals(table.concat(schema.check(root, result, {}), "\n"), "")
    lu.assertEquals(result.schema, 1)
  end
end

function TestResults:test_every_description_has_its_field()
  local seen = {}
  for _, result in ipairs(all()) do schema.check(root, result, seen) end
  local missing = {}
  for _, one in ipairs(paths) do
    if not (seen[one.path] or one.optional) then missing[#missing + 1] = one.path end
  end
  lu.assertEquals(table.concat(missing, "\n"), "")
end

function TestResults:test_the_checker_sees_a_drift()
  local result = whole_study()
  result.extra, result.scores[1].lis = 1, nil
  result.arms[1].value = "0.5"
  local faults = table.concat(schema.check(root, result, {}), "\n")
  lu.assertStrContains(faults, "extra: not described")
  lu.assertStrContains(faults, "scores[1]: lacks lis")
  lu.assertStrContains(faults, "arms[1].value: wants number, is string")
end

os.exit(lu.LuaUnit.run(), true)
