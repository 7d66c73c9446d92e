/* core.nn: models. m:fit, m:predict, m:parameters. */
#include <string.h>

#include "check.h"
#include "l_nn.h"
#include "lis/nn/checkpoint.h"
#include "open.h"

static void release_model(void *object) {
    lis_model_release(((lua_model *)object)->model);
}

static lis_model *check_model(lua_State *L, int at) {
    lua_model *box = lis_box_check(L, at, &lis_box_model, "model");
    if (!box->model) luaL_error(L, "this model has been closed");
    return box->model;
}

/* g:build{batch = 1024, dense_optimiser = "adam", table_optimiser = "adagrad", precision = "f32"}
 * -> model */
int lis_graph_build(lua_State *L) {
    static const char *const known[] = {"batch", "dense_optimiser", "table_optimiser", "precision",
                                        NULL};
    lis_graph *graph = lis_check_graph(L, 1);
    lis_opt_known(L, 2, known);
    lis_model_options options = {.batch = lis_opt_integer(L, 2, "batch", 1024, 1, 1 << 20),
                                 .dense_optimiser = lis_opt_string(L, 2, "dense_optimiser", NULL),
                                 .table_optimiser = lis_opt_string(L, 2, "table_optimiser", NULL),
                                 .precision = lis_opt_string(L, 2, "precision", NULL)};
    lis_error error;
    lua_model *box = lis_box_new(L, &lis_box_model);
    lis_bind_check(L, lis_model_build(lis_bind_ctx(L), &box->model, graph, &options, &error),
                   &error);
    return 1;
}

/* The codes of rows to go through: a tensor at `at`, or nil for all rows in order. Pushes it. */
static const lis_tensor *push_rows(lua_State *L, int at, int64_t rows) {
    if (!lua_isnoneornil(L, at)) {
        lua_pushvalue(L, at);
        return lis_check_tensor_1d(L, lua_gettop(L), "rows", LIS_I32, -1);
    }
    lis_error error;
    lis_tensor *all = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_1d(all, LIS_I32, rows, &error), &error);
    for (int64_t r = 0; r < rows; r++)
        lis_i32(all)[r] = (int32_t)r;
    return all;
}

static void set_number(lua_State *L, const char *name, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, int64_t value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

/* The Lua side of a progress report: the function lies at `at`; what it raised stays on top. */
typedef struct listener {
    lua_State *L;
    int at;
    bool stopped; /* it returned false */
    bool failed;  /* it raised; the error is on top of the stack */
} listener;

static lis_status on_progress(void *arg, const lis_fit_progress *p, lis_error *err) {
    listener *l = arg;
    lua_State *L = l->L;
    lua_pushvalue(L, l->at);
    lua_createtable(L, 0, 7);
    set_integer(L, "epoch", p->epoch + 1);
    set_integer(L, "epochs", p->epochs);
    set_integer(L, "done", p->done);
    set_integer(L, "rows", p->rows);
    set_number(L, "loss", p->loss);
    set_number(L, "rows_per_second", p->rows_per_second);
    set_number(L, "seconds", p->seconds);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
        l->failed = true;
        return lis_fail(err, LIS_ESTATE, "the progress function failed");
    }
    l->stopped = lua_isboolean(L, -1) && !lua_toboolean(L, -1);
    lua_pop(L, 1);
    return l->stopped ? lis_fail(err, LIS_ESTATE, "stopped") : LIS_OK;
}

static lis_fit_options fit_options(lua_State *L, int at) {
    static const char *const known[] = {
        "rows",         "epochs",         "skip",     "shuffle_seed",
        "table_lr",     "dense_lr",       "l1",       "l2",
        "weight_decay", "clip",           "schedule", "warmup",
        "progress",     "progress_every", "ahead",    NULL};
    lis_opt_known(L, at, known);
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
    o.progress_every = lis_opt_number(L, at, "progress_every", o.progress_every);
    lua_getfield(L, at, "shuffle_seed");
    o.shuffle = !lua_isnil(L, -1);
    lua_pop(L, 1);
    if (o.shuffle)
        o.shuffle_seed = (uint64_t)lis_opt_integer(L, at, "shuffle_seed", 0, INT64_MIN, INT64_MAX);
    return o;
}

/* m:fit(feed, {rows =, epochs = 1, skip = 0, shuffle_seed =, table_lr = 0.05, dense_lr = 1e-3, l1 = 0, l2 = 0,
 * weight_decay = 0, clip = 0, schedule = "constant", warmup = 0, progress = function(info) end,
 * progress_every = 0.2, ahead = T f32 [rows of the feed]})
 * -> {loss =, seconds =, rows =, steps =, stopped =} */
