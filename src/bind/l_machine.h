/* core.base.machine(): what a result was computed on. */
#ifndef LIS_BIND_L_MACHINE_H
#define LIS_BIND_L_MACHINE_H

#include <lua.h>

int lis_base_machine(lua_State *L);

#endif
