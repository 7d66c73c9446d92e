/* The C side as one Lua module, `lis.core`: core.tensor, core.sparse, core.data, core.nn, ... */
#ifndef LIS_BIND_OPEN_H
#define LIS_BIND_OPEN_H

#include <lua.h>

#include "lis/base/ctx.h"

/* Makes `ctx` the state's context and package.preload["lis.core"] the opener. ctx must outlive L. */
void lis_bind_open(lua_State *L, lis_ctx *ctx);

/* One a room, in l_<room>.c: pushes the table that becomes core.<room>. */
int lis_open_base(lua_State *L);   /* core.base: clock, hash, rng, json, files */
int lis_open_tensor(lua_State *L); /* core.tensor */
int lis_open_sparse(lua_State *L); /* core.sparse */
int lis_open_data(lua_State *L);   /* core.data: tables, npy, histories, world */
int lis_open_nn(lua_State *L);     /* core.nn */
int lis_open_metric(lua_State *L); /* core.metric */

/* The tensor box, shared by every room. */
struct lis_box_type;
extern const struct lis_box_type lis_box_tensor; /* holds a lis_tensor */
extern const struct lis_box_type lis_box_csr;    /* holds a lis_csr */

#endif
