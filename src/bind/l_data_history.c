/* core.data: histories as of each row, and what is computed over them. */
#include <string.h>

#include "check.h"
#include "l_data.h"
#include "lis/data/similarity.h"
#include "open.h"

enum { MAX_LENGTH = 50 }; /* history items looked at where nobody says */

static void release_history(void *object) {
    lis_history_free(object);
}

static const lis_history *check_history(lua_State *L, const char *what) {
    const lis_history *history = lis_box_check(L, 1, &lis_box_history, what);
    if (!history->begin) lis_arg_fail(L, what, "the history was closed");
    return history;
}

/* ---- the box */

static int history_rows(lua_State *L) {
    lua_pushinteger(L, check_history(L, "self")->rows);
    return 1;
}

static int history_events(lua_State *L) {
    lua_pushinteger(L, check_history(L, "self")->events);
    return 1;
}

/* history:lengths(max) -> T i32 [rows] */
static int history_lengths(lua_State *L) {
    const lis_history *history = check_history(L, "self");
    int64_t max = lua_isnoneornil(L, 2) ? INT32_MAX : lis_check_integer(L, 2, "max", 0, INT32_MAX);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_1d(out, LIS_I32, history->rows, &error), &error);
    lis_history_lengths(history, max, lis_i32(out));
    return 1;
}

/* history:row(i, max) -> list of item codes, oldest first; i from 1 */
static int history_row(lua_State *L) {
    const lis_history *history = check_history(L, "self");
    int64_t r = lis_check_index(L, 2, history->rows, "i"), n;
    int64_t max = lua_isnoneornil(L, 3) ? INT64_MAX : lis_check_integer(L, 3, "max", 0, INT64_MAX);
    const int32_t *item = lis_history_view(history, r, max, &n);
    lua_createtable(L, n < INT32_MAX ? (int)n : 0, 0);
    for (int64_t k = 0; k < n; k++) {
        lua_pushinteger(L, item[k]);
        lua_rawseti(L, -2, k + 1);
    }
    return 1;
}

static int history_tostring(lua_State *L) {
    const lis_history *history = lis_box_check(L, 1, &lis_box_history, "self");
    if (history->begin)
        lua_pushfstring(L, "history of %I rows, %I events", (LUAI_UACINT)history->rows,
                        (LUAI_UACINT)history->events);
    else
        lua_pushliteral(L, "history (closed)");
    return 1;
}

static const luaL_Reg history_methods[] = {
    {"rows", history_rows},
    {"events", history_events},
    {"lengths", history_lengths},
    {"row", history_row},
    {NULL, NULL},
};

static const luaL_Reg history_operators[] = {
    {"__len", history_rows},
    {"__tostring", history_tostring},
    {NULL, NULL},
};

const lis_box_type lis_box_history = {.name = "lis.history",
                                      .size = sizeof(lis_history),
                                      .release = release_history,
                                      .methods = history_methods,
                                      .metamethods = history_operators};

/* ---- making one */

static const lis_tensor *need_tensor(lua_State *L, int at, const char *name, lis_dtype dtype,
                                     int64_t n, const char *wanted) {
    const lis_tensor *tensor = lis_opt_tensor_1d(L, at, name, dtype, n);
    lis_error error;
    if (tensor) return tensor;
    lis_fail(&error, LIS_EARG, "option '%s' is missing: wanted %s", name, wanted);
    lis_bind_raise(L, &error);
    return NULL;
}

/* The option seeds = {row = T i32 [rows], offset = T i64 [lists + 1], item = T i32}. */
static void check_seeds(lua_State *L, lis_history_source *source) {
    static const char *const known[] = {"row", "offset", "item", NULL};
    if (lua_getfield(L, 1, "seeds") == LUA_TNIL) return;
    int at = lua_gettop(L);
    lis_opt_known(L, at, known);
    const lis_tensor *row = need_tensor(L, at, "row", LIS_I32, source->rows,
                                        "the list that each row starts from, i32, -1 for none");
    const lis_tensor *offset =
        need_tensor(L, at, "offset", LIS_I64, -1, "where each list begins, i64 [lists + 1]");
    const lis_tensor *item =
        need_tensor(L, at, "item", LIS_I32, -1, "the item codes of all lists, i32");
    int64_t lists = offset->shape[0] - 1;
    if (lists < 0 || lis_i64(offset)[lists] != item->shape[0])
        lis_arg_fail(L, "seeds", "offset must end with the number of items, %d",
                     (int)item->shape[0]);
    source->seed = lis_i32(row);
    source->seeds = lists;
    source->seed_offset = lis_i64(offset);
    source->seed_item = lis_i32(item);
}

/* One more than the largest code: the number of users where the caller does not say. */
static int64_t count_users(const lis_tensor *user) {
    int64_t users = 0;
    for (int64_t r = 0; r < user->shape[0]; r++)
        if (lis_i32(user)[r] >= users) users = (int64_t)lis_i32(user)[r] + 1;
    return users;
}

