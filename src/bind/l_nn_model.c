/* core.nn: models. m:predict, m:parameters, checkpoints; m:fit is in l_nn_fit.c. */
#include "check.h"
#include "l_nn.h"
#include "lis/nn/checkpoint.h"
#include "open.h"

static void release_model(void *object) {
    lis_model_release(((lua_model *)object)->model);
}

lis_model *lis_check_model(lua_State *L, int at) {
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

const lis_tensor *lis_push_rows(lua_State *L, int at, int64_t rows) {
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

/* m:predict(feed, rows, {head = 1}) -> T f32 logits; head: which loss, in the order added */
static int predict(lua_State *L) {
    static const char *const known[] = {"head", NULL};
    lis_model *model = lis_check_model(L, 1);
    lua_settop(L, 4);
    lis_opt_known(L, 4, known);
    int head = (int)lis_opt_integer(L, 4, "head", 1, 1, 1 << 20) - 1;
    int64_t rows;
    lis_error error;
    const lis_feed *feed = lis_push_feed(L, 2, model, &rows);
    const lis_tensor *order = lis_push_rows(L, 3, rows);
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
    lis_model *model = lis_check_model(L, 1);
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
    const lis_model *model = lis_check_model(L, 1);
    const char *path = lis_check_text(L, 2, "path", NULL);
    lis_bind_check(L, lis_model_save(model, path, &error), &error);
    return 0;
}

/* m:load(path) -> rows its fit had trained: the `skip` of a fit that goes on */
static int load(lua_State *L) {
    lis_error error;
    int64_t done;
    lis_model *model = lis_check_model(L, 1);
    const char *path = lis_check_text(L, 2, "path", NULL);
    lis_bind_check(L, lis_model_load(model, path, &done, &error), &error);
    lua_pushinteger(L, done);
    return 1;
}

/* m:adopt(other) -> number of parameters taken over by name and shape */
static int adopt(lua_State *L) {
    lis_model *model = lis_check_model(L, 1);
    lua_pushinteger(L, lis_model_adopt(model, lis_check_model(L, 2)));
    return 1;
}

static int steps(lua_State *L) {
    lua_pushinteger(L, lis_model_steps(lis_check_model(L, 1)));
    return 1;
}

static int batch(lua_State *L) {
    lua_pushinteger(L, lis_model_batch(lis_check_model(L, 1)));
    return 1;
}

static int precision(lua_State *L) {
    lua_pushstring(L, lis_model_precision(lis_check_model(L, 1)));
    return 1;
}

static const luaL_Reg model_methods[] = {{"fit", lis_model_fit_lua},
                                         {"predict", predict},
                                         {"parameters", parameters},
                                         {"steps", steps},
                                         {"batch", batch},
                                         {"precision", precision},
                                         {"save", save},
                                         {"load", load},
                                         {"adopt", adopt},
                                         {NULL, NULL}};

static const luaL_Reg model_metamethods[] = {{"__tostring", lis_model_tostring}, {NULL, NULL}};

const lis_box_type lis_box_model = {.name = "lis.model",
                                    .size = sizeof(lua_model),
                                    .release = release_model,
                                    .methods = model_methods,
                                    .metamethods = model_metamethods};
