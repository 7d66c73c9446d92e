/* What every metric answers: a value, and how much each user moved it.
 *
 * The influence phi_u of user u is that user's share in the metric's linear expansion; the phi sum
 * to 0. The variance of the metric, clustered by user, is
 *
 *     K / (K - 1) * sum_u phi_u^2          K = users that took part
 *
 * and because influences add, the same formula on phi_a - phi_b is the variance of a paired
 * difference of two arms scored on the same rows, and on any linear combination of arms the variance
 * of that combination. For AUC this is the clustered variance of Obuchowski (Biometrics 1997), for
 * GAUC that of a linearised ratio, for log loss that of a clustered mean. Where no users are given
 * every row is its own cluster. */
#ifndef LIS_METRIC_METRIC_H
#define LIS_METRIC_METRIC_H

#include <stdbool.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/tensor/tensor.h"

/* The scored rows: borrowed, contiguous, 1 to 2^31 - 1 of them. */
typedef struct lis_scored {
    const lis_tensor *score; /* f32 [n]; NaN is refused */
    const lis_tensor *label; /* u8 [n], 0 or 1 */
    const lis_tensor *user;  /* i32 [n] in [0, users), or NULL: every row is its own cluster */
    int64_t users;           /* length of the influence; ignored where user is NULL */
} lis_scored;

/* Lists that a ranking metric orders within, where they are not simply each user's rows: pages,
 * sessions, requests. Borrowed. */
typedef struct lis_lists {
    const lis_tensor *id; /* i32 [n] in [0, count); NULL: a user's rows are one list */
    int64_t count;
} lis_lists;

/* Zero-initialise before filling; release after. */
typedef struct lis_metric {
    double value;
    int64_t rows, positives;
    int64_t clusters; /* K */
    bool higher_is_better;
    lis_tensor influence; /* f64 [users], or [n] without users; 0 where a user took no part */
    lis_tensor share;     /* f64, as influence: a ratio's denominator by user, summing to 1; the
                             empty box where the metric is no ratio (AUC, normalised entropy) */
    char definition[256]; /* in words, to be printed with the number */
} lis_metric;

/* Leaves the empty metric; an empty one is fine. */
void lis_metric_release(lis_metric *metric);

/* Length of the influence: users, or the rows where no users are given. */
int64_t lis_scored_clusters(const lis_scored *scored);

/* What every metric checks first; *positives counts the rows of label 1.
 * Errors: LIS_ESHAPE, LIS_EDTYPE; LIS_ERANGE (label, user) and LIS_EMATH (NaN) name the first bad
 * row, counting from 0; LIS_EARG for no rows or too many; LIS_EINTR, LIS_ENOMEM. */
lis_status lis_scored_check(lis_ctx *ctx, const lis_scored *scored, int64_t *positives,
                            lis_error *err);

/* K / (K - 1) * sum_u a_u * b_u of two influences [m] f64: a covariance; with a = b, a variance.
 * Threads: shards summed in order; same bytes at any thread count.
 * Errors: LIS_ESHAPE, LIS_EDTYPE; LIS_EMATH for fewer than two clusters; LIS_ENOMEM, LIS_EINTR. */
lis_status lis_influence_covariance(lis_ctx *ctx, double *out, const lis_tensor *a,
                                    const lis_tensor *b, int64_t clusters, lis_error *err);

#endif
