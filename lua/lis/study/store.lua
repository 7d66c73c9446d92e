--- Finished work of a study on disk, so that the same command continues where it was cut off.
---
---     DIR/test/HASH/{label,user}.npy    the test rows
---     DIR/test/HASH/groups/KEY.npy      rows of a cohort among them
---     DIR/arms/KEY/logits.npy           an arm at one seed: its scores of the test rows, f32
---     DIR/arms/KEY/model.lis            parameters and optimiser state, where a later window starts from them
---     DIR/arms/KEY/arm.json             learning curve, chosen epoch, seconds, what the key stands for; written last
---
--- KEY is a hash of all that determines the scores: the log, the split, the ranker and the channel with
--- their settings and code, what the arm is fed, the seed and the version. A folder without arm.json was
--- cut off and is not believed.
local core = require "lis.core"
local fingerprint = require "lis.util.fingerprint"

local store = {}

---@class lis.Store
---@field folder string
---@field fresh boolean ignore what is there
---@field context string fingerprint of what all arms share
---@field test string name of the test rows' folder
---@field reused integer runs taken from disk
local Store = {}
Store.__index = Store

-- Every column of the log: constructors may read others than those that log.hash covers.
local function columns_of(log)
  local columns = { hash = log.hash }
  for name, value in pairs(log) do
    if core.tensor.is(value) then columns[name] = value end
  end
  return columns
end

local function exists(path)
  local file = io.open(path, "rb")
  return file ~= nil and file:close()
end

--- Opens or begins the store of a study.
---@param folder string
---@param study table log, split, ranker, channel
---@param test { label: lis.Tensor, user: lis.Tensor }
---@param fresh boolean?
---@return lis.Store
function store.open(folder, study, test, fresh)
  local self = setmetatable({ folder = folder, fresh = fresh or false, reused = 0 }, Store)
  self.context = fingerprint {
    version = core.base.version, log = columns_of(study.log), split = { study.split.train, study.split.test },
    window = { study.split.test_from, study.split.test_to }, ranker = study.ranker, channel = study.channel,
    arms = study.arms,
    collected = study.collected and { study.collected.test_from, study.collected.test_to } or nil,
  }
  self.test = fingerprint { test.label, test.user }
  local rows = folder .. "/test/" .. self.test
  core.base.make_folder(rows)
  core.base.make_folder(folder .. "/arms")
  core.data.write_npy(rows .. "/label.npy", test.label)
  core.data.write_npy(rows .. "/user.npy", test.user)
  return self
end

--- The key of an arm at one seed.
---@param arm lis.Arm
---@param seed integer
---@param warm string? key of the run that it starts from
---@return string
function Store:key(arm, seed, warm)
  return fingerprint { self.context, arm.preference or false, arm.source, arm.made_of or false, seed,
    warm and { "goes on from", warm } or false }
end

local function path_of(self, key) return self.folder .. "/arms/" .. key end

-- The stored model in an empty one of the same graph; nil where none can be read.
local function load_model(path, make)
  local model = make()
  return pcall(model.load, model, path .. "/model.lis") and model or nil
end

--- A finished run; nil where there is none, or where its scores are not those that were saved.
---@param key string
---@param make (fun(): lis.Model)? an empty model of the run's graph, where its trained one is wanted too
---@return lis.Run?
function Store:load(key, make)
  local path = path_of(self, key)
  if self.fresh or not exists(path .. "/arm.json") then return nil end
  local card = core.base.json_decode(assert(io.open(path .. "/arm.json", "rb")):read "a")
  local readable, logits = pcall(core.data.read_npy, path .. "/logits.npy")
  if not readable or logits:hash() ~= card.scores then return nil end
  local model = make and load_model(path, make)
  if make and not model then return nil end
  self.reused = self.reused + 1
  return { logits = logits, curve = card.curve, stopped_at = card.stopped_at, seconds = card.seconds, model = model,
    reused = true }
end

--- Puts a finished run on disk.
---@param key string
---@param arm lis.Arm
---@param seed integer
---@param run lis.Run
function Store:save(key, arm, seed, run)
  local path = path_of(self, key)
  core.base.make_folder(path)
  core.data.write_npy(path .. "/logits.npy", run.logits)
  if run.model then run.model:save(path .. "/model.lis") end
  core.base.save(path .. "/arm.json", core.base.json_encode({
    preference = arm.preference, source = arm.source, seed = seed, curve = run.curve, stopped_at = run.stopped_at,
    seconds = run.seconds, version = core.base.version, context = self.context, scores = run.logits:hash(),
  }, { indent = 2 }) .. "\n")
end

local function group_path(folder, test, key) return ("%s/test/%s/groups/%s.npy"):format(folder, test, key) end

--- Puts the rows of cohorts beside the labels.
---@param groups table[] of cohort.groups
function Store:save_groups(groups)
  if #groups > 0 then core.base.make_folder(("%s/test/%s/groups"):format(self.folder, self.test)) end
  for _, group in ipairs(groups) do
    core.data.write_npy(group_path(self.folder, self.test, group.rows:hash()), group.rows)
  end
end

--- The stored rows behind a result's cohorts.
---@param folder string
---@param test string result.store.test
---@param cohorts table[]? result.cohorts
---@return table[] groups
function store.read_groups(folder, test, cohorts)
  local groups = {}
  for i, row in ipairs(cohorts or {}) do
    groups[i] = { preference = row.preference, cohort = row.cohort, group = row.group,
      rows = core.data.read_npy(group_path(folder, test, row.rows_key)) }
  end
  return groups
end

--- What a study with a store saved as results.json.
---@param folder string
---@param windows boolean? a rolling study, whose windows name their scores, will do as well
---@return table result
function store.read_result(folder, windows)
  local path = folder .. "/results.json"
  local file <close>, why = io.open(path, "rb")
  if not file then error(("%s: wanted a folder that a study was saved in (%s)"):format(folder, why), 0) end
  local readable, result = pcall(core.base.json_decode, file:read "a")
  if not readable then error(("%s: %s"):format(path, result), 0) end
  local rolling = windows and type(result) == "table" and result.windows and result.windows[1].store
  if type(result) ~= "table" or not (rolling or result.store and result.arms and result.scores) then
    error(("%s names no stored scores; give lis.study the option store = \"%s\""):format(path, folder), 0)
  end
  return result
end

--- Labels and users of stored test rows.
---@param folder string
---@param name string result.store.test
---@return { label: lis.Tensor, user: lis.Tensor }
function store.read_test(folder, name)
  local rows = ("%s/test/%s/"):format(folder, name)
  return { label = core.data.read_npy(rows .. "label.npy"), user = core.data.read_npy(rows .. "user.npy") }
end

--- A stored run as it lies there, believed or not.
---@param folder string
---@param key string
---@return lis.Run
function store.read_run(folder, key)
  return { logits = core.data.read_npy(("%s/arms/%s/logits.npy"):format(folder, key)) }
end

return store
