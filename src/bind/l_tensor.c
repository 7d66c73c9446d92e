/* core.tensor: making tensors, views of them, single elements. Indices are 1-based here, and ranges
 * include both ends; codes inside tensors stay 0-based. */
#include "l_tensor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "box.h"
#include "check.h"
#include "lis/base/mem.h"
#include "lis/base/rng.h"
#include "lis/tensor/ops_elem.h"
#include "lis/tensor/ops_gather.h"
#include "open.h"

/* Row `at` of a tensor of more than one dimension. */
static lis_tensor row_of(lua_State *L, const lis_tensor *tensor, int64_t at) {
    lis_tensor row;
    lis_error error;
    lis_bind_check(L, lis_tensor_select(&row, tensor, 0, at, &error), &error);
    return row;
}

/* ---- elements */

/* i64 apart: above 2^53 a double would round. */
void lis_tensor_push_element(lua_State *L, const lis_tensor *tensor, const int64_t *index) {
    int64_t offset = 0;
    for (int i = 0; i < tensor->ndim; i++)
        offset += index[i] * tensor->stride[i];
    if (tensor->dtype == LIS_I64)
        lua_pushinteger(L, lis_i64(tensor)[offset]);
    else if (tensor->dtype == LIS_F32 || tensor->dtype == LIS_F64)
        lua_pushnumber(L, lis_tensor_get(tensor, index));
    else
        lua_pushinteger(L, (lua_Integer)lis_tensor_get(tensor, index));
}

void lis_tensor_set_element(lua_State *L, const lis_tensor *tensor, const int64_t *index, int at) {
    double value = lis_check_number(L, at, "value");
    int64_t offset = 0;
    for (int i = 0; i < tensor->ndim; i++)
        offset += index[i] * tensor->stride[i];
    if (tensor->dtype == LIS_I64 && lua_isinteger(L, at))
        lis_i64(tensor)[offset] = lua_tointeger(L, at);
    else if (!lis_tensor_set(tensor, index, value))
        lis_arg_fail(L, "value", "%.14g does not fit %s", value, lis_dtype_name(tensor->dtype));
}

/* Indices from stack position `at` on, one a dimension. */
static void read_index(lua_State *L, int at, const lis_tensor *tensor, int given, int64_t *index) {
    char text[LIS_TENSOR_TEXT];
    if (given != tensor->ndim)
        lis_arg_fail(L, "index", "%s takes %d indices, got %d", lis_tensor_describe(tensor, text),
                     tensor->ndim, given);
    for (int i = 0; i < tensor->ndim; i++)
        index[i] = lis_check_index(L, at + i, tensor->shape[i], "index");
}

static int tensor_get(lua_State *L) {
    int64_t index[LIS_TENSOR_DIMS];
    const lis_tensor *tensor = lis_check_tensor(L, 1, "self");
    read_index(L, 2, tensor, lua_gettop(L) - 1, index);
    lis_tensor_push_element(L, tensor, index);
    return 1;
}

static int tensor_set(lua_State *L) {
    int64_t index[LIS_TENSOR_DIMS];
    const lis_tensor *tensor = lis_check_tensor(L, 1, "self");
    read_index(L, 2, tensor, lua_gettop(L) - 2, index);
    lis_tensor_set_element(L, tensor, index, lua_gettop(L));
    return 0;
}

/* t[i]: a number of a 1-d tensor, a view of a row otherwise; nil outside, as with Lua's tables. A table
 * is a range; any other key is a method's name. */
static int tensor_index(lua_State *L) {
    int type = lua_type(L, 2);
    if (type != LUA_TNUMBER && type != LUA_TTABLE) {
        lua_pushvalue(L, 2);
        lua_rawget(L, lua_upvalueindex(1));
        return 1;
    }
    const lis_tensor *tensor = lis_check_tensor(L, 1, "self");
    if (type == LUA_TTABLE) {
        lis_tensor view = lis_tensor_view_at(L, tensor, 2);
        lis_push_view(L, &view);
        return 1;
    }
    int64_t at = lis_check_integer(L, 2, "index", INT64_MIN, INT64_MAX) - 1;
    if (at < 0 || at >= tensor->shape[0]) {
        lua_pushnil(L);
    } else if (tensor->ndim == 1) {
        lis_tensor_push_element(L, tensor, &at);
    } else {
        lis_tensor row = row_of(L, tensor, at);
        lis_push_view(L, &row);
    }
    return 1;
}

