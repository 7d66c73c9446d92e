/* lisrun -i recipe.lua: the prompt lands in the recipe's state. What the recipe held in locals of its
 * main chunk becomes global there; where it failed inside a function of its own, that function's locals
 * are in the table `locals`.
 *
 * Locals live on the stack, so they are read at the last moment: from a return hook, or from the
 * message handler, which runs before the stack unwinds. */
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "bind/check.h"
#include "host.h"

static const char chunk_key;
static bool landed, failed_inside;

/* Copies the named locals of a frame into the table on top of the stack; returns how many. */
static int copy_locals(lua_State *L, const lua_Debug *ar) {
    const char *name;
    int count = 0;
    for (int i = 1; (name = lua_getlocal(L, ar, i)); i++) {
        if (*name == '(') { /* what the compiler keeps for itself */
            lua_pop(L, 1);
            continue;
        }
        lua_setfield(L, -2, name); /* of several of one name the last, which hides the others */
        count++;
    }
    return count;
}

static bool is_recipe(lua_State *L, lua_Debug *ar) {
    lua_getinfo(L, "f", ar);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &chunk_key);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

static void land(lua_State *L, const lua_Debug *ar) {
    lua_pushglobaltable(L);
    landed = copy_locals(L, ar) > 0;
    lua_pop(L, 1);
}

static void on_return(lua_State *L, lua_Debug *ar) {
    if (!is_recipe(L, ar)) return;
    land(L, ar);
    lua_sethook(L, NULL, 0, 0);
}

void lis_land_watch(lua_State *L) {
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &chunk_key);
    lua_sethook(L, on_return, LUA_MASKRET, 0);
}

/* A Lua function of the recipe, or of a module of the user's. */
static bool is_users(lua_State *L, lua_Debug *ar) {
    lua_getinfo(L, "S", ar);
    return strcmp(ar->what, "C") != 0 && !lis_bind_is_library(ar->source) &&
           strncmp(ar->source, "@/usr/", 6) != 0;
}

void lis_land_on_error(lua_State *L) {
    lua_Debug ar;
    bool watched = lua_rawgetp(L, LUA_REGISTRYINDEX, &chunk_key) == LUA_TFUNCTION, innermost = true;
    lua_pop(L, 1);
    for (int level = 1; watched && lua_getstack(L, level, &ar); level++) {
        if (!is_users(L, &ar)) continue;
        bool recipe = is_recipe(L, &ar);
        if (recipe) land(L, &ar);
        if (innermost && !recipe) {
            lua_newtable(L);
            copy_locals(L, &ar);
            lua_setglobal(L, "locals");
            failed_inside = true;
        }
        innermost = false;
        if (recipe) break;
    }
}

void lis_land_end(lua_State *L) {
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &chunk_key);
    if (!lis_interrupt_pending()) lua_sethook(L, NULL, 0, 0);
}

void lis_land_tell(void) {
    if (landed) puts("(the recipe's locals are globals here)");
    if (failed_inside) puts("(those of the function that failed are in the table `locals`)");
}
