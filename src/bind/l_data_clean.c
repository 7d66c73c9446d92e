/* core.data: what cleaning a log needs (lua/lis/log/clean.lua puts the steps together). */
#include "check.h"
#include "l_data.h"
#include "lis/data/clean.h"
#include "lis/data/timestamp.h"
#include "open.h"

static lis_dict *test_dict(lua_State *L, int at) {
    lis_dict **box = lis_box_test(L, at, &lis_box_dict);
    if (box && !*box) lis_arg_fail(L, "dict", "the dictionary was closed");
    return box ? *box : NULL;
}

/* A dictionary, or a number of codes: *n is the number of codes in any case. */
static const lis_dict *check_ids(lua_State *L, int at, int64_t *n) {
    const lis_dict *dict = test_dict(L, at);
    *n = dict ? lis_dict_size(dict) : lis_check_integer(L, at, "ids", 0, INT32_MAX);
    return dict;
}

static lis_tensor *new_tensor(lua_State *L, lis_dtype dtype, int64_t n) {
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_1d(out, dtype, n, &error), &error);
    return out;
}

static lis_tensor *require_1d(lua_State *L, const char *name, lis_dtype dtype, int64_t n) {
    lis_tensor *tensor = lis_opt_tensor_1d(L, 1, name, dtype, n);
    if (!tensor) lis_arg_fail(L, name, "is missing");
    return tensor;
}

static lis_clean_rows check_rows(lua_State *L) {
    const lis_tensor *user = require_1d(L, "user", LIS_I32, -1);
    const lis_tensor *item = require_1d(L, "item", LIS_I32, user->shape[0]);
    return (lis_clean_rows){.rows = user->shape[0],
                            .user = lis_i32(user),
                            .item = lis_i32(item),
                            .users = lis_opt_integer(L, 1, "users", 0, 0, INT32_MAX),
                            .items = lis_opt_integer(L, 1, "items", 0, 0, INT32_MAX)};
}

static void set_count(lua_State *L, const char *name, int64_t count) {
    lua_pushinteger(L, count);
    lua_setfield(L, -2, name);
}

/* data.k_core{user=, item=, users=, items=, least_user=, least_item=} -> T u8, counts */
static int data_k_core(lua_State *L) {
    static const char *const known[] = {"user",       "item",       "users", "items",
                                        "least_user", "least_item", NULL};
    lua_settop(L, 1);
    lis_opt_known(L, 1, known);
    lis_clean_rows log = check_rows(L);
    int64_t least_user = lis_opt_integer(L, 1, "least_user", 1, 1, INT32_MAX);
    int64_t least_item = lis_opt_integer(L, 1, "least_item", 1, 1, INT32_MAX);
    lis_error error;
    lis_k_core found;
    lis_tensor *keep = new_tensor(L, LIS_U8, log.rows);
    lis_bind_check(L,
                   lis_clean_k_core(lis_bind_ctx(L), lis_u8(keep), &log, least_user, least_item,
                                    &found, &error),
                   &error);
    lua_createtable(L, 0, 4);
    set_count(L, "rows", found.rows);
    set_count(L, "users", found.users);
    set_count(L, "items", found.items);
    set_count(L, "passes", found.passes);
    return 2;
}

/* data.distinct{user=, item=, users=, items=, time=, value=, same_time=, keep=} -> T u8 */
static int data_distinct(lua_State *L) {
    static const char *const known[] = {"user",  "item",      "users", "items", "time",
                                        "value", "same_time", "keep",  NULL};
    static const char *const ways[] = {"first", "last", "max", NULL};
    lua_settop(L, 1);
    lis_opt_known(L, 1, known);
    lis_clean_rows log = check_rows(L);
    const lis_tensor *time = lis_opt_tensor_1d(L, 1, "time", LIS_I64, log.rows);
    const lis_tensor *value = lis_opt_tensor_1d(L, 1, "value", LIS_F64, log.rows);
    bool same_time = lis_opt_boolean(L, 1, "same_time", false);
    lis_keep which = (lis_keep)lis_opt_choice(L, 1, "keep", ways, LIS_KEEP_FIRST);
    if (which == LIS_KEEP_MAX && !value)
        lis_arg_fail(L, "value", "is missing: keep = \"max\" needs one");
    lis_error error;
    lis_tensor *keep = new_tensor(L, LIS_U8, log.rows);
    lis_bind_check(L,
                   lis_clean_distinct(lis_bind_ctx(L), lis_u8(keep), &log,
                                      time ? lis_i64(time) : NULL, value ? lis_f64(value) : NULL,
                                      same_time, which, &error),
                   &error);
    return 1;
}

