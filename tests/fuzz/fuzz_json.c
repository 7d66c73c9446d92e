/* JSON into Lua and back: what was written is read as the same. */
#include <lauxlib.h>
#include <lualib.h>

#include "bind/open.h"
#include "fuzz.h"

static const char check[] = "local base = require('lis.core').base\n"
                            "return function(text)\n"
                            "  local ok, value = pcall(base.json_decode, text)\n"
                            "  if not ok or value == nil then return true end\n"
                            "  local once = base.json_encode(value)\n"
                            "  return once == base.json_encode(base.json_decode(once))\n"
                            "end";

static lua_State *state(void) {
    static lua_State *L;
    if (L) return L;
    L = luaL_newstate();
    FUZZ_PROMISE(L);
    luaL_openlibs(L);
    lis_bind_open(L, fuzz_ctx());
    FUZZ_PROMISE(luaL_dostring(L, check) == LUA_OK);
    lua_gc(L, LUA_GCCOLLECT);
    return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lua_State *L = state();
    int64_t blocks = fuzz_blocks();
    lua_pushvalue(L, 1);
    lua_pushlstring(L, (const char *)data, size);
    FUZZ_PROMISE(lua_pcall(L, 1, 1, 0) == LUA_OK);
    FUZZ_PROMISE(lua_toboolean(L, -1));
    lua_settop(L, 1);
    lua_gc(L, LUA_GCCOLLECT);
    FUZZ_PROMISE(fuzz_blocks() == blocks);
    return 0;
}
