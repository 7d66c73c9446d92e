/* Dense linear algebra: products through OpenBLAS, factorisations through its LAPACK.
 *
 * Matrices are row-major [rows, columns]. Large inputs are f32; what decides an answer (normal
 * equations, small factorisations) is computed in f64. OpenBLAS is pinned to one thread; the threads
 * are lis_parallel_for's, over fixed shards of rows: same bytes at any thread count. (OpenBLAS picks
 * its kernels by processor: bytes may differ between machines.) */
#ifndef LIS_TENSOR_LINALG_H
#define LIS_TENSOR_LINALG_H

#include "lis/base/ctx.h"
#include "lis/tensor/tensor.h"

/* OpenBLAS to one thread, once a process. Everything here calls it; so must whoever calls cblas
 * directly. Thread-safe. */
void lis_linalg_pin(void);

/* The library behind it, its version, options and kernels, in its own words. Constant. */
const char *lis_linalg_library(void);

/* What OPENBLAS_CORETYPE should have been when the program began: the kernels that this processor runs best, where
 * OpenBLAS, older than the processor, took those of one without AVX2 (a fifth of the speed); NULL where its own choice
 * is sound. Constant. */
const char *lis_linalg_better_core(void);

/* out = alpha * a b + beta * out.
 *   out  [m, n] f32 or f64  contiguous rows; must not overlap a or b; not read where beta is 0
 *   a    [m, k], b [k, n]   same type; each contiguous or a transposed view (lis_tensor_transpose)
 * Errors: LIS_ESHAPE (both shapes), LIS_EDTYPE, LIS_ERANGE (a size above INT32_MAX), LIS_EINTR.
 * Allocates: nothing. */
lis_status lis_gemm(lis_ctx *ctx, const lis_tensor *out, double alpha, const lis_tensor *a,
                    const lis_tensor *b, double beta, lis_error *err);

/* out[p * q] = x^T diag(weight) y, accumulated in f64 over shards of rows, summed in shard order.
 *   out     [p, q] f64  written, row-major
 *   x       [n, p] f32 or f64, contiguous; y [n, q] of the same type; may be the same tensor
 *   weight  [n] f32 or f64, contiguous, or NULL for ones
 * Errors: LIS_ESHAPE, LIS_EDTYPE, LIS_ENOMEM, LIS_EINTR. Allocates: at most 64 partial products and a
 * row block a worker. */
lis_status lis_gram(lis_ctx *ctx, double *out, const lis_tensor *x, const lis_tensor *weight,
                    const lis_tensor *y, lis_error *err);

/* Ridge regression: a new W [p, d] f32 that minimises sum_i weight_i |x_i W - y_i|^2 + l2 |W|^2, by
 * the normal equations (x^T D x + l2 I) W = x^T D y, Cholesky (dposv).
 *   x [n, p] f32, y [n, d] f32, weight [n] f32 or f64 or NULL; l2 >= 0
 * There is no intercept: centre the data, or give x a column of ones.
 * Errors: LIS_EARG (l2, a negative weight), LIS_EMATH (singular: raise l2), as lis_gram. */
lis_status lis_ridge(lis_ctx *ctx, lis_tensor *out, const lis_tensor *x, const lis_tensor *y,
                     const lis_tensor *weight, double l2, lis_error *err);

/* Orthogonal Procrustes (Schoenemann 1966): a new R [d, d] f32 with R^T R = I that minimises
 * |a R - b|: with a^T b = U S V^T, R = U V^T (dgesvd). Reflections are allowed.
 *   a, b [n, d] f32. Errors: as lis_gram; LIS_EMATH where a value is not finite. */
lis_status lis_procrustes(lis_ctx *ctx, lis_tensor *out, const lis_tensor *a, const lis_tensor *b,
                          lis_error *err);

/* Principal axes: a new V [p, k] f32 whose columns are the unit eigenvectors of x^T x of the k largest
 * eigenvalues, in that order, signs as lis_eigen_symmetric. Centre x first for the usual PCA; x V are
 * the components.
 *   x [n, p] f32; 1 <= k <= p. Errors: LIS_ESHAPE (k), as lis_gram; LIS_EMATH where x is not finite. */
lis_status lis_principal_axes(lis_ctx *ctx, lis_tensor *out, const lis_tensor *x, int64_t k,
                              lis_error *err);

/* Replaces the columns of a tall x [n, k] f32, n >= k, by an orthonormal basis of their span, in
 * place: Cholesky QR twice (Yamamoto et al. 2015: f64 Gram, rows in shards), or, where the columns
 * are dependent or nearly so, Householder QR (dgeqrf, dorgqr), which completes the basis.
 * Errors: LIS_ESHAPE, LIS_EDTYPE, LIS_ENOMEM, LIS_EINTR, LIS_EMATH where a value is not finite. */
lis_status lis_qr_orthonormalise(lis_ctx *ctx, const lis_tensor *x, lis_error *err);

/* Symmetric eigenproblem (dsyev): a = V diag(values) V^T.
 *   a        [n, n] f64  overwritten: row k is the unit eigenvector of values[k]
 *   values   [n]    f64  written, descending
 * Each vector's sign makes its largest component (the first such) positive.
 * Errors: LIS_EMATH where a is not finite, LIS_ENOMEM. One thread. */
lis_status lis_eigen_symmetric(int64_t n, double *a, double *values, lis_error *err);

/* Singular values of a small matrix (dgesvd): a = U diag(s) V^T, k = min(m, n).
 *   a   [m, n] f64  borrowed
 *   u   [m, k] f64, s [k] f64 descending, vt [k, n] f64: written; u and vt may be NULL
 * Sign: the largest component of each row of vt is positive (of each column of u where vt is NULL).
 * Errors: LIS_EMATH where a is not finite, LIS_ENOMEM. One thread. */
lis_status lis_svd_small(int64_t m, int64_t n, const double *a, double *u, double *s, double *vt,
                         lis_error *err);

#endif
