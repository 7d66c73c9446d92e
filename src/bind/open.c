#include "open.h"

#include "check.h"
#include "lis_version.h"

/* The rooms of lis.core. Each landed room has its line. */
static const luaL_Reg rooms[] = {
    {"base", lis_open_base},
    {"tensor", lis_open_tensor},
    {"sparse", lis_open_sparse},
    {"data", lis_open_data},
    {"metric", lis_open_metric},
    {"nn", lis_open_nn},
    {NULL, NULL},
};

/* Every function of the room's table on top of the stack gets its name for errors: "core.base.clock". */
static void name_functions(lua_State *L, const char *room) {
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING && lua_iscfunction(L, -1))
            lis_bind_name(L, -1, "core.%s.%s", room, lua_tostring(L, -2));
}

static int open_core(lua_State *L) {
    lua_newtable(L);
    for (const luaL_Reg *room = rooms; room->name; room++) {
        lua_pushcfunction(L, room->func);
        lua_call(L, 0, 1);
        name_functions(L, room->name);
        lua_setfield(L, -2, room->name);
    }
    lua_pushliteral(L, LIS_VERSION);
    lua_setfield(L, -2, "version");
    return 1;
}

void lis_bind_open(lua_State *L, lis_ctx *ctx) {
    lis_bind_set_ctx(L, ctx);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_core);
    lua_setfield(L, -2, "lis.core");
    lua_pop(L, 1);
}
