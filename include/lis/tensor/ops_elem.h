/* Element by element: arithmetic, comparison, functions of one number.
 *
 * Two operands fit when, aligned at their last dimensions, each pair of sizes agrees or one of the two
 * is 1 or missing: [n, d] with a row vector [d], a column [n, 1] or a number [1]. Views are fine.
 * Threads: shards of elements; same bytes at any thread count. Errors common to all: LIS_ESHAPE with
 * both shapes, LIS_ENOMEM, LIS_EINTR, LIS_ERANGE where an integer result does not fit its type. */
#ifndef LIS_TENSOR_OPS_ELEM_H
#define LIS_TENSOR_OPS_ELEM_H

#include "lis/base/ctx.h"
#include "lis/tensor/tensor.h"

typedef enum lis_binary {
    LIS_ADD,
    LIS_SUB,
    LIS_MUL,
    LIS_DIV, /* of integers: f64 */
    LIS_POW, /* of integers: f64 */
    LIS_MINIMUM,
    LIS_MAXIMUM /* both of the last: NaN where either is NaN */
} lis_binary;

typedef enum lis_compare {
    LIS_EQ,
    LIS_NE,
    LIS_LT,
    LIS_LE,
    LIS_GT,
    LIS_GE,
    LIS_AND,
    LIS_OR
} lis_compare;

typedef enum lis_unary {
    LIS_NEG,
    LIS_ABS,
    LIS_EXP, /* this and the rest: of integers, f64 */
    LIS_LOG,
    LIS_SQRT,
    LIS_SIGMOID,
    LIS_TANH
} lis_unary;

/* The element type of a result: the wider of two integers (u8 with u8: i32), f64 where an i64 or f64
 * meets a float, f32 where an f32 meets anything smaller. */
lis_dtype lis_dtype_promote(lis_dtype a, lis_dtype b);

/* A new tensor a op b. */
lis_status lis_tensor_binary(lis_ctx *ctx, lis_tensor *out, lis_binary op, const lis_tensor *a,
                             const lis_tensor *b, lis_error *err);

/* A new u8 tensor of 0 and 1. AND and OR take non-zero as true. Integers are compared exactly. */
lis_status lis_tensor_compare(lis_ctx *ctx, lis_tensor *out, lis_compare op, const lis_tensor *a,
                              const lis_tensor *b, lis_error *err);

/* In place: y = y op (scale * x), x stretched to y's shape; y keeps its type. x may be y itself; it
 * must not overlap y otherwise. After LIS_ERANGE or LIS_EINTR y is partly updated. */
lis_status lis_tensor_update(lis_ctx *ctx, const lis_tensor *y, lis_binary op, double scale,
                             const lis_tensor *x, lis_error *err);

/* A new tensor op(in). */
lis_status lis_tensor_unary(lis_ctx *ctx, lis_tensor *out, lis_unary op, const lis_tensor *in,
                            lis_error *err);

/* y[...] = value. LIS_ERANGE where it does not fit the type; nothing is then written. */
lis_status lis_tensor_fill(const lis_tensor *y, double value, lis_error *err);

/* A new f32 tensor: every row of x [n, d] f32 scaled to length 1; a row of zeros stays so. */
lis_status lis_tensor_normalize_rows(lis_ctx *ctx, lis_tensor *out, const lis_tensor *x,
                                     lis_error *err);

#endif
