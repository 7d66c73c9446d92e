#include "lis/metric/metric.h"

#include <math.h>
#include <string.h>

#include "sums.h"

void lis_metric_release(lis_metric *metric) {
    lis_tensor_release(&metric->influence);
    lis_tensor_release(&metric->share);
    memset(metric, 0, sizeof *metric);
}

int64_t lis_scored_clusters(const lis_scored *scored) {
    return scored->user ? scored->users : scored->label->shape[0];
}

static lis_status check_rows(void *arg, int64_t begin, int64_t end, double *sums, lis_error *err) {
    const lis_scored *scored = arg;
    const float *score = lis_f32(scored->score);
    const uint8_t *label = lis_u8(scored->label);
    const int32_t *user = scored->user ? lis_i32(scored->user) : NULL;
    int64_t positives = 0;
    for (int64_t i = begin; i < end; i++) {
        if (isnan(score[i]))
            return lis_fail(err, LIS_EMATH,
                            "score of row %lld (counting from 0) is NaN and has no rank; look for "
                            "a diverged ranker (lower its learning rate) or a NaN in its inputs",
                            (long long)i);
        if (label[i] > 1)
            return lis_fail(err, LIS_ERANGE,
                            "label of row %lld (counting from 0) is %d; labels are 0 or 1: make "
                            "them with a rule such as rating >= 4",
                            (long long)i, label[i]);
        if (user && (user[i] < 0 || user[i] >= scored->users))
            return lis_fail(err, LIS_ERANGE,
                            "user of row %lld (counting from 0) is %d, outside [0, %lld); pass "
                            "users = number of distinct users, and drop rows without a user",
                            (long long)i, user[i], (long long)scored->users);
        positives += label[i];
    }
    sums[0] = (double)positives;
    return LIS_OK;
}

lis_status lis_scored_check(lis_ctx *ctx, const lis_scored *scored, int64_t *positives,
                            lis_error *err) {
    LIS_TRY(lis_tensor_expect_1d(scored->score, "score", LIS_F32, -1, err));
    int64_t n = scored->score->shape[0];
    LIS_TRY(lis_tensor_expect_1d(scored->label, "label", LIS_U8, n, err));
    if (scored->user) LIS_TRY(lis_tensor_expect_1d(scored->user, "user", LIS_I32, n, err));
    if (n < 1) return lis_fail(err, LIS_EARG, "no rows to score: the test window is empty");
    if (n > INT32_MAX || (scored->user && scored->users > INT32_MAX))
        return lis_fail(err, LIS_EARG,
                        "%lld rows of %lld users; a metric takes up to 2^31 - 1 of each: sample "
                        "users, or score windows apart",
                        (long long)n, (long long)lis_scored_clusters(scored));
    double totals[LIS_SUMS_MAX];
    LIS_TRY(lis_sums(ctx, n, check_rows, (void *)scored, totals, err));
    *positives = (int64_t)totals[0];
    return LIS_OK;
}

typedef struct pair {
    const double *a, *b;
} pair;

static lis_status sum_products(void *arg, int64_t begin, int64_t end, double *sums,
                               lis_error *err) {
    (void)err;
    const pair *p = arg;
    for (int64_t i = begin; i < end; i++)
        sums[0] += p->a[i] * p->b[i];
    return LIS_OK;
}

lis_status lis_influence_covariance(lis_ctx *ctx, double *out, const lis_tensor *a,
                                    const lis_tensor *b, int64_t clusters, lis_error *err) {
    LIS_TRY(lis_tensor_expect_1d(a, "influence a", LIS_F64, -1, err));
    LIS_TRY(lis_tensor_expect_1d(b, "influence b", LIS_F64, a->shape[0], err));
    if (clusters < 2)
        return lis_fail(err, LIS_EMATH,
                        "no variance from %lld user: an interval needs at least two users with "
                        "scored rows",
                        (long long)clusters);
    pair p = {.a = lis_f64(a), .b = lis_f64(b)};
    double totals[LIS_SUMS_MAX];
    LIS_TRY(lis_sums(ctx, a->shape[0], sum_products, &p, totals, err));
    *out = totals[0] * (double)clusters / (double)(clusters - 1);
    return LIS_OK;
}
