/* Blocks: a short run of elements of any type, brought to the type it is computed in and back.
 *
 * Arithmetic is written three times, for f32, f64 and i64; the two other types are loaded into one
 * of these. Five storage types thus need no five-by-five table of conversions. */
#ifndef LIS_TENSOR_BLOCK_H
#define LIS_TENSOR_BLOCK_H

#include "lis/tensor/tensor.h"

enum { BLOCK = 512 };

typedef union block {
    float f32[BLOCK];
    double f64[BLOCK];
    int64_t i64[BLOCK];
} block;

/* The type that both can be computed in: i64 for integers, f32 for f32 and small integers that f32
 * holds exactly (u8), otherwise f64. */
lis_dtype block_via(lis_dtype a, lis_dtype b);

/* The address of element `offset` of a tensor. */
static inline void *element_at(const lis_tensor *tensor, int64_t offset) {
    return (char *)tensor->data + offset * (int64_t)lis_dtype_size(tensor->dtype);
}

/* n <= BLOCK elements from `from` on, every step-th, as `via` (f32, f64 or i64): a pointer to
 * scratch, or to the elements themselves where they already are what is wanted. */
const void *block_load(block *scratch, lis_dtype via, lis_dtype dtype, const void *from,
                       int64_t step, int64_t n);

/* The way back, truncating f -> i. Returns the position of the first value that does not fit (it
 * and what follows are not written), n where all did. */
int64_t block_store(lis_dtype dtype, void *to, int64_t step, lis_dtype via, const void *values,
                    int64_t n);

#endif
