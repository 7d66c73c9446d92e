/* The interactive loop: read, run, print. */
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

int lis_repl(lua_State *L) {
    (void)L;
    return LIS_EXIT_OK;
}
