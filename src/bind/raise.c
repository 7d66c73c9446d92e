#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static const char names_key, ctx_key;

void lis_bind_set_ctx(lua_State *L, lis_ctx *ctx) {
    lua_pushlightuserdata(L, ctx);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &ctx_key);
}

lis_ctx *lis_bind_ctx(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &ctx_key);
    lis_ctx *ctx = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return ctx;
}

/* ---- names: function -> text, in a table of the registry */

void lis_bind_name(lua_State *L, int at, const char *format, ...) {
    char name[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    at = lua_absindex(L, at);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &names_key);
    }
    lua_pushvalue(L, at);
    lua_pushstring(L, name);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

/* Pushes "graph:embedding" where the function at `at` is a method in the metatable on top of the stack,
 * whose name is given; else nothing. */
static bool push_method_name(lua_State *L, int at, const char *box) {
    bool found = false;
    if (lua_getfield(L, -1, "methods") == LUA_TTABLE) {
        for (lua_pushnil(L); !found && lua_next(L, -2);) {
            found = lua_rawequal(L, -1, at) && lua_type(L, -2) == LUA_TSTRING;
            lua_pop(L, found ? 0 : 1);
        }
    }
    if (found) { /* methods, method name, function */
        lua_pushfstring(L, "%s:%s", box + 4, lua_tostring(L, -2));
        lua_replace(L, -4);
        lua_pop(L, 2);
        return true;
    }
    lua_pop(L, 1);
    return false;
}

void lis_bind_push_name(lua_State *L, int at) {
    at = lua_absindex(L, at);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key) == LUA_TTABLE) {
        lua_pushvalue(L, at);
        if (lua_rawget(L, -2) == LUA_TSTRING) {
            lua_remove(L, -2);
            return;
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    lua_pushvalue(L, LUA_REGISTRYINDEX);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        if (strncmp(key, "lis.", 4) != 0 || !lua_istable(L, -1)) continue;
        if (!push_method_name(L, at, key)) continue;
        lua_replace(L, -4); /* registry, key, metatable, name */
        lua_pop(L, 2);
        return;
    }
    lua_pop(L, 1);
    lua_pushnil(L);
}

/* Pushes the name of the running C function and returns it, or pushes nil and returns NULL. */
static const char *push_name(lua_State *L) {
    lua_Debug ar;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key) != LUA_TTABLE || !lua_getstack(L, 0, &ar)) {
        lua_pop(L, 1);
        lua_pushnil(L);
        return NULL;
    }
    lua_getinfo(L, "f", &ar);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    return lua_tostring(L, -1);
}

/* ---- position */

bool lis_bind_is_library(const char *source) {
    if (strncmp(source, "@lis/", 5) == 0) return true;
    const char *folder = getenv("LIS_LUA_PATH");
    if (!folder || !*folder || source[0] != '@') return false;
    size_t length = strlen(folder);
    return strncmp(source + 1, folder, length) == 0 && strncmp(source + 1 + length, "/lis", 4) == 0;
}

/* Whoever wrote the wrong call: not the library, nor an installed Lua package that passed it on. */
static bool is_users(const lua_Debug *ar) {
    return !lis_bind_is_library(ar->source) && strncmp(ar->source, "@/usr/", 6) != 0;
}

/* Pushes "recipe.lua:12: ", or "" where no Lua code is running. */
static void push_position(lua_State *L) {
    lua_Debug ar, blamed = {.currentline = 0};
    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline <= 0) continue;
        bool users = is_users(&ar);
        if (users || blamed.currentline == 0) blamed = ar;
        if (users) break;
    }
    if (blamed.currentline > 0)
        lua_pushfstring(L, "%s:%d: ", blamed.short_src, blamed.currentline);
    else
        lua_pushliteral(L, "");
}

/* ---- raising */

static bool about_arguments(lis_status status) {
    return status == LIS_ESHAPE || status == LIS_EDTYPE || status == LIS_ERANGE ||
           status == LIS_EARG || status == LIS_ESTATE;
}

/* "'rows': wanted ..." -> the length of "'rows'", otherwise 0. */
static size_t argument_length(const char *message) {
    if (message[0] != '\'') return 0;
    const char *quote = strchr(message + 1, '\'');
    return quote && quote[1] == ':' ? (size_t)(quote - message) + 1 : 0;
}

int lis_bind_raise(lua_State *L, const lis_error *error) {
    if (error->status == LIS_EINTR) {
        lua_pushliteral(L, "interrupted!");
        return lua_error(L);
    }
    /* So that a second try, after the caller dropped something, can succeed. */
    if (error->status == LIS_ENOMEM) lua_gc(L, LUA_GCCOLLECT);
    luaL_checkstack(L, 8, NULL);
    push_position(L);
    const char *position = lua_tostring(L, -1);
    const char *name = push_name(L);
    const char *message = error->message;
    size_t argument = about_arguments(error->status) ? argument_length(message) : 0;
    if (argument) {
        lua_pushlstring(L, message, argument);
        lua_pushfstring(L, "%sbad argument %s%s%s%s", position, lua_tostring(L, -1),
                        name ? " to " : "", name ? name : "", message + argument);
    } else if (name && about_arguments(error->status)) {
        lua_pushfstring(L, "%s%s: %s", position, name, message);
    } else {
        lua_pushfstring(L, "%s%s", position, message);
    }
    return lua_error(L);
}

void lis_bind_check(lua_State *L, lis_status status, const lis_error *error) {
    if (status == LIS_OK) return;
    lis_bind_raise(L, error);
}

int lis_arg_fail(lua_State *L, const char *what, const char *format, ...) {
    char text[LIS_ERROR_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    lis_error error;
    lis_fail(&error, LIS_EARG, "'%s': %s", what, text);
    return lis_bind_raise(L, &error);
}

const char *lis_type_name(lua_State *L, int at) {
    if (luaL_getmetafield(L, at, "__name") == LUA_TSTRING) {
        const char *name = lua_tostring(L, -1); /* the metatable holds it */
        lua_pop(L, 1);
        return name;
    }
    return luaL_typename(L, at);
}
