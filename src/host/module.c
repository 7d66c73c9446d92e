/* The C module for stock Lua: `require "lis"` finds lis.so, which carries the Lua half with it. */
#include <lauxlib.h>

#include "lis/lua.h"

#define LIS_EXPORT __attribute__((visibility("default")))

LIS_EXPORT int luaopen_lis(lua_State *L);
LIS_EXPORT int luaopen_lis_core(lua_State *L);

/* Once a state; the context is a userdata that the registry holds: it goes after every finaliser. */
static void open_once(lua_State *L) {
    static const char key;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key) == LUA_TNIL) {
        lis_ctx *ctx = lua_newuserdatauv(L, sizeof *ctx, 0);
        lis_ctx_init(ctx, 0);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
        lis_lua_open(L, ctx);
    }
    lua_settop(L, 0);
}

/* What opened the module comes back as what the name stands for, found by the searchers just added. */
static int require(lua_State *L, const char *name) {
    open_once(L);
    lua_getglobal(L, "require");
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
    return 1;
}

int luaopen_lis(lua_State *L) {
    return require(L, "lis");
}

int luaopen_lis_core(lua_State *L) {
    return require(L, "lis.core");
}
