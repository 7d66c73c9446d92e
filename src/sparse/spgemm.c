#include "lis/sparse/spgemm.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "accumulator.h"
#include "lis/sparse/plan.h"
#include "product.h"
#include "rows.h"

enum { LOOK_AHEAD = 4 /* rows of b: they lie scattered, so they are asked for early */ };

typedef struct {
    const lis_csr *a, *b;
    const lis_product_rule *rule;
    lis_accumulator *pool;
} product;

static void add_row(lis_accumulator *accumulator, const lis_csr *b, int32_t row, double factor) {
    lis_accumulator acc = *accumulator; /* its byte stores may alias the original, not this copy */
    for (int64_t k = b->offset[row]; k < b->offset[row + 1]; k++)
        lis_accumulator_add(&acc, b->column[k], factor * (double)b->value[k]);
}

static int64_t product_row(void *arg, int64_t row, int worker, int32_t *column, float *value) {
    const product *job = arg;
    const lis_csr *a = job->a, *b = job->b;
    lis_accumulator *acc = &job->pool[worker];
    int64_t end = a->offset[row + 1];
    for (int64_t k = a->offset[row]; k < end; k++) {
        if (k + LOOK_AHEAD < end) {
            int64_t soon = b->offset[a->column[k + LOOK_AHEAD]];
            __builtin_prefetch(b->column + soon);
            __builtin_prefetch(b->value + soon);
        }
        add_row(acc, b, a->column[k], a->value[k]);
    }
    int64_t skip = job->rule->drop_diagonal && row < b->columns ? row : -1;
    int64_t n = lis_accumulator_drain(acc, skip, -INFINITY, column, value);
    if (job->rule->finish) job->rule->finish(job->rule->arg, row, n, column, value);
    return n;
}

/* ---- how large it is, before anything of it is made */

static double entry_bound(const lis_csr *a, const lis_csr *b, int64_t top_k) {
    double entries = 0, most = (double)b->columns;
    if (top_k > 0) most = fmin(most, (double)top_k);
    for (int64_t r = 0; r < a->rows; r++) {
        double others = 0;
        for (int64_t k = a->offset[r]; k < a->offset[r + 1]; k++)
            others += (double)(b->offset[a->column[k] + 1] - b->offset[a->column[k]]);
        entries += fmin(others, most);
    }
    return entries;
}

static int64_t count_row(void *arg, int64_t row, int worker, int32_t *column, float *value) {
    (void)column;
    (void)value;
    const product *job = arg;
    const lis_csr *a = job->a, *b = job->b;
    lis_accumulator *acc = &job->pool[worker];
    for (int64_t k = a->offset[row]; k < a->offset[row + 1]; k++)
        for (int64_t p = b->offset[a->column[k]]; p < b->offset[a->column[k] + 1]; p++)
            lis_accumulator_mark(acc, b->column[p]);
    return lis_accumulator_count(acc, -1);
}

/* The result and, while it is collected, a copy of it. Rows are counted only where the bound does not
 * fit and top_k does not make it tight. */
static lis_status check_size(lis_ctx *ctx, product *job, lis_error *err) {
    const char *cure = job->rule->cure;
    char what[96];
    int64_t rows = job->a->rows, columns = job->b->columns;
    lis_plan plan = {.entries = entry_bound(job->a, job->b, job->rule->top_k)};
    plan.bytes = 2 * lis_csr_bytes(rows, (int64_t)plan.entries);
    snprintf(what, sizeof what, "%s, %" PRId64 " x %" PRId64 ",", job->rule->what, rows, columns);
    lis_status status = lis_plan_check(&plan, what, cure, 0, err);
    if (status != LIS_ENOMEM || job->rule->top_k > 0) return status;
    lis_csr shape;
    LIS_TRY(lis_rows_count(ctx, &shape, rows, columns, count_row, job, err));
    plan = (lis_plan){(double)shape.nnz, 2 * lis_csr_bytes(rows, shape.nnz)};
    lis_csr_free(&shape);
    return lis_plan_check(&plan, what, cure, 0, err);
}

lis_status lis_product_build(lis_ctx *ctx, lis_csr *out, const lis_csr *a, const lis_csr *b,
                             const lis_product_rule *rule, lis_error *err) {
    *out = (lis_csr){0};
    product job = {.a = a, .b = b, .rule = rule};
    LIS_TRY(lis_accumulators_new(&job.pool, ctx, b->columns, err));
    lis_status status = check_size(ctx, &job, err);
    if (status == LIS_OK)
        status =
            lis_rows_collect(ctx, out, a->rows, b->columns, rule->top_k, product_row, &job, err);
    lis_accumulators_free(job.pool, ctx);
    return status;
}

lis_status lis_csr_multiply(lis_ctx *ctx, lis_csr *out, const lis_csr *a, const lis_csr *b,
                            int64_t top_k, lis_error *err) {
    *out = (lis_csr){0};
    if (a->columns != b->rows)
        return lis_fail(err, LIS_ESHAPE,
                        "multiply: %" PRId64 " x %" PRId64 " by %" PRId64 " x %" PRId64
                        "; the inner sizes differ",
                        a->rows, a->columns, b->rows, b->columns);
    if (top_k < 0) return lis_fail(err, LIS_EARG, "top_k is %" PRId64 "; use 0 for all", top_k);
    lis_product_rule rule = {.top_k = top_k,
                             .what = "the product",
                             .cure = "set top_k or lower it, multiply fewer rows"};
    return lis_product_build(ctx, out, a, b, &rule, err);
}
