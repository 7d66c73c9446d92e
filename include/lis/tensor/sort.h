/* Sorting: stable, by radix, same order at any thread count. */
#ifndef LIS_TENSOR_SORT_H
#define LIS_TENSOR_SORT_H

#include "lis/base/ctx.h"
#include "lis/tensor/tensor.h"

/* order[k] = position of the k-th smallest key; equal keys keep their input order. -0 equals 0, NaN
 * comes last, whatever its sign.
 *   order  [n] i32  written
 *   key    [n]      borrowed; contiguous, of any type; n <= INT32_MAX
 * Least-significant-digit radix sort over packed (32-bit key, position) words, 8 bits a pass; passes
 * in which all digits agree are skipped; 64-bit keys are sorted by their low, then their high half.
 * Threads: input shards, each scattering to its own places. O(n) time.
 * Errors: LIS_ERANGE where n > INT32_MAX, LIS_ENOMEM (16 n bytes of scratch), LIS_EINTR. */
lis_status lis_argsort(lis_ctx *ctx, int32_t *order, lis_dtype dtype, const void *key, int64_t n,
                       lis_error *err);

/* A new i32 tensor: lis_argsort of a 1-d tensor (a strided view is copied first). */
lis_status lis_tensor_argsort(lis_ctx *ctx, lis_tensor *out, const lis_tensor *keys,
                              lis_error *err);

/* A new tensor of the same type: the distinct elements of a tensor, ascending; NaNs count as one. */
lis_status lis_tensor_unique(lis_ctx *ctx, lis_tensor *out, const lis_tensor *in, lis_error *err);

#endif