/* t[i] = number | tensor: an element, or a row or range filled or copied. */
static int tensor_newindex(lua_State *L) {
    lis_error error;
    lis_tensor part;
    const lis_tensor *tensor = lis_check_tensor(L, 1, "self");
    if (lua_istable(L, 2)) {
        part = lis_tensor_view_at(L, tensor, 2);
    } else {
        int64_t at = lis_check_index(L, 2, tensor->shape[0], "index");
        if (tensor->ndim == 1) {
            lis_tensor_set_element(L, tensor, &at, 3);
            return 0;
        }
        part = row_of(L, tensor, at);
    }
    if (lua_type(L, 3) == LUA_TNUMBER)
        lis_bind_check(L, lis_tensor_fill(&part, lua_tonumber(L, 3), &error), &error);
    else
        lis_bind_check(L, lis_tensor_assign(&part, lis_check_tensor(L, 3, "value"), &error),
                       &error);
    return 0;
}

static int tensor_len(lua_State *L) {
    lua_pushinteger(L, lis_check_tensor(L, 1, "self")->shape[0]);
    return 1;
}

/* ---- asking */

static int check_dim(lua_State *L, int at, const lis_tensor *tensor) {
    return (int)lis_check_index(L, at, tensor->ndim, "dim");
}

static int tensor_size(lua_State *L) {
    const lis_tensor *tensor = lis_check_tensor(L, 1, "self");
    if (lua_isnoneornil(L, 2))
        lua_pushinteger(L, lis_tensor_size(tensor));
    else
        lua_pushinteger(L, tensor->shape[check_dim(L, 2, tensor)]);
    return 1;
}

