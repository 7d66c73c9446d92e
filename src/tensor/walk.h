/* Walking several tensors of one shape together, in straight runs.
 *
 * A walk is a shape and, for each operand, a stride in every dimension (0 where the operand is
 * stretched by broadcasting). Dimensions that every operand crosses evenly are merged, so that
 * contiguous tensors become one long run. Flat positions count elements in row-major order. */
#ifndef LIS_TENSOR_WALK_H
#define LIS_TENSOR_WALK_H

#include "lis/tensor/tensor.h"

enum { WALK_OPERANDS = 3 };

typedef struct walk {
    int ndim, operands; /* dimensions are kept innermost first */
    int64_t size;       /* number of elements */
    int64_t shape[LIS_TENSOR_DIMS];
    int64_t stride[WALK_OPERANDS][LIS_TENSOR_DIMS];
} walk;

/* A straight piece: `length` elements, operand k from element offset[k] in steps of step[k]. */
typedef struct walk_run {
    int64_t length;
    int64_t offset[WALK_OPERANDS];
    int64_t step[WALK_OPERANDS];
} walk_run;

/* Each operand has the shape given, or stretches to it: sizes of 1 repeat, and missing leading
 * dimensions too (the caller has checked that they fit). */
walk walk_over(int ndim, const int64_t *shape, int operands, const lis_tensor *const *operand);

/* The run that starts at flat position `at`, cut at `end` and at `longest`. */
walk_run walk_at(const walk *w, int64_t at, int64_t end, int64_t longest);

#endif
