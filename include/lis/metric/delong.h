/* DeLong's test of two AUCs on the same rows, plain or clustered by user. */
#ifndef LIS_METRIC_DELONG_H
#define LIS_METRIC_DELONG_H

#include "lis/metric/interval.h"
#include "lis/metric/metric.h"

typedef struct lis_delong {
    double a, b;                   /* AUCs */
    double variance_a, variance_b; /* of each alone */
    double variance;               /* of a - b */
    lis_interval delta;            /* of a - b: normal interval and two-sided p */
    int64_t clusters;
} lis_delong;

/* Compares score_a with score_b (each f32 [n]) over one set of labels.
 *
 * Without users: DeLong, DeLong and Clarke-Pearson (Biometrics 1988), exactly:
 *     P / (P - 1) * sum over positives of d^2 + N / (N - 1) * sum over negatives of d^2
 * with d = phi_a - phi_b by row. With users: K / (K - 1) * sum over users of d^2 (Obuchowski 1997
 * with one K for both classes), which is right where a user's rows resemble each other; the plain
 * form is then too narrow.
 * Threads: same bytes for any thread count. Allocates: as lis_auc, all freed before return.
 * Errors: those of lis_auc; LIS_EMATH where a class (plain) has one row, or there is one user. */
lis_status lis_delong_test(lis_ctx *ctx, lis_delong *out, const lis_tensor *score_a,
                           const lis_tensor *score_b, const lis_tensor *label,
                           const lis_tensor *user, int64_t users, double level, lis_error *err);

#endif
