#include "lis/sparse/spmm.h"

#include "lis/base/parallel.h"
#include "spmm_rows.h"

enum { ROWS_PER_SHARD = 32 };

typedef struct {
    lis_rows_job product;
    lis_rows_fn *rows;
} matmul_job;

static lis_status matmul_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const matmul_job *job = arg;
    job->rows(&job->product, shard.begin, shard.end);
    return LIS_OK;
}

lis_status lis_csr_matmul(lis_ctx *ctx, const lis_tensor *out, const lis_csr *a,
                          const lis_tensor *x, lis_error *err) {
    LIS_TRY(lis_tensor_expect_2d(x, "x", LIS_F32, a->columns, -1, err));
    LIS_TRY(lis_tensor_expect_2d(out, "out", LIS_F32, a->rows, x->shape[1], err));
    lis_rows_fn *kernels[LIS_ROWS_KERNELS];
    lis_rows_fn *best = kernels[lis_rows_kernels(kernels) - 1];
    matmul_job job = {{a, lis_f32(x), lis_f32(out), x->shape[1]}, best};
    return lis_parallel_for(ctx, a->rows, ROWS_PER_SHARD, matmul_shard, &job, err);
}

lis_status lis_csr_matmul_transposed(lis_ctx *ctx, const lis_tensor *out, const lis_csr *a,
                                     const lis_tensor *x, lis_error *err) {
    LIS_TRY(lis_tensor_expect_2d(x, "x", LIS_F32, a->rows, -1, err));
    lis_csr turned;
    LIS_TRY(lis_csr_transpose(ctx, &turned, a, err));
    lis_status status = lis_csr_matmul(ctx, out, &turned, x, err);
    lis_csr_free(&turned);
    return status;
}
