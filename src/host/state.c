#include <lauxlib.h>
#include <lualib.h>

#include "bind/open.h"
#include "embed.h"
#include "host.h"
#include "host_config.h"

/* LuaFileSystem is linked in; its header is not seen when Lua comes from a fallback. */
int luaopen_lfs(lua_State *L);

void lis_host_open(lua_State *L, lis_ctx *ctx) {
    luaL_checkversion(L);
    luaL_openlibs(L);
    lua_warning(L, "@on", 0); /* an error in a finaliser is worth a line on stderr */
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, luaopen_lfs);
    lua_setfield(L, -2, "lfs");
    lua_pop(L, 1);
    lis_bind_open(L, ctx);
    lis_embed_open(L);
}
