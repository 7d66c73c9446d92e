#include <stdio.h>
#include <string.h>

#include "box.h"
#include "check.h"
#include "nearest.h"
#include "open.h"

/* Raises "option 'name': ...", behind the name of the running function. */
static int option_fail(lua_State *L, const char *name, const char *problem) {
    lis_error error;
    lis_fail(&error, LIS_EARG, "option '%s': %s", name, problem);
    return lis_bind_raise(L, &error);
}

static int wrong_type(lua_State *L, const char *name, const char *wanted) {
    char text[256];
    snprintf(text, sizeof text, "wanted %s, got %s", wanted, lis_type_name(L, -1));
    return option_fail(L, name, text);
}

/* Pushes the field and returns its type; where it is absent pushes nothing and returns LUA_TNIL. */
static int push_option(lua_State *L, int at, const char *name) {
    if (lua_isnoneornil(L, at)) return LUA_TNIL;
    if (!lua_istable(L, at))
        return lis_arg_fail(L, "options", "wanted a table, got %s", lis_type_name(L, at));
    luaL_checkstack(L, 4, NULL);
    int type = lua_getfield(L, at, name);
    if (type == LUA_TNIL) lua_pop(L, 1);
    return type;
}

double lis_opt_number(lua_State *L, int at, const char *name, double otherwise) {
    int type = push_option(L, at, name);
    if (type == LUA_TNIL) return otherwise;
    if (type != LUA_TNUMBER) wrong_type(L, name, "a number");
    double value = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return value;
}

int64_t lis_opt_integer(lua_State *L, int at, const char *name, int64_t otherwise, int64_t low,
                        int64_t high) {
    int type = push_option(L, at, name);
    if (type == LUA_TNIL) return otherwise;
    if (type != LUA_TNUMBER) wrong_type(L, name, "an integer");
    int is_integer;
    int64_t value = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer || value < low || value > high) {
        char text[160];
        snprintf(text, sizeof text, "wanted an integer from %lld to %lld, got %.14g",
                 (long long)low, (long long)high, lua_tonumber(L, -1));
        option_fail(L, name, text);
    }
    lua_pop(L, 1);
    return value;
}

bool lis_opt_boolean(lua_State *L, int at, const char *name, bool otherwise) {
    int type = push_option(L, at, name);
    if (type == LUA_TNIL) return otherwise;
    if (type != LUA_TBOOLEAN) wrong_type(L, name, "true or false");
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

const char *lis_opt_string(lua_State *L, int at, const char *name, const char *otherwise) {
    int type = push_option(L, at, name);
    if (type == LUA_TNIL) return otherwise;
    if (type != LUA_TSTRING) wrong_type(L, name, "a string");
    const char *value = lua_tostring(L, -1);
    lua_pop(L, 1);
    return value;
}

int lis_opt_choice(lua_State *L, int at, const char *name, const char *const names[],
                   int otherwise) {
    const char *given = lis_opt_string(L, at, name, NULL);
    if (!given) return otherwise;
    for (int i = 0; names[i]; i++)
        if (strcmp(given, names[i]) == 0) return i;
    char text[512];
    int used = snprintf(text, sizeof text, "wanted");
    for (int i = 0; names[i] && used < (int)sizeof text; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s '%s'",
                         i == 0         ? ""
                         : names[i + 1] ? ","
                                        : " or",
                         names[i]);
    if (used < (int)sizeof text)
        snprintf(text + used, sizeof text - (size_t)used, ", got '%.100s'", given);
    return option_fail(L, name, text);
}

static int unknown_option(lua_State *L, const char *given, const char *const names[]) {
    lis_error error;
    const char *nearest = lis_nearest(given, names);
    if (nearest)
        lis_fail(&error, LIS_EARG, "unknown option '%.100s'; did you mean '%s'?", given, nearest);
    else {
        char known[512];
        int used = 0;
        known[0] = '\0';
        for (int i = 0; names[i] && used < (int)sizeof known; i++)
            used += snprintf(known + used, sizeof known - (size_t)used, "%s%s", i ? ", " : "",
                             names[i]);
        lis_fail(&error, LIS_EARG, "unknown option '%.100s'; known are %s", given, known);
    }
    return lis_bind_raise(L, &error);
}

void lis_opt_known(lua_State *L, int at, const char *const names[]) {
    if (lua_isnoneornil(L, at)) return;
    if (!lua_istable(L, at))
        lis_arg_fail(L, "options", "wanted a table, got %s", lis_type_name(L, at));
    luaL_checkstack(L, 4, NULL);
    for (lua_pushnil(L); lua_next(L, at); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) {
            lua_pushvalue(L, -2);
            unknown_option(L, luaL_tolstring(L, -1, NULL), names);
        }
        const char *given = lua_tostring(L, -2);
        int i = 0;
        while (names[i] && strcmp(names[i], given) != 0)
            i++;
        if (!names[i]) unknown_option(L, given, names);
    }
}

lis_tensor *lis_opt_tensor(lua_State *L, int at, const char *name) {
    if (push_option(L, at, name) == LUA_TNIL) return NULL;
    lis_tensor *tensor = lis_box_test(L, -1, &lis_box_tensor);
    if (!tensor) wrong_type(L, name, "lis.tensor");
    if (!tensor->data) option_fail(L, name, "the tensor was closed");
    lua_pop(L, 1);
    return tensor;
}

static void check_option(lua_State *L, lis_status status, lis_error *error) {
    if (status == LIS_OK) return;
    lis_fail(error, status, "option %s", error->message);
    lis_bind_raise(L, error);
}

lis_tensor *lis_opt_tensor_1d(lua_State *L, int at, const char *name, lis_dtype dtype, int64_t n) {
    lis_error error;
    lis_tensor *tensor = lis_opt_tensor(L, at, name);
    if (tensor) check_option(L, lis_tensor_expect_1d(tensor, name, dtype, n, &error), &error);
    return tensor;
}

lis_tensor *lis_opt_tensor_2d(lua_State *L, int at, const char *name, lis_dtype dtype, int64_t rows,
                              int64_t columns) {
    lis_error error;
    lis_tensor *tensor = lis_opt_tensor(L, at, name);
    if (tensor)
        check_option(L, lis_tensor_expect_2d(tensor, name, dtype, rows, columns, &error), &error);
    return tensor;
}

void lis_set_number(lua_State *L, const char *name, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, name);
}

void lis_set_integer(lua_State *L, const char *name, int64_t value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}
