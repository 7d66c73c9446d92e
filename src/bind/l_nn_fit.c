/* core.nn: m:fit and nn.fit_all. */
#include <string.h>

#include "check.h"
#include "l_nn.h"
#include "open.h"

/* ---- options and results */

/* What m:fit and each job of nn.fit_all take. */
#define FIT_OPTIONS                                                                                \
    "rows", "epochs", "skip", "shuffle_seed", "table_lr", "dense_lr", "l1", "l2", "weight_decay",  \
        "clip", "schedule", "warmup", "ahead"

static lis_fit_options fit_options(lua_State *L, int at) {
    static const char *const schedules[] = {
        [LIS_CONSTANT] = "constant", [LIS_LINEAR] = "linear", [LIS_COSINE] = "cosine", NULL};
    lis_fit_options o = lis_fit_defaults();
    o.epochs = (int)lis_opt_integer(L, at, "epochs", o.epochs, 1, 1 << 20);
    o.skip = lis_opt_integer(L, at, "skip", o.skip, 0, INT64_MAX);
    o.table_rate = lis_opt_number(L, at, "table_lr", o.table_rate);
    o.dense_rate = lis_opt_number(L, at, "dense_lr", o.dense_rate);
    o.l1 = lis_opt_number(L, at, "l1", o.l1);
    o.clip = lis_opt_number(L, at, "clip", o.clip);
    o.warmup = lis_opt_integer(L, at, "warmup", o.warmup, 0, INT64_MAX);
    o.schedule = (lis_schedule)lis_opt_choice(L, at, "schedule", schedules, (int)o.schedule);
    o.l2 = lis_opt_number(L, at, "l2", o.l2);
    o.weight_decay = lis_opt_number(L, at, "weight_decay", o.weight_decay);
    lua_getfield(L, at, "shuffle_seed");
    o.shuffle = !lua_isnil(L, -1);
    lua_pop(L, 1);
    if (o.shuffle)
        o.shuffle_seed = (uint64_t)lis_opt_integer(L, at, "shuffle_seed", 0, INT64_MIN, INT64_MAX);
    return o;
}

/* The fit of `model` on the feed at `feed_at` by the options at `at`. Pushes the three values that its
 * columns live in. */
static lis_fit_job push_job(lua_State *L, lis_model *model, int feed_at, int at) {
    int64_t rows;
    lis_fit_job job = {.model = model, .options = fit_options(L, at)};
    job.feed = lis_push_feed(L, feed_at, model, &rows);
    lua_getfield(L, at, "rows");
    const lis_tensor *order = lis_push_rows(L, lua_gettop(L), rows);
    lua_remove(L, -2);
    job.row = lis_i32(order);
    job.count = order->shape[0];
    lua_getfield(L, at, "ahead");
    if (!lua_isnil(L, -1))
        job.options.ahead = lis_f32(lis_check_tensor_1d(L, lua_gettop(L), "ahead", LIS_F32, rows));
    return job;
}

static void push_result(lua_State *L, const lis_fit_result *result, bool stopped) {
    lua_createtable(L, 0, 6);
    lis_set_number(L, "loss", result->loss);
    lis_set_number(L, "seconds", result->seconds);
    lis_set_number(L, "cpu", result->cpu);
    lis_set_integer(L, "rows", result->rows);
    lis_set_integer(L, "steps", result->steps);
    lua_pushboolean(L, stopped);
    lua_setfield(L, -2, "stopped");
}

/* ---- progress */

/* The Lua side of a progress report: the function lies at `at`; what it raised stays on top. */
typedef struct listener {
    lua_State *L;
    int at;       /* 0: there is none */
    bool stopped; /* it returned false */
    bool failed;  /* it raised; the error is on top of the stack */
} listener;

/* Option `progress` of the table at `at`, pushed. */
static listener push_listener(lua_State *L, int at) {
    lua_getfield(L, at, "progress");
    if (lua_isnil(L, -1)) return (listener){.L = L};
    luaL_checktype(L, -1, LUA_TFUNCTION);
    return (listener){.L = L, .at = lua_gettop(L)};
}

/* Calls it with the table on top of the stack. */
static lis_status tell(listener *l, lis_error *err) {
    lua_State *L = l->L;
    lua_pushvalue(L, l->at);
    lua_insert(L, -2);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
        l->failed = true;
        return lis_fail(err, LIS_ESTATE, "the progress function failed");
    }
    l->stopped = lua_isboolean(L, -1) && !lua_toboolean(L, -1);
    lua_pop(L, 1);
    return l->stopped ? lis_fail(err, LIS_ESTATE, "stopped") : LIS_OK;
}

static lis_status on_progress(void *arg, const lis_fit_progress *p, lis_error *err) {
    listener *l = arg;
    lua_createtable(l->L, 0, 7);
    lis_set_integer(l->L, "epoch", p->epoch + 1);
    lis_set_integer(l->L, "epochs", p->epochs);
    lis_set_integer(l->L, "done", p->done);
    lis_set_integer(l->L, "rows", p->rows);
    lis_set_number(l->L, "loss", p->loss);
    lis_set_number(l->L, "rows_per_second", p->rows_per_second);
    lis_set_number(l->L, "seconds", p->seconds);
    return tell(l, err);
}

