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
    const luaL_Reg *metamethods;   /* NULL-ended or NULL */
} lis_box_type;

/* Registers the metatable once a state; adds __gc, __close, __name and method "close". */
void lis_box_register(lua_State *L, const lis_box_type *type);

/* Pushes an empty box and returns the zeroed object inside. */
void *lis_box_new(lua_State *L, const lis_box_type *type);

/* The object of argument `at`; raises "bad argument #1 'table': wanted lis.tensor, got nil". */
void *lis_box_check(lua_State *L, int at, const lis_box_type *type, const char *what);

/* NULL where argument `at` is no such box. */
void *lis_box_test(lua_State *L, int at, const lis_box_type *type);

#endif
