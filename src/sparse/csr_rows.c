/* The row-wise operations of csr.h: add, top_k, prune. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "lis/base/mem.h"
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

/* A float as an unsigned integer of the same order: NaN lowest, then -inf ... +inf; -0 equals +0. */
static inline uint32_t order_key(float value) {
    if (isnan(value)) return 0;
    uint32_t bits;
    value += 0.0F;
    memcpy(&bits, &value, sizeof bits);
    return bits & 0x80000000U ? ~bits : bits | 0x80000000U;
}

/* The entries of a row to keep: every key above `least`, and the first `ties` that equal it, after
 * both were shifted right by `shift`. */
typedef struct {
    uint32_t least;
    int shift;
    int64_t ties;
} row_cut;

/* Radix selection of the k-th largest, one byte of the key a pass, highest first; 0 < k < n. It
 * needs no scratch and, unlike quickselect, has no bad case. */
static row_cut cut_of_row(const float *value, int64_t n, int64_t k) {
    uint32_t prefix = 0;
    for (int shift = 24;; shift -= 8) {
        int64_t count[256] = {0};
        for (int64_t i = 0; i < n; i++) {
            uint32_t key = order_key(value[i]);
            if (shift == 24 || key >> (shift + 8) == prefix) count[key >> shift & 255]++;
        }
        uint32_t digit = 255;
        for (; count[digit] < k; digit--)
            k -= count[digit];
        prefix = prefix << 8 | digit;
        if (shift == 0 || count[digit] == k) return (row_cut){prefix, shift, k};
    }
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
    if (n <= job->k) {
        memcpy(column, from_column, (size_t)n * sizeof *column);
        memcpy(value, from_value, (size_t)n * sizeof *value);
        return n;
    }
    row_cut cut = cut_of_row(from_value, n, job->k);
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        uint32_t key = order_key(from_value[i]) >> cut.shift;
        if (key < cut.least || (key == cut.least && cut.ties-- <= 0)) continue;
        column[count] = from_column[i];
        value[count++] = from_value[i];
    }
    return count;
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
