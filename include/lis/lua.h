/* The library inside a Lua state of your own. docs/embedding.md shows a whole program.
 *
 * Needs Lua 5.4. Everything here belongs to the thread that runs the state; the library's own threads
 * stay inside its functions. */
#ifndef LIS_LUA_H
#define LIS_LUA_H

#include <lua.h>

#include "lis/base/ctx.h"
#include "lis/tensor/tensor.h"

/* Makes `require "lis"` and all its modules work in `L`, in which the standard libraries are open. The
 * Lua half is inside the library: no path is needed.
 *   ctx  borrowed; must outlive the state. Its thread count is what recipes see, and
 *        lis_ctx_interrupt(ctx), safe in a signal handler, stops what runs in C
 * Errors: raises where memory runs out. Errors of the library are Lua errors. */
void lis_lua_open(lua_State *L, lis_ctx *ctx);

/* The tensor at stack index `at`: borrowed, valid while the value lives; NULL where there is no tensor,
 * or a closed one. */
lis_tensor *lis_lua_tensor(lua_State *L, int at);

/* Pushes a tensor that shares the storage of `tensor`, which stays yours to release.
 * Errors: raises where memory runs out. */
void lis_lua_push_tensor(lua_State *L, const lis_tensor *tensor);

#endif
