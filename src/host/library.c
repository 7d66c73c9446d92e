/* The library for states that are not lisrun's: a C program's, or stock Lua's. */
#include <lauxlib.h>

#include "bind/open.h"
#include "embed.h"
#include "lis/lua.h"

void lis_lua_open(lua_State *L, lis_ctx *ctx) {
    luaL_checkversion(L);
    lis_bind_open(L, ctx);
    lis_embed_open(L);
}
