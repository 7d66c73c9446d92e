#include "lis/metric/delong.h"

#include <math.h>

#include "lis/metric/auc.h"
#include "sums.h"

/* Sums of squares split by class, so that each can have its own n / (n - 1). */
typedef struct squares {
    const double *a, *b;  /* influences by row */
    const uint8_t *label; /* NULL where they are by user: then all is in the first sum */
    double weight_a, weight_b;
} squares;

static lis_status sum_squares(void *arg, int64_t begin, int64_t end, double *sums, lis_error *err) {
    (void)err;
    const squares *s = arg;
    for (int64_t i = begin; i < end; i++) {
        double d = s->weight_a * s->a[i] + s->weight_b * s->b[i];
        sums[s->label && s->label[i]] += d * d;
    }
    return LIS_OK;
}

/* n / (n - 1), and 0 for the class that plays no part. */
static double unbiased(int64_t n) {
    return n > 1 ? (double)n / (double)(n - 1) : 0.0;
}

static lis_status variance_of(lis_ctx *ctx, double *out, squares s, const lis_metric *a,
                              lis_error *err) {
    double totals[LIS_SUMS_MAX];
    LIS_TRY(lis_sums(ctx, a->influence.shape[0], sum_squares, &s, totals, err));
    *out = s.label
               ? unbiased(a->rows - a->positives) * totals[0] + unbiased(a->positives) * totals[1]
               : unbiased(a->clusters) * totals[0];
    return LIS_OK;
}

static lis_status compare(lis_ctx *ctx, lis_delong *out, const lis_metric *a, const lis_metric *b,
                          const uint8_t *label, double level, lis_error *err) {
    squares s = {.a = lis_f64(&a->influence), .b = lis_f64(&b->influence), .label = label};
    lis_delong result = {.a = a->value, .b = b->value, .clusters = a->clusters};
    s.weight_a = 1.0;
    LIS_TRY(variance_of(ctx, &result.variance_a, s, a, err));
    s.weight_b = -1.0;
    LIS_TRY(variance_of(ctx, &result.variance, s, a, err));
    s.weight_a = 0.0;
    LIS_TRY(variance_of(ctx, &result.variance_b, s, a, err));
    LIS_TRY(lis_interval_make(&result.delta, a->value - b->value, result.variance, INFINITY, level,
                              err));
    *out = result;
    return LIS_OK;
}

static lis_status check_enough(const lis_metric *a, bool by_user, lis_error *err) {
    int64_t negatives = a->rows - a->positives;
    if (by_user && a->clusters < 2)
        return lis_fail(
            err, LIS_EMATH,
            "all rows are of one user; a variance clustered by user needs at least two");
    if (!by_user && (a->positives < 2 || negatives < 2))
        return lis_fail(err, LIS_EMATH,
                        "%lld engaged and %lld other rows; DeLong's variance needs at least two of "
                        "each",
                        (long long)a->positives, (long long)negatives);
    return LIS_OK;
}

lis_status lis_delong_test(lis_ctx *ctx, lis_delong *out, const lis_tensor *score_a,
                           const lis_tensor *score_b, const lis_tensor *label,
                           const lis_tensor *user, int64_t users, double level, lis_error *err) {
    lis_metric a = {0}, b = {0};
    lis_scored scored = {.score = score_a, .label = label, .user = user, .users = users};
    LIS_TRY(lis_auc(ctx, &a, &scored, err));
    scored.score = score_b;
    lis_status status = lis_auc(ctx, &b, &scored, err);
    if (status == LIS_OK) status = check_enough(&a, user != NULL, err);
    if (status == LIS_OK)
        status = compare(ctx, out, &a, &b, user ? NULL : lis_u8(label), level, err);
    lis_metric_release(&a);
    lis_metric_release(&b);
    return status;
}
