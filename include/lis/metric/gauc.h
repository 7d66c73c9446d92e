/* Grouped AUC: the AUC inside each user's own rows, averaged over users. */
#ifndef LIS_METRIC_GAUC_H
#define LIS_METRIC_GAUC_H

#include "lis/metric/metric.h"

/* Papers mean different things by GAUC. The weight of user u with p positives and q negatives: */
typedef enum lis_gauc_weight {
    LIS_GAUC_ROWS,      /* p + q: impressions (the default) */
    LIS_GAUC_POSITIVES, /* p: clicks */
    LIS_GAUC_EQUAL,     /* 1 */
    LIS_GAUC_PAIRS      /* p * q: every within-user pair counts alike */
} lis_gauc_weight;

/* A user whose rows are all of one class has no AUC of their own: */
typedef enum lis_gauc_one_class {
    LIS_GAUC_SKIP, /* is left out (the default) */
    LIS_GAUC_HALF  /* counts as 0.5 */
} lis_gauc_one_class;

typedef struct lis_gauc_options {
    lis_gauc_weight weight;
    lis_gauc_one_class one_class;
    lis_lists lists; /* groups other than users, say pages; then read "list" for "user" above */
} lis_gauc_options;  /* all zero: the defaults */

/* out->value = sum_u w_u auc_u / sum_u w_u, auc_u exact with mid-ranks.
 *
 * A ratio estimator: influence phi_u = w_u (auc_u - value) / sum w, summed over a user's lists where
 * there are several. K counts the users of positive weight.
 *   out     zeroed by the caller; owned by the caller after LIS_OK, empty on error
 * Threads: same bytes for any thread count. Allocates: 16 bytes a row and up to 20 a list, freed
 * before return, and the influence.
 * Errors: those of lis_scored_check; LIS_EARG without users and lists; LIS_ERANGE for a bad list;
 * LIS_EMATH where no user has a weight; LIS_ENOMEM, LIS_EINTR. */
lis_status lis_gauc(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                    const lis_gauc_options *options, lis_error *err);

#endif
