/* core.tensor: t[key] for keys that are tables, views of ranges:
 *
 *     t[{2, 5}]        rows 2 to 5             t[{2}]           row 2 and all after it
 *     t[{{2, 5}, 3}]   of column 3             t[{{}, {1, 2}}]  all rows of columns 1 and 2
 *
 * A number in the outer list selects, and takes the dimension away; a table is a range. */
#include "check.h"
#include "l_tensor.h"

/* The range {begin}, {begin, end} or {} in the table on top of the stack, as [*begin, *end) from 0. */
static void read_range(lua_State *L, int64_t n, int64_t *begin, int64_t *end) {
    lua_Integer given = luaL_len(L, -1);
    if (given > 2)
        lis_arg_fail(L, "index", "a range is {first} or {first, last}, got %d numbers", (int)given);
    *begin = 0;
    *end = n;
    if (given >= 1) {
        lua_rawgeti(L, -1, 1);
        *begin = lis_check_integer(L, -1, "first", 1, n + 1) - 1;
        lua_pop(L, 1);
    }
    if (given == 2) {
        lua_rawgeti(L, -1, 2);
        *end = lis_check_integer(L, -1, "last", *begin, n);
        lua_pop(L, 1);
    }
}

static void narrow(lua_State *L, lis_tensor *view, int dim) {
    int64_t begin, end;
    lis_error error;
    read_range(L, view->shape[dim], &begin, &end);
    lis_bind_check(L, lis_tensor_slice(view, view, dim, begin, end, &error), &error);
}

/* The item on top of the stack, of a list with one item a dimension; returns the next dimension. */
static int apply_item(lua_State *L, lis_tensor *view, int dim) {
    lis_error error;
    if (lua_istable(L, -1)) {
        narrow(L, view, dim);
        return dim + 1;
    }
    int64_t at = lis_check_index(L, -1, view->shape[dim], "index");
    if (view->ndim == 1) { /* an element as a tensor of one element */
        lis_bind_check(L, lis_tensor_slice(view, view, dim, at, at + 1, &error), &error);
        return dim + 1;
    }
    lis_bind_check(L, lis_tensor_select(view, view, dim, at, &error), &error);
    return dim;
}

lis_tensor lis_tensor_view_at(lua_State *L, const lis_tensor *tensor, int key) {
    char text[LIS_TENSOR_TEXT];
    lis_tensor view = *tensor;
    lua_Integer given = luaL_len(L, key);
    luaL_checkstack(L, 4, NULL);
    bool nested = given > 0 && lua_rawgeti(L, key, 1) == LUA_TTABLE;
    if (given > 0) lua_pop(L, 1);
    if (!nested) {
        lua_pushvalue(L, key);
        narrow(L, &view, 0);
        lua_pop(L, 1);
        return view;
    }
    if (given > tensor->ndim)
        lis_arg_fail(L, "index", "%s takes at most %d ranges, got %d",
                     lis_tensor_describe(tensor, text), tensor->ndim, (int)given);
    for (int i = 1, dim = 0; i <= (int)given; i++) {
        lua_rawgeti(L, key, i);
        dim = apply_item(L, &view, dim);
        lua_pop(L, 1);
    }
    return view;
}
