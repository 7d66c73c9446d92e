/* Sparse times dense. */
#ifndef LIS_SPARSE_SPMM_H
#define LIS_SPARSE_SPMM_H

#include "lis/sparse/csr.h"
#include "lis/tensor/tensor.h"

/* out = A x.
 *   out  [rows, d]    f32  written; must not overlap x
 *   x    [columns, d] f32  borrowed; contiguous, as is out
 * Each output row is summed in f32 in column order, 16 columns of x at a time, with the widest vectors
 * this processor has (fused multiply-adds where it has them, so processors may differ in the last
 * bit). Threads: row shards; same bytes at any count.
 * Errors: LIS_ESHAPE, LIS_EDTYPE, LIS_EINTR. Allocates: nothing. */
lis_status lis_csr_matmul(lis_ctx *ctx, const lis_tensor *out, const lis_csr *a,
                          const lis_tensor *x, lis_error *err);

/* out = A' x, with out [columns, d] and x [rows, d]: transposes A first (LIS_ENOMEM), as a scatter
 * would need either locks or a copy of out a worker. Who does it often keeps the transpose. */
lis_status lis_csr_matmul_transposed(lis_ctx *ctx, const lis_tensor *out, const lis_csr *a,
                                     const lis_tensor *x, lis_error *err);

#endif