/* data.history{user=, item=, time=, engaged=, users=, seeds=} -> history */
static int data_history(lua_State *L) {
    static const char *const known[] = {"user", "item", "time", "engaged", "users", "seeds", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lis_opt_known(L, 1, known);
    const lis_tensor *user =
        need_tensor(L, 1, "user", LIS_I32, -1, "the user code of each row, i32");
    lis_history_source source = {.rows = user->shape[0], .user = lis_i32(user)};
    source.item =
        lis_i32(need_tensor(L, 1, "item", LIS_I32, source.rows, "the item code of each row, i32"));
    source.time =
        lis_i64(need_tensor(L, 1, "time", LIS_I64, source.rows, "the time of each row, i64"));
    const lis_tensor *engaged = lis_opt_tensor_1d(L, 1, "engaged", LIS_U8, source.rows);
    source.engaged = engaged ? lis_u8(engaged) : NULL;
    source.users = lis_opt_integer(L, 1, "users", count_users(user), 0, INT32_MAX);
    check_seeds(L, &source);
    lis_error error;
    lis_history *out = lis_box_new(L, &lis_box_history);
    lis_bind_check(L, lis_history_new(lis_bind_ctx(L), out, &source, &error), &error);
    return 1;
}

/* ---- computing */

/* data.history_mean(history, vectors, {offset=, max=50}) -> T f32 [n, d] */
static int data_history_mean(lua_State *L) {
    static const char *const known[] = {"offset", "max", NULL};
    lua_settop(L, 3);
    const lis_history *history = check_history(L, "history");
    const lis_tensor *vectors = lis_check_tensor_2d(L, 2, "vectors", LIS_F32, -1, -1);
    lis_opt_known(L, 3, known);
    const lis_tensor *offset = lis_opt_tensor_1d(L, 3, "offset", LIS_I32, history->rows);
    int64_t max = lis_opt_integer(L, 3, "max", MAX_LENGTH, 0, INT64_MAX);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_2d(out, LIS_F32, history->rows, vectors->shape[1], &error),
                   &error);
    lis_bind_check(L, lis_history_mean(lis_bind_ctx(L), out, history, vectors, offset, max, &error),
                   &error);
    return 1;
}

/* The option edges = {number, ...} between tiers; false where it is absent. */
static bool opt_edges(lua_State *L, float edges[LIS_TIERS_MAX], int64_t *count) {
    if (!lua_istable(L, 4) || lua_getfield(L, 4, "edges") == LUA_TNIL) return false;
    if (!lua_istable(L, -1))
        lis_arg_fail(L, "edges", "wanted a list of numbers, got %s", lis_type_name(L, -1));
    *count = (int64_t)lua_rawlen(L, -1);
    if (*count >= LIS_TIERS_MAX)
        lis_arg_fail(L, "edges", "wanted at most %d, got %d", LIS_TIERS_MAX - 1, (int)*count);
    for (int64_t i = 0; i < *count; i++) {
        lua_rawgeti(L, -1, i + 1);
        edges[i] = (float)lis_check_number(L, -1, "edges");
        lua_pop(L, 1);
    }
    return true;
}

/* data.similarity(history, target, vectors, {offset=, max=50, tiers=4, edges=}) -> T f32 [n, w] */
static int data_similarity(lua_State *L) {
    static const char *const known[] = {"offset", "max", "tiers", "edges", NULL};
    float edges[LIS_TIERS_MAX];
    int64_t count = 0;
    lua_settop(L, 4);
    const lis_history *history = check_history(L, "history");
    const lis_tensor *target = lis_check_tensor_1d(L, 2, "target", LIS_I32, history->rows);
    const lis_tensor *vectors = lis_check_tensor_2d(L, 3, "vectors", LIS_F32, -1, -1);
    lis_opt_known(L, 4, known);
    const lis_tensor *offset = lis_opt_tensor_1d(L, 4, "offset", LIS_I32, history->rows);
    int64_t max = lis_opt_integer(L, 4, "max", MAX_LENGTH, 0, INT64_MAX);
    lis_tiers tiers = {.count = lis_opt_integer(L, 4, "tiers", 4, 0, LIS_TIERS_MAX)};
    if (opt_edges(L, edges, &count)) tiers = (lis_tiers){.count = count + 1, .edges = edges};
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    int64_t width = LIS_SIMILARITY_HEAD + tiers.count;
    lis_bind_check(L, lis_tensor_new_2d(out, LIS_F32, history->rows, width, &error), &error);
    lis_bind_check(L,
                   lis_history_similarity(lis_bind_ctx(L), out, history, target, vectors, offset,
                                          max, &tiers, &error),
                   &error);
    return 1;
}

void lis_data_add_history(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"history", data_history},
        {"history_mean", data_history_mean},
        {"similarity", data_similarity},
        {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
}
