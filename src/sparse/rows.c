#include "rows.h"

#include "lis/base/mem.h"
#include "lis/base/parallel.h"

enum { ROWS_PER_SHARD = 32 };

typedef struct {
    lis_csr *out;
    lis_row_fn *fn;
    void *arg;
} row_job;

void lis_counts_to_offsets(int64_t *counts, int64_t n) {
    for (int64_t k = 0; k < n; k++)
        counts[k + 1] += counts[k];
}

static lis_status count_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const row_job *job = arg;
    for (int64_t r = shard.begin; r < shard.end; r++)
        job->out->offset[r + 1] = job->fn(job->arg, r, shard.worker, NULL, NULL);
    return LIS_OK;
}

static lis_status fill_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const row_job *job = arg;
    for (int64_t r = shard.begin; r < shard.end; r++) {
        int64_t at = job->out->offset[r];
        if (at == job->out->offset[r + 1]) continue;
        job->fn(job->arg, r, shard.worker, job->out->column + at, job->out->value + at);
    }
    return LIS_OK;
}

lis_status lis_rows_count(lis_ctx *ctx, lis_csr *out, int64_t rows, int64_t columns, lis_row_fn *fn,
                          void *arg, lis_error *err) {
    *out = (lis_csr){0};
    int64_t *offset = lis_calloc((size_t)rows + 1, sizeof *offset);
    if (!offset) return lis_fail_nomem(err, "CSR row offsets", lis_csr_bytes(rows, 0));
    *out = (lis_csr){.rows = rows, .columns = columns, .offset = offset};
    row_job job = {out, fn, arg};
    lis_status status = lis_parallel_for(ctx, rows, ROWS_PER_SHARD, count_shard, &job, err);
    if (status != LIS_OK) {
        lis_csr_free(out);
        return status;
    }
    lis_counts_to_offsets(offset, rows);
    out->nnz = offset[rows];
    return LIS_OK;
}

lis_status lis_rows_fill(lis_ctx *ctx, lis_csr *out, lis_row_fn *fn, void *arg, lis_error *err) {
    lis_status status = LIS_OK;
    out->column = lis_alloc((size_t)out->nnz, sizeof *out->column);
    out->value = lis_alloc((size_t)out->nnz, sizeof *out->value);
    if (!out->column || !out->value)
        status = lis_fail_nomem(err, "CSR entries", lis_csr_bytes(out->rows, out->nnz));
    row_job job = {out, fn, arg};
    if (status == LIS_OK)
        status = lis_parallel_for(ctx, out->rows, ROWS_PER_SHARD, fill_shard, &job, err);
    if (status != LIS_OK) lis_csr_free(out);
    return status;
}

lis_status lis_rows_build(lis_ctx *ctx, lis_csr *out, int64_t rows, int64_t columns, lis_row_fn *fn,
                          void *arg, lis_error *err) {
    LIS_TRY(lis_rows_count(ctx, out, rows, columns, fn, arg, err));
    return lis_rows_fill(ctx, out, fn, arg, err);
}
