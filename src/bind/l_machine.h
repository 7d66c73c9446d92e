/* core.base.machine(): what a result was computed on. */
#ifndef LIS_BIND_L_MACHINE_H
#define LIS_BIND_L_MACHINE_H

#include <lua.h>

int lis_base_machine(lua_State *L);

/* lis_linalg_better_core, for the host. */
const char *lis_machine_better_blas_core(void);

/* base.resident(reset): bytes in memory now, and the most so far. */
int lis_base_resident(lua_State *L);

#endif
