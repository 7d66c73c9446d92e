#include <inttypes.h>
#include <string.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "poll.h"
#include "rows.h"

enum { ROWS_PER_SHARD = 32, WORD = 64 };

/* A square matrix on its way to other labels: to[old] = new, from[new] = old. */
typedef struct {
    const lis_csr *in;
    lis_csr *out;
    const int32_t *to;
    int32_t *from;
    float *value;   /* [workers, columns] the row at hand, by new column */
    uint64_t *held; /* [workers, words] a bit for each column that it holds */
    int64_t words;
} relabelling;

static lis_status invert(relabelling *job, lis_error *err) {
    int64_t n = job->in->rows;
    job->from = lis_alloc((size_t)n, sizeof *job->from);
    if (!job->from) return lis_fail_nomem(err, "the inverse of a permutation", 4.0 * (double)n);
    memset(job->from, -1, (size_t)n * sizeof *job->from);
    for (int64_t k = 0; k < n; k++) {
        int32_t to = job->to[k];
        if (to < 0 || to >= n)
            return lis_fail(err, LIS_EARG,
                            "permutation: entry %" PRId64 " is %" PRId32 ", outside [0, %" PRId64
                            ")",
                            k, to, n);
        if (job->from[to] >= 0)
            return lis_fail(err, LIS_EARG,
                            "permutation: entry %" PRId64 " repeats %" PRId32
                            "; each id must occur once",
                            k, to);
        job->from[to] = (int32_t)k;
    }
    return LIS_OK;
}

static void set_offsets(const relabelling *job, const lis_csr *to) {
    int64_t *offset = to->offset;
    offset[0] = 0;
    for (int64_t r = 0; r < job->in->rows; r++)
        offset[r + 1] =
            offset[r] + job->in->offset[job->from[r] + 1] - job->in->offset[job->from[r]];
}

/* ---- full rows: dealt to their columns, then swept in order, bit by bit */

static lis_status sweep_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const relabelling *job = arg;
    const lis_csr *in = job->in;
    float *value = job->value + shard.worker * in->columns;
    uint64_t *held = job->held + shard.worker * job->words;
    for (int64_t r = shard.begin; r < shard.end; r++) {
        for (int64_t k = in->offset[job->from[r]]; k < in->offset[job->from[r] + 1]; k++) {
            int32_t column = job->to[in->column[k]];
            value[column] = in->value[k];
            held[column / WORD] |= UINT64_C(1) << column % WORD;
        }
        int64_t at = job->out->offset[r];
        for (int64_t w = 0; w < job->words; w++) {
            for (uint64_t left = held[w]; left; left &= left - 1, at++) {
                int64_t column = w * WORD + __builtin_ctzll(left);
                job->out->column[at] = (int32_t)column;
                job->out->value[at] = value[column];
            }
            held[w] = 0;
        }
    }
    return LIS_OK;
}

static lis_status relabel_full_rows(lis_ctx *ctx, relabelling *job, lis_error *err) {
    size_t workers = (size_t)ctx->threads, columns = (size_t)job->in->columns;
    job->words = (job->in->columns + WORD - 1) / WORD;
    job->value = lis_alloc(workers * columns, sizeof *job->value);
    job->held = lis_calloc(workers * (size_t)job->words, sizeof *job->held);
    if (!job->value || !job->held)
        return lis_fail_nomem(err, "rows on their way", 4.2 * (double)(workers * columns));
    return lis_parallel_for(ctx, job->in->rows, ROWS_PER_SHARD, sweep_shard, job, err);
}

/* ---- sparse rows: relabelled in the order in which they come; turning over and back sorts them */

static lis_status relabel_sparse_rows(const lis_ctx *ctx, relabelling *job, lis_error *err) {
    const lis_csr *in = job->in;
    lis_csr loose, turned = {0};
    LIS_TRY(lis_csr_new(&loose, in->rows, in->columns, in->nnz, err));
    set_offsets(job, &loose);
    lis_status status = LIS_OK;
    for (int64_t r = 0, at = 0; r < in->rows && status == LIS_OK; r++) {
        for (int64_t k = in->offset[job->from[r]]; k < in->offset[job->from[r] + 1]; k++, at++) {
            loose.column[at] = job->to[in->column[k]];
            loose.value[at] = in->value[k];
        }
        status = lis_poll(ctx, r, err);
    }
    if (status == LIS_OK) status = lis_csr_transpose(ctx, &turned, &loose, err);
    lis_csr_free(&loose);
    if (status == LIS_OK) status = lis_csr_transpose(ctx, job->out, &turned, err);
    lis_csr_free(&turned);
    return status;
}

/* Sweeping costs a row all words of its columns. */
static bool rows_are_full(const lis_csr *in) {
    return in->nnz >= in->rows * (in->columns / WORD);
}

static lis_status relabel(lis_ctx *ctx, relabelling *job, lis_error *err) {
    LIS_TRY(invert(job, err));
    if (!rows_are_full(job->in)) return relabel_sparse_rows(ctx, job, err);
    LIS_TRY(lis_csr_new(job->out, job->in->rows, job->in->columns, job->in->nnz, err));
    set_offsets(job, job->out);
    return relabel_full_rows(ctx, job, err);
}

lis_status lis_csr_permute(lis_ctx *ctx, lis_csr *out, const lis_csr *in,
                           const int32_t *permutation, lis_error *err) {
    *out = (lis_csr){0};
    if (in->rows != in->columns)
        return lis_fail(err, LIS_ESHAPE,
                        "permute relabels rows and columns together: wanted a square matrix, got "
                        "%" PRId64 " x %" PRId64,
                        in->rows, in->columns);
    relabelling job = {.in = in, .out = out, .to = permutation};
    lis_status status = relabel(ctx, &job, err);
    lis_free(job.from);
    lis_free(job.value);
    lis_free(job.held);
    if (status != LIS_OK) lis_csr_free(out);
    return status;
}