/* data.share(dict | n, share, seed) -> T u8 [codes]: those of a sample */
static int data_share(lua_State *L) {
    int64_t n;
    const lis_dict *dict = check_ids(L, 1, &n);
    double share = lis_check_number(L, 2, "share");
    int64_t seed = lis_check_integer(L, 3, "seed", INT64_MIN, INT64_MAX);
    if (!(share >= 0 && share <= 1)) lis_arg_fail(L, "share", "wanted 0 to 1, got %g", share);
    lis_clean_share(lis_u8(new_tensor(L, LIS_U8, n)), dict, n, share, seed);
    return 1;
}

/* data.recode(codes, dict | n) -> T i32 new codes, T i32 old code of each, T i32 new code of each old,
 * dict or nil */
static int data_recode(lua_State *L) {
    const lis_tensor *codes = lis_check_tensor_1d(L, 1, "codes", LIS_I32, -1);
    int64_t size, n;
    const lis_dict *dict = check_ids(L, 2, &size);
    lis_error error;
    lua_settop(L, 2);
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_copy_as(out, codes, LIS_I32, &error), &error);
    lis_tensor *kept = lis_box_new(L, &lis_box_tensor);
    lis_tensor *fresh = new_tensor(L, LIS_I32, size);
    lis_tensor *old = new_tensor(L, LIS_I32, size), used;
    lis_bind_check(L,
                   lis_clean_recode(lis_i32(out), out->shape[0], size, lis_i32(old), lis_i32(fresh),
                                    &n, &error),
                   &error);
    lis_bind_check(L, lis_tensor_slice(&used, old, 0, 0, n, &error), &error);
    lis_bind_check(L, lis_tensor_copy_as(kept, &used, LIS_I32, &error), &error);
    lua_pop(L, 1);
    if (!dict) return 3;
    lis_dict **strings = lis_box_new(L, &lis_box_dict);
    lis_bind_check(L, lis_clean_dict(strings, dict, lis_i32(kept), n, &error), &error);
    return 4;
}

/* data.remap(codes, fresh) -> T i32: fresh[code], -1 where there is no code */
static int data_remap(lua_State *L) {
    const lis_tensor *codes = lis_check_tensor_1d(L, 1, "codes", LIS_I32, -1);
    const lis_tensor *fresh = lis_check_tensor_1d(L, 2, "fresh", LIS_I32, -1);
    lis_error error;
    lis_tensor *out = new_tensor(L, LIS_I32, codes->shape[0]);
    lis_bind_check(L,
                   lis_clean_remap(lis_i32(out), lis_i32(codes), codes->shape[0], lis_i32(fresh),
                                   fresh->shape[0], &error),
                   &error);
    return 1;
}

/* data.parse_time(text, format = "iso") -> seconds since 1970, nil where it is no such time */
static int data_parse_time(lua_State *L) {
    size_t length;
    const char *text = lis_check_text(L, 1, "text", &length);
    const char *format = lua_isnoneornil(L, 2) ? "iso" : lis_check_text(L, 2, "format", NULL);
    lis_error error;
    int64_t seconds;
    lis_bind_check(L, lis_time_check(format, &error), &error);
    if (lis_time_parse(format, text, length, &seconds))
        lua_pushinteger(L, seconds);
    else
        lua_pushnil(L);
    return 1;
}

/* ---- a table of columns in memory */

/* The column {name, tensor, dict or nil} on top of the stack. */
static void set_column(lua_State *L, lis_table *table, int64_t at) {
    lis_error error;
    if (!lua_istable(L, -1)) lis_arg_fail(L, "columns", "wanted a list of {name, tensor, dict}");
    luaL_checkstack(L, 8, NULL);
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    lua_rawgeti(L, -3, 3);
    int top = lua_gettop(L);
    const char *name = lis_check_text(L, top - 2, "name", NULL);
    const lis_tensor *values = lis_check_contiguous(L, top - 1, name);
    if (at == 0) table->rows = values->ndim == 1 ? values->shape[0] : -1;
    lis_bind_check(L, lis_table_set(table, at, name, values, test_dict(L, top), &error), &error);
    lua_settop(L, top - 3);
}

/* data.columns{{name, T, dict or nil}, ...} -> table that shares them */
static int data_columns(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lis_error error;
    int64_t columns = (int64_t)lua_rawlen(L, 1);
    if (columns == 0) lis_arg_fail(L, "columns", "wanted at least one");
    lis_table *table = lis_box_new(L, &lis_box_table);
    lis_bind_check(L, lis_table_new(table, 0, columns, &error), &error);
    for (int64_t c = 0; c < columns; c++) {
        lua_rawgeti(L, 1, c + 1);
        set_column(L, table, c);
        lua_settop(L, 2);
    }
    return 1;
}

void lis_data_add_clean(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"k_core", data_k_core},   {"distinct", data_distinct},
        {"share", data_share},     {"recode", data_recode},
        {"remap", data_remap},     {"parse_time", data_parse_time},
        {"columns", data_columns}, {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
}