static int tensor_shape(lua_State *L) {
    const lis_tensor *tensor = lis_check_tensor(L, 1, "self");
    lua_createtable(L, tensor->ndim, 0);
    for (int i = 0; i < tensor->ndim; i++) {
        lua_pushinteger(L, tensor->shape[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int tensor_dtype(lua_State *L) {
    lua_pushstring(L, lis_dtype_name(lis_check_tensor(L, 1, "self")->dtype));
    return 1;
}

static int tensor_hash(lua_State *L) {
    uint64_t hash;
    lis_error error;
    lis_bind_check(L, lis_tensor_hash(lis_check_tensor(L, 1, "self"), &hash, &error), &error);
    char hex[17];
    snprintf(hex, sizeof hex, "%016" PRIx64, hash);
    lua_pushstring(L, hex);
    return 1;
}

static void push_table(lua_State *L, const lis_tensor *tensor) {
    luaL_checkstack(L, 4, NULL);
    int64_t n = tensor->shape[0];
    lua_createtable(L, n < INT32_MAX ? (int)n : 0, 0);
    for (int64_t i = 0; i < n; i++) {
        if (tensor->ndim == 1) {
            lis_tensor_push_element(L, tensor, &i);
        } else {
            lis_tensor row = row_of(L, tensor, i);
            push_table(L, &row);
        }
        lua_rawseti(L, -2, i + 1);
    }
}

static int tensor_totable(lua_State *L) {
    push_table(L, lis_check_tensor(L, 1, "self"));
    return 1;
}

/* ---- views and copies */

static int tensor_slice(lua_State *L) {
    const lis_tensor *tensor = lis_check_tensor(L, 1, "self");
    int dim = check_dim(L, 2, tensor);
    int64_t n = tensor->shape[dim];
    /* begin = end + 1 is the empty range, so begin may be one past the last. */
    int64_t begin = lis_check_integer(L, 3, "begin", 1, n + 1);
    int64_t end = lis_check_integer(L, 4, "end", begin - 1, n);
    lis_tensor view;
    lis_error error;
    lis_bind_check(L, lis_tensor_slice(&view, tensor, dim, begin - 1, end, &error), &error);
    lis_push_view(L, &view);
    return 1;
}

static int tensor_select(lua_State *L) {
    const lis_tensor *tensor = lis_check_tensor(L, 1, "self");
    int dim = check_dim(L, 2, tensor);
    lis_tensor view;
    lis_error error;
    int64_t at = lis_check_index(L, 3, tensor->shape[dim], "index");
    lis_bind_check(L, lis_tensor_select(&view, tensor, dim, at, &error), &error);
    lis_push_view(L, &view);
    return 1;
}

static int tensor_transpose(lua_State *L) {
    lis_tensor view;
    lis_error error;
    const lis_tensor *tensor = lis_check_tensor(L, 1, "self");
    if (tensor->ndim != 2)
        lis_arg_fail(L, "self", "wanted a matrix, got %d dimensions", tensor->ndim);
    lis_bind_check(L, lis_tensor_transpose(&view, tensor, 0, 1, &error), &error);
    lis_push_view(L, &view);
    return 1;
}

/* Sizes from stack position `at` to `last`, or in one table; one may be -1 where `infer`. */
static int read_shape(lua_State *L, int at, int last, int64_t *shape, bool infer) {
    bool in_table = lua_istable(L, at);
    int n = in_table ? (int)lua_rawlen(L, at) : last - at + 1;
    if (n < 1 || n > LIS_TENSOR_DIMS)
        lis_arg_fail(L, "shape", "wanted 1 to %d sizes, got %d", LIS_TENSOR_DIMS, n);
    for (int i = 0; i < n; i++) {
        if (in_table)
            lua_rawgeti(L, at, i + 1);
        else
            lua_pushvalue(L, at + i);
        shape[i] = lis_check_integer(L, -1, "shape", infer ? -1 : 0, INT64_MAX);
        lua_pop(L, 1);
    }
    return n;
}

static int tensor_reshape(lua_State *L) {
    int64_t shape[LIS_TENSOR_DIMS];
    lis_tensor view;
    lis_error error;
    const lis_tensor *tensor = lis_check_tensor(L, 1, "self");
    int ndim = read_shape(L, 2, lua_gettop(L), shape, true);
    lis_bind_check(L, lis_tensor_reshape(&view, tensor, ndim, shape, &error), &error);
    lis_push_view(L, &view);
    return 1;
}

static int tensor_to(lua_State *L) {
    const lis_tensor *tensor = lis_check_tensor(L, 1, "self");
    lis_dtype dtype = lis_check_dtype(L, 2, tensor->dtype);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_copy_as(out, tensor, dtype, &error), &error);
    return 1;
}

static int tensor_copy(lua_State *L) {
    lua_settop(L, 1);
    return tensor_to(L);
}

static int tensor_fill(lua_State *L) {
    lis_error error;
    const lis_tensor *tensor = lis_check_tensor(L, 1, "self");
    lis_bind_check(L, lis_tensor_fill(tensor, lis_check_number(L, 2, "value"), &error), &error);
    lua_settop(L, 1);
    return 1;
}

/* ---- making */

static int core_new(lua_State *L) {
    int64_t shape[LIS_TENSOR_DIMS];
    luaL_checkany(L, 1);
    lis_dtype dtype = lis_check_dtype(L, 1, LIS_F32);
    int ndim = read_shape(L, 2, lua_gettop(L), shape, false);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new(out, dtype, ndim, shape, &error), &error);
    return 1;
}

static int core_full(lua_State *L) {
    int64_t shape[LIS_TENSOR_DIMS];
    luaL_checkany(L, 1);
    lis_dtype dtype = lis_check_dtype(L, 1, LIS_F32);
    double value = lis_check_number(L, 2, "value");
    int ndim = read_shape(L, 3, lua_gettop(L), shape, false);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new(out, dtype, ndim, shape, &error), &error);
    lis_bind_check(L, lis_tensor_fill(out, value, &error), &error);
    return 1;
}

static int core_arange(lua_State *L) {
    int64_t n = lis_check_integer(L, 1, "n", 0, INT64_MAX);
    lis_dtype dtype = lis_check_dtype(L, 2, LIS_I32);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_1d(out, dtype, n, &error), &error);
    for (int64_t i = 0; i < n; i++)
        if (!lis_tensor_set(out, &i, (double)i))
            lis_arg_fail(L, "n", "%lld does not fit %s", (long long)i, lis_dtype_name(dtype));
    return 1;
}

/* normal({n, d}, {seed = 0, purpose = "normal", scale = 1}) -> f32 */
static int core_normal(lua_State *L) {
    static const char *const known[] = {"seed", "purpose", "scale", NULL};
    int64_t shape[LIS_TENSOR_DIMS];
    if (!lua_istable(L, 1))
        lis_arg_fail(L, "shape", "wanted a table of sizes, got %s", lis_type_name(L, 1));
    int ndim = read_shape(L, 1, 1, shape, false);
    lis_opt_known(L, 2, known);
    uint64_t seed = (uint64_t)lis_opt_integer(L, 2, "seed", 0, INT64_MIN, INT64_MAX);
    lis_rng rng = lis_rng_open(seed, lis_opt_string(L, 2, "purpose", "normal"), 0);
    double scale = lis_opt_number(L, 2, "scale", 1.0);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new(out, LIS_F32, ndim, shape, &error), &error);
    lis_rng_fill_normal(&rng, lis_f32(out), lis_tensor_size(out), scale);
    return 1;
}

/* The shape of a nested list, read along its first items. The list is on top of the stack. */
static int nested_shape(lua_State *L, int64_t *shape) {
    int ndim = 0, top = lua_gettop(L);
    while (lua_istable(L, -1)) {
        if (ndim == LIS_TENSOR_DIMS)
            lis_arg_fail(L, "list", "nested deeper than %d dimensions", LIS_TENSOR_DIMS);
        shape[ndim++] = (int64_t)lua_rawlen(L, -1);
        luaL_checkstack(L, 4, NULL);
        if (lua_rawgeti(L, -1, 1) == LUA_TNIL) break;
    }
    lua_settop(L, top);
    return ndim;
}

