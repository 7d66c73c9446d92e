/* --max-memory: one budget for the core's blocks and for Lua's.
 *
 * Lua asks its allocator for every block, so the allocator can refuse; the core has a limit of its own
 * (lis_mem_limit), which is lowered as Lua grows. What neither sees is small: line editor, JSON trees,
 * OpenBLAS's buffers (about 32 MiB a thread). */
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

#include "host.h"
#include "lis/base/mem.h"

enum { STEP = 1 << 20 }; /* Lua's growth in bytes after which the core is told */

static int64_t budget, lua_bytes, told;

static void tell_core(void) {
    int64_t left = budget - lua_bytes;
    lis_mem_limit(left > 1 ? left : 1); /* 0 would mean no limit */
    told = lua_bytes;
}

static void *allocate(void *unused, void *block, size_t old_size, size_t new_size) {
    (void)unused;
    int64_t before = block ? (int64_t)old_size : 0; /* for a new block old_size is a type */
    int64_t grown = (int64_t)new_size - before;
    if (grown > 0 && lua_bytes + grown + lis_mem_read().live_bytes > budget) return NULL;
    void *moved = NULL;
    if (new_size == 0)
        free(block);
    else if (!(moved = realloc(block, new_size)))
        return NULL;
    lua_bytes += grown;
    if (lua_bytes - told > STEP || told - lua_bytes > STEP) tell_core();
    return moved;
}

void lis_memory_limit(lua_State *L, int64_t bytes) {
    if (bytes <= 0) return;
    budget = bytes;
    lua_bytes = (int64_t)lua_gc(L, LUA_GCCOUNT) * 1024 + lua_gc(L, LUA_GCCOUNTB);
    tell_core();
    lua_setallocf(L, allocate, NULL); /* what luaL_newstate's took came from realloc, too */
}

void lis_memory_explain(char *text, size_t room) {
    const double mib = 1 << 20;
    if (budget == 0)
        snprintf(text, room, "not enough memory");
    else
        snprintf(text, room,
                 "not enough memory: Lua holds %.0f MiB, the core %.0f MiB of the %.0f MiB that "
                 "--max-memory allows",
                 (double)lua_bytes / mib, (double)lis_mem_read().live_bytes / mib,
                 (double)budget / mib);
}
