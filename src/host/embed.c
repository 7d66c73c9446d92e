#include "embed.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *override_folder(void) {
    const char *folder = getenv("LIS_LUA_PATH");
    return folder && *folder ? folder : NULL;
}

const lis_embedded_module *lis_embed_find_chunk(const char *chunk) {
    for (const lis_embedded_module *m = lis_embedded_modules; m->name; m++)
        if (strcmp(m->chunk, chunk) == 0) return m;
    return NULL;
}

static const lis_embedded_module *find_module(const char *name) {
    for (const lis_embedded_module *m = lis_embedded_modules; m->name; m++)
        if (strcmp(m->name, name) == 0) return m;
    return NULL;
}

/* The file of the module in the override folder, name.lua or name/init.lua: pushed, or NULL with
 * nothing pushed where there is none to be read. */
static const char *push_override(lua_State *L, const char *name) {
    static const char *const patterns[] = {"%s/%s.lua", "%s/%s/init.lua"};
    const char *folder = override_folder();
    if (!folder) return NULL;
    const char *relative = luaL_gsub(L, name, ".", "/");
    for (size_t i = 0; i < 2; i++) {
        const char *path = lua_pushfstring(L, patterns[i], folder, relative);
        if (access(path, R_OK) == 0) {
            lua_remove(L, -2);
            return path;
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return NULL;
}

bool lis_embed_has(lua_State *L, const char *name) {
    if (find_module(name)) return true;
    bool found = push_override(L, name) != NULL;
    if (found) lua_pop(L, 1);
    return found;
}

/* package.searchers protocol: a loader and its argument, or a string that says what was tried. */
static int search(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    if (strcmp(name, "lis") != 0 && strncmp(name, "lis.", 4) != 0) return 0;
    const char *path = push_override(L, name);
    if (path) {
        if (luaL_loadfilex(L, path, "t") != LUA_OK) return lua_error(L);
        lua_insert(L, -2);
        return 2;
    }
    const lis_embedded_module *m = find_module(name);
    if (m) {
        if (luaL_loadbufferx(L, m->text, m->length, m->chunk, "t") != LUA_OK) return lua_error(L);
        lua_pushstring(L, m->chunk + 1);
        return 2;
    }
    lua_pushfstring(L, "no module '%s' inside lisrun", name);
    return 1;
}

/* package.embedded_text(name): the source of a module inside the binary, or nil. */
static int embedded_text(lua_State *L) {
    const lis_embedded_module *m = find_module(luaL_checkstring(L, 1));
    if (m)
        lua_pushlstring(L, m->text, m->length);
    else
        lua_pushnil(L);
    return 1;
}

void lis_embed_open(lua_State *L) {
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    for (lua_Integer i = luaL_len(L, -1); i >= 2; i--) {
        lua_rawgeti(L, -1, i);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushcfunction(L, search);
    lua_rawseti(L, -2, 2);
    lua_pop(L, 1);
    lua_newtable(L);
    for (const lis_embedded_module *m = lis_embedded_modules; m->name; m++) {
        if (strchr(m->name, '/')) continue; /* text, not a module */
        lua_pushstring(L, m->name);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
    lua_setfield(L, -2, "embedded");
    lua_pushcfunction(L, embedded_text);
    lua_setfield(L, -2, "embedded_text");
    lua_pop(L, 1);
}
