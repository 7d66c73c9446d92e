/* core.metric, in two files:
 *
 *   l_metric.c           metrics of scored rows
 *   l_metric_interval.c  how sure they are: DeLong, combined intervals, bootstrap, quantiles */
#ifndef LIS_BIND_L_METRIC_H
#define LIS_BIND_L_METRIC_H

#include <lauxlib.h>
#include <lua.h>

#include "lis/metric/metric.h"

extern const luaL_Reg lis_metric_interval_functions[];

/* Scores and labels of the arguments, user and users of the options; all borrowed. Without `users`
 * they are one more than the largest id. */
lis_scored lis_metric_check_scored(lua_State *L, int score_at, int label_at, int options_at);

#endif
