/* Truncated singular value decomposition of a sparse matrix, A ~ U diag(s) V'.
 *
 * Randomised subspace iteration (Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1): a normal
 * random block is multiplied `power` times by A A' with an orthonormalisation after each product, and
 * A is decomposed within the subspace found. A symmetric A (checked) takes the same number of
 * products, but needs no transpose and ends with one small eigenproblem: U diag(lambda) U', s =
 * |lambda|, V = U sign(lambda). */
#ifndef LIS_SPARSE_RSVD_H
#define LIS_SPARSE_RSVD_H

#include "lis/sparse/csr.h"
#include "lis/sparse/plan.h"
#include "lis/tensor/tensor.h"

typedef struct lis_svd_options {
    int64_t rank;       /* components wanted, in [1, min(rows, columns)] */
    int64_t oversample; /* extra columns of the block; the sum is rounded up to a multiple of 16 */
    int64_t power;      /* iterations; more where the spectrum decays slowly */
    uint64_t seed;      /* of the random block */
} lis_svd_options;

/* rank 16, oversample 10, power 4, seed 0. */
lis_svd_options lis_svd_defaults(void);

/* What lis_csr_svd takes, at most; the rank is one that it accepts. */
lis_plan lis_svd_plan(const lis_csr *a, const lis_svd_options *options, int threads);

/* New tensors, overwritten: u [rows, rank] f32, s [rank] f32 descending, v [columns, rank] f32; the
 * columns of u and v are orthonormal. Sign: the largest entry of each column of u (the first such) is
 * positive. Same bytes at any thread count; OpenBLAS may differ between processors.
 * Errors: LIS_EARG where the rank is larger than the matrix or an option is negative; LIS_EMATH where
 * a value is not finite; LIS_ENOMEM, told before it begins where the plan does not fit; LIS_EINTR. On error the three are empty. Takes about
 * 8 (rows + columns) (rank + oversample) bytes, and a transpose unless A is symmetric. */
lis_status lis_csr_svd(lis_ctx *ctx, lis_tensor *u, lis_tensor *s, lis_tensor *v, const lis_csr *a,
                       const lis_svd_options *options, lis_error *err);

#endif
