#include <inttypes.h>
#include <math.h>

#include "accumulator.h"
#include "rows.h"

typedef struct {
    const lis_csr *const *term;
    int64_t terms;
    lis_accumulator *pool; /* one a worker */
} sum_job;

static void add_row(lis_accumulator *accumulator, const lis_csr *term, int64_t row) {
    lis_accumulator acc = *accumulator; /* its byte stores may alias the original, not this copy */
    for (int64_t k = term->offset[row]; k < term->offset[row + 1]; k++)
        lis_accumulator_add(&acc, term->column[k], term->value[k]);
}

static int64_t sum_row(void *arg, int64_t row, int worker, int32_t *column, float *value) {
    const sum_job *job = arg;
    for (int64_t t = 0; t < job->terms; t++)
        add_row(&job->pool[worker], job->term[t], row);
    return lis_accumulator_drain(&job->pool[worker], -1, -INFINITY, column, value);
}

lis_status lis_csr_sum(lis_ctx *ctx, lis_csr *out, const lis_csr *const *term, int64_t terms,
                       lis_error *err) {
    *out = (lis_csr){0};
    if (terms < 1) return lis_fail(err, LIS_EARG, "sum: there is no matrix to add up");
    int64_t rows = term[0]->rows, columns = term[0]->columns;
    for (int64_t t = 1; t < terms; t++) {
        if (term[t]->rows == rows && term[t]->columns == columns) continue;
        return lis_fail(err, LIS_ESHAPE,
                        "sum: matrix %" PRId64 " has %" PRId64 " x %" PRId64
                        " entries, the first %" PRId64 " x %" PRId64,
                        t + 1, term[t]->rows, term[t]->columns, rows, columns);
    }
    sum_job job = {.term = term, .terms = terms};
    LIS_TRY(lis_accumulators_new(&job.pool, ctx, columns, err));
    lis_status status = lis_rows_collect(ctx, out, rows, columns, 0, sum_row, &job, err);
    lis_accumulators_free(job.pool, ctx);
    return status;
}
