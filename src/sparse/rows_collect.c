#include <string.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "rows.h"

enum { ROWS_PER_SHARD = 32 };

typedef struct {
    int32_t *column;
    float *value;
    int64_t size; /* entries in use, or capacity */
} entries;

typedef struct {
    lis_csr *out;
    int64_t top_k;
    lis_row_fn *fn;
    void *arg;
    entries *desk; /* one a worker: where the rows of its shard are written */
    entries *part; /* one a shard: its rows, end to end */
    int64_t shards;
    int workers;
} collection;

static void entries_free(entries *e) {
    lis_free(e->column);
    lis_free(e->value);
    *e = (entries){0};
}

static lis_status entries_new(entries *e, int64_t size, lis_error *err) {
    *e = (entries){.column = lis_alloc((size_t)size, sizeof *e->column),
                   .value = lis_alloc((size_t)size, sizeof *e->value),
                   .size = size};
    if (e->column && e->value) return LIS_OK;
    entries_free(e);
    return lis_fail_nomem(err, "rows of a sparse matrix", 8.0 * (double)size);
}

static void copy_entries(entries *to, const entries *from, int64_t size) {
    if (size == 0) return; /* an empty desk has no arrays, and memcpy wants some */
    memcpy(to->column, from->column, (size_t)size * sizeof *to->column);
    memcpy(to->value, from->value, (size_t)size * sizeof *to->value);
}

/* Room for one more row behind the `used` entries of a desk. */
static lis_status make_room(entries *desk, int64_t used, int64_t columns, lis_error *err) {
    if (used + columns <= desk->size) return LIS_OK;
    entries larger;
    LIS_TRY(entries_new(&larger, 2 * used + columns, err));
    copy_entries(&larger, desk, used);
    entries_free(desk);
    *desk = larger;
    return LIS_OK;
}

static lis_status collect_shard(void *arg, lis_shard shard, lis_error *err) {
    const collection *job = arg;
    entries *desk = &job->desk[shard.worker];
    int64_t used = 0;
    for (int64_t r = shard.begin; r < shard.end; r++) {
        LIS_TRY(make_room(desk, used, job->out->columns, err));
        int32_t *column = desk->column + used;
        float *value = desk->value + used;
        int64_t count = job->fn(job->arg, r, shard.worker, column, value);
        if (job->top_k > 0) count = lis_row_top(column, value, column, value, count, job->top_k);
        job->out->offset[r + 1] = count;
        used += count;
    }
    LIS_TRY(entries_new(&job->part[shard.index], used, err));
    copy_entries(&job->part[shard.index], desk, used);
    return LIS_OK;
}

static lis_status join_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const collection *job = arg;
    entries *part = &job->part[shard.index];
    int64_t at = job->out->offset[shard.begin];
    entries to = {.column = job->out->column + at, .value = job->out->value + at};
    copy_entries(&to, part, part->size);
    entries_free(part);
    return LIS_OK;
}

static lis_status collect(lis_ctx *ctx, collection *job, lis_error *err) {
    lis_csr *out = job->out;
    out->offset = lis_calloc((size_t)out->rows + 1, sizeof *out->offset);
    job->desk = lis_calloc((size_t)job->workers, sizeof *job->desk);
    job->part = lis_calloc((size_t)job->shards, sizeof *job->part);
    if (!out->offset || !job->desk || !job->part)
        return lis_fail_nomem(err, "rows of a sparse matrix", lis_csr_bytes(out->rows, 0));
    LIS_TRY(lis_parallel_for(ctx, out->rows, ROWS_PER_SHARD, collect_shard, job, err));
    for (int w = 0; w < job->workers; w++)
        entries_free(&job->desk[w]);
    lis_counts_to_offsets(out->offset, out->rows);
    out->nnz = out->offset[out->rows];
    entries whole;
    LIS_TRY(entries_new(&whole, out->nnz, err));
    out->column = whole.column;
    out->value = whole.value;
    return lis_parallel_for(ctx, out->rows, ROWS_PER_SHARD, join_shard, job, err);
}

lis_status lis_rows_collect(lis_ctx *ctx, lis_csr *out, int64_t rows, int64_t columns,
                            int64_t top_k, lis_row_fn *fn, void *arg, lis_error *err) {
    *out = (lis_csr){.rows = rows, .columns = columns};
    collection job = {.out = out,
                      .top_k = top_k,
                      .fn = fn,
                      .arg = arg,
                      .shards = lis_shard_count(rows, ROWS_PER_SHARD),
                      .workers = ctx->threads};
    lis_status status = collect(ctx, &job, err);
    for (int w = 0; job.desk && w < job.workers; w++)
        entries_free(&job.desk[w]);
    for (int64_t s = 0; job.part && s < job.shards; s++)
        entries_free(&job.part[s]);
    lis_free(job.desk);
    lis_free(job.part);
    if (status != LIS_OK) lis_csr_free(out);
    return status;
}