static int fit(lua_State *L) {
    lis_model *model = check_model(L, 1);
    lua_settop(L, 3);
    if (lua_isnil(L, 3)) {
        lua_newtable(L);
        lua_replace(L, 3);
    }
    lis_fit_options options = fit_options(L, 3);
    int64_t rows;
    const lis_feed *feed = lis_push_feed(L, 2, model, &rows);
    lua_getfield(L, 3, "rows");
    const lis_tensor *order = push_rows(L, lua_gettop(L), rows);
    lua_getfield(L, 3, "progress");
    listener ear = {.L = L, .at = lua_gettop(L)};
    if (!lua_isnil(L, -1)) {
        luaL_checktype(L, ear.at, LUA_TFUNCTION);
        options.progress = on_progress;
        options.progress_arg = &ear;
    }
    lua_getfield(L, 3, "ahead");
    if (!lua_isnil(L, -1))
        options.ahead = lis_f32(lis_check_tensor_1d(L, lua_gettop(L), "ahead", LIS_F32, rows));
    luaL_checkstack(L, 8, NULL);
    lis_error error;
    lis_fit_result result;
    lis_model_retain(model); /* the callback may close the box */
    lis_status status = lis_model_fit(lis_bind_ctx(L), model, feed, lis_i32(order), order->shape[0],
                                      &options, &result, &error);
    lis_model_release(model);
    if (ear.failed) return lua_error(L);
    if (!ear.stopped) lis_bind_check(L, status, &error);
    lua_createtable(L, 0, 5);
    set_number(L, "loss", result.loss);
    set_number(L, "seconds", result.seconds);
    set_integer(L, "rows", result.rows);
    set_integer(L, "steps", result.steps);
    lua_pushboolean(L, ear.stopped);
    lua_setfield(L, -2, "stopped");
    return 1;
}

/* m:predict(feed, rows, {head = 1}) -> T f32 logits; head: which loss, in the order added */
static int predict(lua_State *L) {
    static const char *const known[] = {"head", NULL};
    lis_model *model = check_model(L, 1);
    lua_settop(L, 4);
    lis_opt_known(L, 4, known);
    int head = (int)lis_opt_integer(L, 4, "head", 1, 1, 1 << 20) - 1;
    int64_t rows;
    lis_error error;
    const lis_feed *feed = lis_push_feed(L, 2, model, &rows);
    const lis_tensor *order = push_rows(L, 3, rows);
    lis_tensor *logit = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_1d(logit, LIS_F32, order->shape[0], &error), &error);
    lis_bind_check(L,
                   lis_model_predict(lis_bind_ctx(L), model, feed, head, lis_i32(order),
                                     order->shape[0], lis_f32(logit), &error),
                   &error);
    return 1;
}

static void drop_view(void *owner) {
    lis_model_release(owner);
}

/* m:parameters() -> {name = T f32 [rows, columns]}: views that keep the model alive */
static int parameters(lua_State *L) {
    lis_model *model = check_model(L, 1);
    lua_newtable(L);
    for (int i = 0; i < lis_model_parameters(model); i++) {
        lis_parameter p = lis_model_parameter(model, i);
        const int64_t shape[] = {p.rows, p.columns};
        lis_error error;
        lis_tensor *view = lis_box_new(L, &lis_box_tensor);
        lis_model_retain(model);
        lis_status status =
            lis_tensor_wrap(view, LIS_F32, 2, shape, p.value, drop_view, model, &error);
        if (status != LIS_OK) lis_model_release(model);
        lis_bind_check(L, status, &error);
        lua_setfield(L, -2, p.name);
    }
    return 1;
}

/* m:save(path): also from a progress function */
static int save(lua_State *L) {
    lis_error error;
    const lis_model *model = check_model(L, 1);
    const char *path = lis_check_text(L, 2, "path", NULL);
    lis_bind_check(L, lis_model_save(model, path, &error), &error);
    return 0;
}

/* m:load(path) -> rows its fit had trained: the `skip` of a fit that goes on */
static int load(lua_State *L) {
    lis_error error;
    int64_t done;
    lis_model *model = check_model(L, 1);
    const char *path = lis_check_text(L, 2, "path", NULL);
    lis_bind_check(L, lis_model_load(model, path, &done, &error), &error);
    lua_pushinteger(L, done);
    return 1;
}

/* m:adopt(other) -> number of parameters taken over by name and shape */
static int adopt(lua_State *L) {
    lis_model *model = check_model(L, 1);
    lua_pushinteger(L, lis_model_adopt(model, check_model(L, 2)));
    return 1;
}

static int steps(lua_State *L) {
    lua_pushinteger(L, lis_model_steps(check_model(L, 1)));
    return 1;
}

static int batch(lua_State *L) {
    lua_pushinteger(L, lis_model_batch(check_model(L, 1)));
    return 1;
}

static int precision(lua_State *L) {
    lua_pushstring(L, lis_model_precision(check_model(L, 1)));
    return 1;
}

static const luaL_Reg model_methods[] = {
    {"fit", fit},     {"predict", predict}, {"parameters", parameters},
    {"steps", steps}, {"batch", batch},     {"precision", precision},
    {"save", save},   {"load", load},       {"adopt", adopt},
    {NULL, NULL}};

static const luaL_Reg model_metamethods[] = {{"__tostring", lis_model_tostring}, {NULL, NULL}};

const lis_box_type lis_box_model = {.name = "lis.model",
                                    .size = sizeof(lua_model),
                                    .release = release_model,
                                    .methods = model_methods,
                                    .metamethods = model_metamethods};