/* Copies the nested list on top of the stack into `out`, which has its shape if it is not ragged. */
static void fill_nested(lua_State *L, const lis_tensor *out) {
    if (!lua_istable(L, -1) || (int64_t)lua_rawlen(L, -1) != out->shape[0])
        lis_arg_fail(L, "list", "ragged: wanted a list of %lld items everywhere, got %s of %lld",
                     (long long)out->shape[0], luaL_typename(L, -1), (long long)lua_rawlen(L, -1));
    for (int64_t i = 0; i < out->shape[0]; i++) {
        if (lua_rawgeti(L, -1, i + 1) != LUA_TNUMBER && out->ndim == 1)
            lis_arg_fail(L, "list", "item %lld: wanted a number, got %s", (long long)i + 1,
                         lis_type_name(L, -1));
        if (out->ndim == 1) {
            lis_tensor_set_element(L, out, &i, -1);
        } else {
            lis_tensor row = row_of(L, out, i);
            fill_nested(L, &row);
        }
        lua_pop(L, 1);
    }
}

static int core_from(lua_State *L) {
    int64_t shape[LIS_TENSOR_DIMS];
    if (!lua_istable(L, 1))
        lis_arg_fail(L, "list", "wanted a table of numbers, got %s", lis_type_name(L, 1));
    lis_dtype dtype = lis_check_dtype(L, 2, LIS_F32);
    lis_error error;
    lua_settop(L, 1);
    int ndim = nested_shape(L, shape);
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new(out, dtype, ndim, shape, &error), &error);
    lua_pushvalue(L, 1);
    fill_nested(L, out);
    lua_pop(L, 1);
    return 1;
}

static int core_concat(lua_State *L) {
    lua_settop(L, 2);
    if (!lua_istable(L, 1) || lua_rawlen(L, 1) == 0 || lua_rawlen(L, 1) > INT32_MAX)
        lis_arg_fail(L, "parts", "wanted a list of tensors, got %s",
                     lua_istable(L, 1) ? "an empty one" : lis_type_name(L, 1));
    int count = (int)lua_rawlen(L, 1);
    const lis_tensor **parts = lua_newuserdatauv(L, (size_t)count * sizeof *parts, 0);
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, 1, i + 1);
        parts[i] = lis_check_tensor(L, -1, "parts");
        lua_pop(L, 1);
    }
    int dim = lua_isnoneornil(L, 2) ? 0 : check_dim(L, 2, parts[0]);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_concat(out, parts, count, dim, &error), &error);
    return 1;
}

static int core_is(lua_State *L) {
    lua_pushboolean(L, lis_box_test(L, 1, &lis_box_tensor) != NULL);
    return 1;
}

/* ---- the box */

static void release(void *object) {
    lis_tensor_release(object);
}

static const luaL_Reg methods[] = {
    {"size", tensor_size},     {"shape", tensor_shape},     {"dtype", tensor_dtype},
    {"get", tensor_get},       {"set", tensor_set},         {"slice", tensor_slice},
    {"select", tensor_select}, {"T", tensor_transpose},     {"reshape", tensor_reshape},
    {"copy", tensor_copy},     {"to", tensor_to},           {"fill", tensor_fill},
    {"hash", tensor_hash},     {"totable", tensor_totable}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__index", tensor_index},
                                       {"__newindex", tensor_newindex},
                                       {"__len", tensor_len},
                                       {"__tostring", lis_tensor_tostring},
                                       {NULL, NULL}};

const lis_box_type lis_box_tensor = {"lis.tensor", sizeof(lis_tensor), release, methods,
                                     metamethods};

int lis_open_tensor(lua_State *L) {
    static const luaL_Reg functions[] = {{"new", core_new},       {"from", core_from},
                                         {"full", core_full},     {"arange", core_arange},
                                         {"normal", core_normal}, {"concat", core_concat},
                                         {"is", core_is},         {NULL, NULL}};
    lis_box_register(L, &lis_box_tensor);
    lis_box_extend(L, &lis_box_tensor, lis_tensor_elem_methods);
    lis_box_extend(L, &lis_box_tensor, lis_tensor_rows_methods);
    luaL_getmetatable(L, lis_box_tensor.name);
    luaL_setfuncs(L, lis_tensor_elem_operators, 0);
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    luaL_setfuncs(L, lis_tensor_rows_functions, 0);
    return 1;
}
