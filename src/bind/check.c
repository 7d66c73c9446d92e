#include "check.h"

#include <stdio.h>
#include <string.h>

#include "box.h"
#include "open.h"

int64_t lis_check_integer(lua_State *L, int at, const char *what, int64_t low, int64_t high) {
    int is_integer = 0;
    int64_t value = lua_type(L, at) == LUA_TNUMBER ? lua_tointegerx(L, at, &is_integer) : 0;
    if (is_integer && value >= low && value <= high) return value;
    char range[64] = "";
    if (low != INT64_MIN || high != INT64_MAX)
        snprintf(range, sizeof range, high == INT64_MAX ? " >= %lld" : " from %lld to %lld",
                 (long long)low, (long long)high);
    if (lua_type(L, at) == LUA_TNUMBER)
        lis_arg_fail(L, what, "wanted an integer%s, got %.14g", range, lua_tonumber(L, at));
    return lis_arg_fail(L, what, "wanted an integer%s, got %s", range, lis_type_name(L, at));
}

int64_t lis_check_index(lua_State *L, int at, int64_t n, const char *what) {
    int64_t index = lis_check_integer(L, at, what, INT64_MIN, INT64_MAX);
    if (index < 1 || index > n)
        lis_arg_fail(L, what, "index %lld is outside 1 to %lld", (long long)index, (long long)n);
    return index - 1;
}

double lis_check_number(lua_State *L, int at, const char *what) {
    if (lua_type(L, at) != LUA_TNUMBER)
        lis_arg_fail(L, what, "wanted a number, got %s", lis_type_name(L, at));
    return lua_tonumber(L, at);
}

const char *lis_check_text(lua_State *L, int at, const char *what, size_t *length) {
    if (lua_type(L, at) != LUA_TSTRING)
        lis_arg_fail(L, what, "wanted a string, got %s", lis_type_name(L, at));
    return lua_tolstring(L, at, length);
}

/* "'f32', 'f64' or 'u8'" */
static void list_names(char *text, size_t room, const char *const names[]) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; names[i] && used < room; i++) {
        const char *joint = i == 0 ? "" : names[i + 1] ? ", " : " or ";
        int n = snprintf(text + used, room - used, "%s'%s'", joint, names[i]);
        used += n > 0 ? (size_t)n : 0;
    }
}

int lis_check_choice(lua_State *L, int at, const char *what, const char *const names[]) {
    const char *given = lua_type(L, at) == LUA_TSTRING ? lua_tostring(L, at) : NULL;
    for (int i = 0; given && names[i]; i++)
        if (strcmp(given, names[i]) == 0) return i;
    char known[512];
    list_names(known, sizeof known, names);
    if (given) return lis_arg_fail(L, what, "wanted %s, got '%.100s'", known, given);
    return lis_arg_fail(L, what, "wanted %s, got %s", known, lis_type_name(L, at));
}

lis_dtype lis_check_dtype(lua_State *L, int at, lis_dtype otherwise) {
    static const char *const names[] = {"f32", "f64", "i32", "i64", "u8", NULL};
    if (lua_isnoneornil(L, at)) return otherwise;
    return (lis_dtype)lis_check_choice(L, at, "dtype", names);
}

lis_tensor *lis_check_tensor(lua_State *L, int at, const char *what) {
    lis_tensor *tensor = lis_box_check(L, at, &lis_box_tensor, what);
    if (!tensor->data) lis_arg_fail(L, what, "the tensor was closed");
    return tensor;
}

lis_tensor *lis_check_tensor_1d(lua_State *L, int at, const char *what, lis_dtype dtype,
                                int64_t n) {
    lis_error error;
    lis_tensor *tensor = lis_check_tensor(L, at, what);
    lis_bind_check(L, lis_tensor_expect_1d(tensor, what, dtype, n, &error), &error);
    return tensor;
}

lis_tensor *lis_check_tensor_2d(lua_State *L, int at, const char *what, lis_dtype dtype,
                                int64_t rows, int64_t columns) {
    lis_error error;
    lis_tensor *tensor = lis_check_tensor(L, at, what);
    lis_bind_check(L, lis_tensor_expect_2d(tensor, what, dtype, rows, columns, &error), &error);
    return tensor;
}

lis_tensor *lis_check_contiguous(lua_State *L, int at, const char *what) {
    lis_tensor *tensor = lis_check_tensor(L, at, what);
    if (lis_tensor_contiguous(tensor)) return tensor;
    lis_error error;
    lis_tensor *copy = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_copy_as(copy, tensor, tensor->dtype, &error), &error);
    lua_replace(L, at);
    return copy;
}

void lis_push_view(lua_State *L, const lis_tensor *view) {
    lis_tensor kept = *view;
    lis_tensor *box = lis_box_new(L, &lis_box_tensor);
    lis_tensor_retain(&kept);
    *box = kept;
}
