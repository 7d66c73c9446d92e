/* core.sparse, in three files:
 *
 *   l_sparse.c          the box lis.csr: making, saving, everything a matrix can do
 *   l_sparse_events.c   matrices from a log: interactions, co-occurrence, Swing
 *   l_sparse_vectors.c  from dense vectors: nearest neighbours, residual codes */
#ifndef LIS_BIND_L_SPARSE_H
#define LIS_BIND_L_SPARSE_H

#include <lauxlib.h>
#include <lua.h>

#include "lis/sparse/csr.h"
#include "lis/sparse/plan.h"

extern const luaL_Reg lis_sparse_events_functions[];
extern const luaL_Reg lis_sparse_vectors_functions[];

/* Pushes {entries=, bytes=}. */
void lis_push_plan(lua_State *L, const lis_plan *plan);

/* A matrix argument, borrowed, not closed. */
lis_csr *lis_check_csr(lua_State *L, int at, const char *what);

#endif
