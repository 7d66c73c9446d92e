/* Until src/bind is there: as much of lis.core as the host's own Lua needs. */
#include <lauxlib.h>
#include <string.h>
#include <unistd.h>

#include "bind/open.h"
#include "host_config.h"
#include "lis/base/clock.h"

static lis_ctx *context;

static int base_clock(lua_State *L) {
    lua_pushnumber(L, lis_clock_wall());
    return 1;
}

static int base_is_terminal(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    lua_pushboolean(L, isatty(strcmp(name, "stdin") == 0    ? 0
                              : strcmp(name, "stdout") == 0 ? 1
                                                            : 2));
    return 1;
}

static int base_threads(lua_State *L) {
    int n = (int)luaL_optinteger(L, 1, context->threads);
    context->threads = n;
    lua_pushinteger(L, n);
    return 1;
}

static int open_core(lua_State *L) {
    static const luaL_Reg functions[] = {{"clock", base_clock},
                                         {"is_terminal", base_is_terminal},
                                         {"threads", base_threads},
                                         {NULL, NULL}};
    lua_newtable(L);
    luaL_newlib(L, functions);
    lua_pushliteral(L, LIS_VERSION);
    lua_setfield(L, -2, "version");
    lua_setfield(L, -2, "base");
    return 1;
}

void lis_bind_open(lua_State *L, lis_ctx *ctx) {
    context = ctx;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_core);
    lua_setfield(L, -2, "lis.core");
    lua_pop(L, 1);
}
