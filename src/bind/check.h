/* Reading Lua arguments: the one place where 1-based becomes 0-based, and where a wrong argument
 * becomes an error that names the function's argument, what was wanted and what was given. */
#ifndef LIS_BIND_CHECK_H
#define LIS_BIND_CHECK_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/tensor/tensor.h"

/* The state's context (set by lis_bind_open). Never NULL. */
lis_ctx *lis_bind_ctx(lua_State *L);

/* Raises `error.message` as a Lua error with the position of the calling Lua line in front. An
 * interrupt (LIS_EINTR) is raised as the bare string "interrupted!", which the host knows. */
int lis_bind_raise(lua_State *L, const lis_error *error);

/* if (status != LIS_OK) raise. Everything acquired must already be owned by a box on the stack. */
void lis_bind_check(lua_State *L, lis_status status, const lis_error *error);

/* A field of the options table at `at` (absolute index; nil or none counts as an empty table).
 * Absent: the default. Wrong type: an error "option 'name': wanted a number, got a string". */
double lis_opt_number(lua_State *L, int at, const char *name, double otherwise);
int64_t lis_opt_integer(lua_State *L, int at, const char *name, int64_t otherwise, int64_t low,
                        int64_t high);
bool lis_opt_boolean(lua_State *L, int at, const char *name, bool otherwise);
/* Borrowed: valid while the table holds it. */
const char *lis_opt_string(lua_State *L, int at, const char *name, const char *otherwise);
/* One of `names` (NULL-ended), as an index; otherwise an error that lists them. */
int lis_opt_choice(lua_State *L, int at, const char *name, const char *const names[],
                   int otherwise);

/* Rejects keys that are not in `names` (NULL-ended): "unknown option 'fold'; did you mean 'folds'?" */
void lis_opt_known(lua_State *L, int at, const char *const names[]);

/* 1-based Lua index -> 0-based, in [0, n): an error names the argument and the range. */
int64_t lis_check_index(lua_State *L, int at, int64_t n, const char *what);

/* An integer argument in [low, high]. */
int64_t lis_check_integer(lua_State *L, int at, const char *what, int64_t low, int64_t high);

/* A tensor argument, borrowed. The _1d form also demands type and length (-1: any), contiguous. */
lis_tensor *lis_check_tensor(lua_State *L, int at, const char *what);
lis_tensor *lis_check_tensor_1d(lua_State *L, int at, const char *what, lis_dtype dtype, int64_t n);
lis_tensor *lis_check_tensor_2d(lua_State *L, int at, const char *what, lis_dtype dtype,
                                int64_t rows, int64_t columns);

/* As above, from a field of the options table; NULL where absent. */
lis_tensor *lis_opt_tensor_1d(lua_State *L, int at, const char *name, lis_dtype dtype, int64_t n);
lis_tensor *lis_opt_tensor_2d(lua_State *L, int at, const char *name, lis_dtype dtype, int64_t rows,
                              int64_t columns);

#endif
