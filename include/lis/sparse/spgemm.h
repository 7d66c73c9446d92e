/* Sparse times sparse. */
#ifndef LIS_SPARSE_SPGEMM_H
#define LIS_SPARSE_SPGEMM_H

#include "lis/sparse/csr.h"

/* out = A B, [a.rows, b.columns]; entries that cancel to exactly 0 are not stored. Row by row into a
 * dense accumulator after Gustavson (1978); sums in f64, in the order of A's columns.
 *   top_k  keep only the largest entries of each row (ties: lower column); 0: all
 * Threads: row shards; same bytes at any count. Takes twice the result's memory for a moment, and 9
 * bytes a column of B for each worker.
 * Errors: LIS_ESHAPE, LIS_EARG, LIS_ENOMEM, LIS_EINTR. */
lis_status lis_csr_multiply(lis_ctx *ctx, lis_csr *out, const lis_csr *a, const lis_csr *b,
                            int64_t top_k, lis_error *err);

#endif
