/* core.tensor, in five files:
 *
 *   l_tensor.c       making, views, elements
 *   l_tensor_index.c ranges in brackets
 *   l_tensor_elem.c  operators, comparison, functions of one number, reductions
 *   l_tensor_rows.c  rows and codes: take, sort, count; linear algebra
 *   l_tensor_text.c  tostring */
#ifndef LIS_BIND_L_TENSOR_H
#define LIS_BIND_L_TENSOR_H

#include <lauxlib.h>
#include <lua.h>

#include "lis/tensor/tensor.h"

extern const luaL_Reg lis_tensor_elem_methods[];
extern const luaL_Reg lis_tensor_elem_operators[];
extern const luaL_Reg lis_tensor_rows_methods[];
extern const luaL_Reg lis_tensor_rows_functions[];

int lis_tensor_tostring(lua_State *L);

/* The view that the table at `key` (absolute) asks for; borrowed from `tensor`. */
lis_tensor lis_tensor_view_at(lua_State *L, const lis_tensor *tensor, int key);

/* Pushes one element: an integer where the type is one. index[] is 0-based and in range. */
void lis_tensor_push_element(lua_State *L, const lis_tensor *tensor, const int64_t *index);

/* A number read as an element: pushes nothing, raises where it is no number or does not fit. */
void lis_tensor_set_element(lua_State *L, const lis_tensor *tensor, const int64_t *index, int at);

/* A tensor argument, or a number as a tensor of one element, of the type that keeps `other`'s where it
 * can: a float beside floats, an i32 or i64 beside integers where it is one, otherwise f64.
 *   number  where the element is kept while the result is in use */
typedef union lis_tensor_number {
    float f32;
    double f64;
    int32_t i32;
    int64_t i64;
} lis_tensor_number;
lis_tensor lis_tensor_operand(lua_State *L, int at, const char *what, lis_dtype other,
                              lis_tensor_number *number);

#endif
