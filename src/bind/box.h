/* Boxes: userdata that own a core object.
 *
 * Box first, then acquire: push the empty box (its __gc accepts emptiness), then fill it, so that an
 * error in between leaks nothing.
 *
 *     lis_tensor *out = lis_box_new(L, &lis_box_tensor);
 *     lis_bind_check(L, lis_tensor_new_1d(out, LIS_F32, n, &error), &error);
 */
#ifndef LIS_BIND_BOX_H
#define LIS_BIND_BOX_H

#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>

typedef struct lis_box_type {
    const char *name; /* metatable name and what errors call it: "lis.tensor" */
    size_t size;      /* of the struct inside; zeroed by lis_box_new: all zero must mean empty */
    void (*release)(void *object); /* accepts the empty object */
    const luaL_Reg *methods;       /* NULL-ended, becomes __index (unless metamethods has one) */
    const luaL_Reg *metamethods;   /* NULL-ended or NULL; upvalue 1 of each: the table of methods */
} lis_box_type;

/* Registers the metatable once a state; adds __gc, __close, __name and method "close", which empties
 * the box at once. Scripts cannot reach the metatable. */
void lis_box_register(lua_State *L, const lis_box_type *type);

/* More methods for a registered type: for a room whose methods fill several files. */
void lis_box_extend(lua_State *L, const lis_box_type *type, const luaL_Reg *methods);

/* Pushes an empty box with one user value (nil) and returns the zeroed object inside. May run the
 * garbage collector: memory taken through lis_alloc since the last box counts as if it were Lua's,
 * so that dropped tensors are freed in time. */
void *lis_box_new(lua_State *L, const lis_box_type *type);

/* The object of argument `at`; raises "bad argument 'table' to core.x.y: wanted lis.tensor, got nil".
 * It may be empty (closed): the caller knows how that looks. */
void *lis_box_check(lua_State *L, int at, const lis_box_type *type, const char *what);

/* NULL where argument `at` is no such box. */
void *lis_box_test(lua_State *L, int at, const lis_box_type *type);

#endif
