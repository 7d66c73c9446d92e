#include "box.h"

#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "lis/base/mem.h"

enum { NUDGE_BYTES = 64 << 10, NUDGE_MOST = 1 << 30 };

/* What the collector was told about: the core's bytes at the last step, and at the last full one. */
typedef struct nudges {
    int64_t at_step, at_collection;
} nudges;

static nudges *nudges_of(lua_State *L) {
    static const char key;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key) != LUA_TUSERDATA) {
        lua_pop(L, 1);
        int64_t live = lis_mem_read().live_bytes;
        *(nudges *)lua_newuserdatauv(L, sizeof(nudges), 0) = (nudges){live, live};
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
    }
    nudges *last = lua_touserdata(L, -1); /* the registry holds it */
    lua_pop(L, 1);
    return last;
}

/* The collector sees a tensor of a gigabyte as a userdata of a hundred bytes. So it is told how much
 * the core has grown since it was told last; and where memory is limited and a third of it is gone,
 * it sweeps early, for dropped tensors must not be what the next one fails for. */
static void nudge_collector(lua_State *L) {
    nudges *last = nudges_of(L);
    lis_mem_stats now = lis_mem_read();
    int64_t grown = now.live_bytes - last->at_step;
    bool scarce = now.limit_bytes > 0 && now.live_bytes > now.limit_bytes / 3 &&
                  now.live_bytes - last->at_collection > now.limit_bytes / 32;
    if (scarce)
        lua_gc(L, LUA_GCCOLLECT);
    else if (grown >= NUDGE_BYTES)
        lua_gc(L, LUA_GCSTEP, (int)((grown < NUDGE_MOST ? grown : NUDGE_MOST) / 1024));
    else if (grown >= 0)
        return;
    last->at_step = lis_mem_read().live_bytes;
    if (scarce || last->at_step < last->at_collection) last->at_collection = last->at_step;
}

/* Upvalue 1: the type. Serves as __gc, __close and close; emptying twice is fine. */
static int empty_box(lua_State *L) {
    const lis_box_type *type = lua_touserdata(L, lua_upvalueindex(1));
    void *object = lis_box_check(L, 1, type, "self");
    type->release(object);
    memset(object, 0, type->size);
    return 0;
}

static void set_finaliser(lua_State *L, const lis_box_type *type, const char *name) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)type);
    lua_pushcclosure(L, empty_box, 1);
    lua_setfield(L, -2, name);
}

/* "lis.tensor" -> "tensor": what a method's name begins with. */
static const char *short_name(const lis_box_type *type) {
    const char *dot = strrchr(type->name, '.');
    return dot ? dot + 1 : type->name;
}

/* Adds methods to the table on top of the stack, and their names to the book of names. */
static void add_methods(lua_State *L, const lis_box_type *type, const luaL_Reg *methods) {
    for (; methods->name; methods++) {
        lua_pushcfunction(L, methods->func);
        lis_bind_name(L, -1, "%s:%s", short_name(type), methods->name);
        lua_setfield(L, -2, methods->name);
    }
}

void lis_box_register(lua_State *L, const lis_box_type *type) {
    if (!luaL_newmetatable(L, type->name)) {
        lua_pop(L, 1);
        return;
    }
    lua_newtable(L);
    add_methods(L, type, type->methods);
    set_finaliser(L, type, "close");
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__index");
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "methods");
    if (type->metamethods) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2); /* metatable, metatable, methods */
        luaL_setfuncs(L, type->metamethods, 1);
    }
    lua_pop(L, 1);
    set_finaliser(L, type, "__gc");
    set_finaliser(L, type, "__close");
    lua_pushstring(L, type->name);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

void lis_box_extend(lua_State *L, const lis_box_type *type, const luaL_Reg *methods) {
    luaL_getmetatable(L, type->name);
    lua_getfield(L, -1, "methods");
    add_methods(L, type, methods);
    lua_pop(L, 2);
}

void *lis_box_new(lua_State *L, const lis_box_type *type) {
    luaL_checkstack(L, 4, "too many values");
    nudge_collector(L);
    void *object = lua_newuserdatauv(L, type->size, 1);
    memset(object, 0, type->size);
    luaL_setmetatable(L, type->name);
    return object;
}

void *lis_box_test(lua_State *L, int at, const lis_box_type *type) {
    return luaL_testudata(L, at, type->name);
}

void *lis_box_check(lua_State *L, int at, const lis_box_type *type, const char *what) {
    void *object = lis_box_test(L, at, type);
    if (!object) lis_arg_fail(L, what, "wanted %s, got %s", type->name, lis_type_name(L, at));
    return object;
}
