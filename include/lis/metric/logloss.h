/* Mean logistic loss, with its influence by user. */
#ifndef LIS_METRIC_LOGLOSS_H
#define LIS_METRIC_LOGLOSS_H

#include "lis/metric/metric.h"

typedef enum lis_logloss_input {
    LIS_LOGLOSS_PROBABILITY, /* in [0, 1], clipped to [2^-23, 1 - 2^-23] as f32 cannot say more */
    LIS_LOGLOSS_LOGIT        /* any finite number; nothing is clipped */
} lis_logloss_input;

/* out->value = mean over rows of -ln p(label), in nats. Influence of user u: the sum over u's rows of
 * (loss - value) / n.
 *   out     zeroed by the caller; owned by the caller after LIS_OK, empty on error
 * Threads: losses in parallel, sums in row order; same bytes for any thread count. Allocates: 2 MiB
 * and 8 bytes a user, freed before return, and the influence.
 * Errors: those of lis_scored_check; LIS_ERANGE for a probability outside [0, 1] or an infinite
 * logit, naming the row; LIS_ENOMEM, LIS_EINTR. */
lis_status lis_logloss(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                       lis_logloss_input input, lis_error *err);

#endif
