#include "lis/sparse/spgemm.h"

#include <inttypes.h>
#include <math.h>

#include "accumulator.h"
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

lis_status lis_product_build(lis_ctx *ctx, lis_csr *out, const lis_csr *a, const lis_csr *b,
                             const lis_product_rule *rule, lis_error *err) {
    *out = (lis_csr){0};
    product job = {.a = a, .b = b, .rule = rule};
    LIS_TRY(lis_accumulators_new(&job.pool, ctx, b->columns, err));
    lis_status status =
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
    lis_product_rule rule = {.top_k = top_k};
    return lis_product_build(ctx, out, a, b, &rule, err);
}
