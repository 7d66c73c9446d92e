/* Reading Lua arguments: the one place where 1-based becomes 0-based, and where a wrong argument
 * becomes an error that names the function's argument, what was wanted and what was given.
 *
 *   raise.c    errors: position, function name, lis_error -> Lua error
 *   check.c    arguments
 *   options.c  fields of an options table, and of a result */
#ifndef LIS_BIND_CHECK_H
#define LIS_BIND_CHECK_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/tensor/tensor.h"

/* ---- raise.c */

/* The state's context (set by lis_bind_open). Never NULL. */
lis_ctx *lis_bind_ctx(lua_State *L);
void lis_bind_set_ctx(lua_State *L, lis_ctx *ctx);

/* Remembers what errors call the function at stack index `at`: "core.tensor.take". */
void lis_bind_name(lua_State *L, int at, const char *format, ...) LIS_PRINTF(3, 4);

/* Pushes that name, of a method of a box "graph:embedding", or nil for a function of others. */
void lis_bind_push_name(lua_State *L, int at);

/* Raises `error.message` as a Lua error, behind the position of the first Lua frame outside the
 * library. Where the running function has a name, a message about an argument, "'rows': wanted ...",
 * becomes "bad argument 'rows' to core.tensor.take: wanted ...", and other complaints about arguments
 * (not about files or numbers) begin with that name. An interrupt (LIS_EINTR) is raised as the bare
 * string "interrupted!", which the host knows. Never returns. */
int lis_bind_raise(lua_State *L, const lis_error *error);

/* if (status != LIS_OK) raise. Everything acquired must already be owned by a box on the stack. */
void lis_bind_check(lua_State *L, lis_status status, const lis_error *error);

/* Raises "bad argument '<what>' to <function>: <text>". Never returns. */
int lis_arg_fail(lua_State *L, const char *what, const char *format, ...) LIS_PRINTF(3, 4);

/* "nil", "number", "lis.tensor": the type of a value, by its box where it is one. */
const char *lis_type_name(lua_State *L, int at);

/* Whether a chunk (lua_Debug.source) is one of lisrun's own Lua modules: embedded in the binary, or
 * read from LIS_LUA_PATH. */
bool lis_bind_is_library(const char *source);

/* ---- check.c */

/* 1-based Lua index -> 0-based, in [0, n): an error names the argument and the range. */
int64_t lis_check_index(lua_State *L, int at, int64_t n, const char *what);

/* An integer argument in [low, high]. */
int64_t lis_check_integer(lua_State *L, int at, const char *what, int64_t low, int64_t high);

/* A number; a string is not converted. */
double lis_check_number(lua_State *L, int at, const char *what);

/* A string, borrowed; a number is not converted. length may be NULL. */
const char *lis_check_text(lua_State *L, int at, const char *what, size_t *length);

/* One of `names` (NULL-ended), as an index; an error lists them. */
int lis_check_choice(lua_State *L, int at, const char *what, const char *const names[]);

/* "f32", "f64", "i32", "i64", "u8"; nil or none: otherwise. */
lis_dtype lis_check_dtype(lua_State *L, int at, lis_dtype otherwise);

/* A tensor argument, borrowed, not closed. The _1d and _2d forms also demand type and sizes (-1: any)
 * and contiguity. */
lis_tensor *lis_check_tensor(lua_State *L, int at, const char *what);
lis_tensor *lis_check_tensor_1d(lua_State *L, int at, const char *what, lis_dtype dtype, int64_t n);
lis_tensor *lis_check_tensor_2d(lua_State *L, int at, const char *what, lis_dtype dtype,
                                int64_t rows, int64_t columns);

/* A tensor argument of any type, contiguous: a strided view is copied and its copy put in its place
 * on the stack. */
lis_tensor *lis_check_contiguous(lua_State *L, int at, const char *what);

/* Pushes a box that shares the view's storage and keeps it alive. The box that the view was made
 * from is still on the stack. */
void lis_push_view(lua_State *L, const lis_tensor *view);

/* ---- options.c */

/* A field of the options table at `at` (absolute index; nil or none counts as an empty table).
 * Absent: the default. Wrong type: an error "option 'name': wanted a number, got string". */
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

/* A tensor, as above, borrowed while the table holds it; NULL where absent. */
lis_tensor *lis_opt_tensor(lua_State *L, int at, const char *name);
lis_tensor *lis_opt_tensor_1d(lua_State *L, int at, const char *name, lis_dtype dtype, int64_t n);
lis_tensor *lis_opt_tensor_2d(lua_State *L, int at, const char *name, lis_dtype dtype, int64_t rows,
                              int64_t columns);

/* ---- fields of a result, into the table on top of the stack */

void lis_set_number(lua_State *L, const char *name, double value);
void lis_set_integer(lua_State *L, const char *name, int64_t value);

#endif
