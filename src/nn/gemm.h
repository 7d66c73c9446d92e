/* One-thread products of a shard's small matrices, row-major, through OpenBLAS; `add` keeps what is
 * in c. Threads come from the shards around them. */
#ifndef LIS_NN_GEMM_H
#define LIS_NN_GEMM_H

#include <cblas.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* c [m, n] = a [m, k] b [k, n] */
static inline void nn_gemm(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                           const float *b, int64_t ldb, float *c, int64_t ldc, bool add) {
    if (m > 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)n, (int)k, 1.0f, a,
                    (int)lda, b, (int)ldb, add ? 1.0f : 0.0f, c, (int)ldc);
}

/* c [m, n] = a' b, a [k, m], b [k, n]; k may be 0 */
static inline void nn_gemm_tn(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                              const float *b, int64_t ldb, float *c, int64_t ldc, bool add) {
    if (k > 0)
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)m, (int)n, (int)k, 1.0f, a,
                    (int)lda, b, (int)ldb, add ? 1.0f : 0.0f, c, (int)ldc);
    else if (!add)
        for (int64_t i = 0; i < m; i++)
            memset(c + i * ldc, 0, (size_t)n * sizeof *c);
}

/* c [m, n] = a [m, k] b', b [n, k] */
static inline void nn_gemm_nt(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                              const float *b, int64_t ldb, float *c, int64_t ldc, bool add) {
    if (m > 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, (int)k, 1.0f, a,
                    (int)lda, b, (int)ldb, add ? 1.0f : 0.0f, c, (int)ldc);
}

#endif
