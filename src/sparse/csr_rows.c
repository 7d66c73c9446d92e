/* The row-wise operations of csr.h: add, top_k, prune, thin. */
#include <inttypes.h>

#include "lis/base/rng.h"
#include "rows.h"

typedef struct {
    const lis_csr *a, *b;
    float scale;
} add_job;

/* Merges two ascending rows. */
static int64_t add_row(void *arg, int64_t row, int worker, int32_t *column, float *value) {
    (void)worker;
    const add_job *job = arg;
    const lis_csr *a = job->a, *b = job->b;
    int64_t i = a->offset[row], i_end = a->offset[row + 1];
    int64_t j = b->offset[row], j_end = b->offset[row + 1];
    int64_t count = 0;
    while (i < i_end || j < j_end) {
        int32_t from_a = i < i_end ? a->column[i] : INT32_MAX;
        int32_t from_b = j < j_end ? b->column[j] : INT32_MAX;
        float sum = from_a <= from_b ? a->value[i++] : 0.0F;
        if (from_b <= from_a) sum += job->scale * b->value[j++];
        if (sum == 0.0F) continue;
        if (column) {
            column[count] = from_a < from_b ? from_a : from_b;
            value[count] = sum;
        }
        count++;
    }
    return count;
}

lis_status lis_csr_add(lis_ctx *ctx, lis_csr *out, const lis_csr *a, float scale, const lis_csr *b,
                       lis_error *err) {
    *out = (lis_csr){0};
    if (a->rows != b->rows || a->columns != b->columns)
        return lis_fail(err, LIS_ESHAPE,
                        "add: the matrices differ in shape, %" PRId64 " x %" PRId64 " and %" PRId64
                        " x %" PRId64,
                        a->rows, a->columns, b->rows, b->columns);
    add_job job = {a, b, scale};
    return lis_rows_build(ctx, out, a->rows, a->columns, add_row, &job, err);
}

typedef struct {
    const lis_csr *in;
    int64_t k;
} top_job;

static int64_t top_row(void *arg, int64_t row, int worker, int32_t *column, float *value) {
    (void)worker;
    const top_job *job = arg;
    int64_t begin = job->in->offset[row], n = job->in->offset[row + 1] - begin;
    const int32_t *from_column = job->in->column + begin;
    const float *from_value = job->in->value + begin;
    if (!column) return n < job->k ? n : job->k;
    return lis_row_top(column, value, from_column, from_value, n, job->k);
}

lis_status lis_csr_top_k(lis_ctx *ctx, lis_csr *out, const lis_csr *in, int64_t k, lis_error *err) {
    *out = (lis_csr){0};
    if (k < 0) return lis_fail(err, LIS_EARG, "top_k: k is %" PRId64 "; it cannot be negative", k);
    top_job job = {in, k};
    return lis_rows_build(ctx, out, in->rows, in->columns, top_row, &job, err);
}

typedef struct {
    const lis_csr *in;
    float least;
} prune_job;

static int64_t prune_row(void *arg, int64_t row, int worker, int32_t *column, float *value) {
    (void)worker;
    const prune_job *job = arg;
    const lis_csr *in = job->in;
    int64_t count = 0;
    for (int64_t i = in->offset[row]; i < in->offset[row + 1]; i++) {
        if (!(in->value[i] >= job->least)) continue;
        if (column) {
            column[count] = in->column[i];
            value[count] = in->value[i];
        }
        count++;
    }
    return count;
}

lis_status lis_csr_prune(lis_ctx *ctx, lis_csr *out, const lis_csr *in, float least,
                         lis_error *err) {
    prune_job job = {in, least};
    return lis_rows_build(ctx, out, in->rows, in->columns, prune_row, &job, err);
}

typedef struct {
    const lis_csr *in;
    double share;
    uint64_t seed;
} thin_job;

/* 53 bits of the pair's hash as a number in [0, 1): share 1 keeps all, share 0 nothing. */
static bool drawn(const thin_job *job, int64_t a, int64_t b) {
    uint64_t low = (uint64_t)(a < b ? a : b), high = (uint64_t)(a < b ? b : a);
    uint64_t bits = lis_rng_hash(job->seed, "thin", low << 32 | high) >> 11;
    return (double)bits * 0x1p-53 < job->share;
}

static int64_t thin_row(void *arg, int64_t row, int worker, int32_t *column, float *value) {
    (void)worker;
    const thin_job *job = arg;
    const lis_csr *in = job->in;
    int64_t count = 0;
    for (int64_t i = in->offset[row]; i < in->offset[row + 1]; i++) {
        if (!drawn(job, row, in->column[i])) continue;
        if (column) {
            column[count] = in->column[i];
            value[count] = in->value[i];
        }
        count++;
    }
    return count;
}

lis_status lis_csr_thin(lis_ctx *ctx, lis_csr *out, const lis_csr *in, double share, uint64_t seed,
                        lis_error *err) {
    *out = (lis_csr){0};
    if (!(share >= 0 && share <= 1))
        return lis_fail(err, LIS_EARG, "thin: the share is %g; it must lie in [0, 1]", share);
    thin_job job = {in, share, seed};
    return lis_rows_build(ctx, out, in->rows, in->columns, thin_row, &job, err);
}