static lis_status on_progress_of_all(void *arg, const lis_fits_progress *p, lis_error *err) {
    listener *l = arg;
    lua_createtable(l->L, 0, 4);
    lis_set_integer(l->L, "done", p->done);
    lis_set_integer(l->L, "rows", p->rows);
    lis_set_number(l->L, "rows_per_second", p->rows_per_second);
    lis_set_number(l->L, "seconds", p->seconds);
    return tell(l, err);
}

/* ---- the two functions */

/* m:fit(feed, {rows =, epochs = 1, skip = 0, shuffle_seed =, table_lr = 0.05, dense_lr = 1e-3, l1 = 0, l2 = 0,
 * weight_decay = 0, clip = 0, schedule = "constant", warmup = 0, progress = function(info) end,
 * progress_every = 0.2, ahead = T f32 [rows of the feed]})
 * -> {loss =, seconds =, cpu =, rows =, steps =, stopped =} */
int lis_model_fit_lua(lua_State *L) {
    static const char *const known[] = {FIT_OPTIONS, "progress", "progress_every", NULL};
    lis_model *model = lis_check_model(L, 1);
    lua_settop(L, 3);
    if (lua_isnil(L, 3)) {
        lua_newtable(L);
        lua_replace(L, 3);
    }
    lis_opt_known(L, 3, known);
    lis_fit_job job = push_job(L, model, 2, 3);
    job.options.progress_every = lis_opt_number(L, 3, "progress_every", job.options.progress_every);
    listener ear = push_listener(L, 3);
    if (ear.at) {
        job.options.progress = on_progress;
        job.options.progress_arg = &ear;
    }
    luaL_checkstack(L, 8, NULL);
    lis_error error;
    lis_fit_result result;
    lis_model_retain(model); /* the callback may close the box */
    lis_status status = lis_model_fit(lis_bind_ctx(L), model, job.feed, job.row, job.count,
                                      &job.options, &result, &error);
    lis_model_release(model);
    if (ear.failed) return lua_error(L);
    if (!ear.stopped) lis_bind_check(L, status, &error);
    push_result(L, &result, ear.stopped);
    return 1;
}

/* Reads job `index` of the list at 1 and keeps what it needs in the table of anchors. */
static lis_fit_job read_job(lua_State *L, lua_Integer index, int anchors) {
    static const char *const known[] = {FIT_OPTIONS, "model", "feed", NULL};
    int base = lua_gettop(L);
    lua_rawgeti(L, 1, index);
    luaL_argcheck(L, lua_istable(L, -1), 1, "each job is a table { model =, feed =, ... }");
    lis_opt_known(L, base + 1, known);
    lua_getfield(L, base + 1, "model");
    lis_model *model = lis_check_model(L, base + 2);
    lua_getfield(L, base + 1, "feed");
    lis_fit_job job = push_job(L, model, base + 3, base + 1);
    while (lua_gettop(L) > base)
        lua_rawseti(L, anchors, (lua_Integer)lua_rawlen(L, anchors) + 1);
    return job;
}

/* nn.fit_all({{model =, feed =, and what m:fit takes but progress}, ...}, {progress = function(info) end,
 * progress_every = 0.2}) -> a list of what m:fit gives */
int lis_models_fit_lua(lua_State *L) {
    static const char *const known[] = {"progress", "progress_every", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    lis_opt_known(L, 2, known);
    int64_t jobs = (int64_t)lua_rawlen(L, 1);
    lis_fit_job *job = lua_newuserdatauv(L, (size_t)(jobs + 1) * sizeof *job, 0);
    lua_newtable(L);
    for (int64_t j = 0; j < jobs; j++)
        job[j] = read_job(L, j + 1, 4);
    listener ear = {.L = L};
    lis_fits_watch watch = {.every = 0.2, .progress = on_progress_of_all, .arg = &ear};
    if (!lua_isnil(L, 2)) {
        watch.every = lis_opt_number(L, 2, "progress_every", watch.every);
        ear = push_listener(L, 2);
    }
    luaL_checkstack(L, 8, NULL);
    lis_error error;
    for (int64_t j = 0; j < jobs; j++)
        lis_model_retain(job[j].model); /* the callback may close their boxes */
    lis_status status = lis_models_fit(lis_bind_ctx(L), job, jobs, ear.at ? &watch : NULL, &error);
    for (int64_t j = 0; j < jobs; j++)
        lis_model_release(job[j].model);
    if (ear.failed) return lua_error(L);
    if (!ear.stopped) lis_bind_check(L, status, &error);
    lua_createtable(L, (int)jobs, 0);
    for (int64_t j = 0; j < jobs; j++) {
        push_result(L, &job[j].result, ear.stopped);
        lua_rawseti(L, -2, j + 1);
    }
    return 1;
}
