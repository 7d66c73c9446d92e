/* What GAUC, NDCG, MRR and recall share: a value for each list of rows (a user's, or a page's), then
 * a weighted mean over lists, with its influence by user. */
#ifndef LIS_METRIC_LIST_MEAN_H
#define LIS_METRIC_LIST_MEAN_H

#include "lis/metric/metric.h"

/* A packed row of a list: score key in bits 1..32, label in bit 0. */
enum { LIS_LIST_SCORE_SHIFT = 1 };

static inline int64_t lis_list_label(uint64_t row) {
    return (int64_t)(row & 1);
}

/* The value and weight of one list, its rows in ascending order of score; weight 0 leaves it out.
 * Called from any thread. */
typedef void lis_list_fn(const void *arg, const uint64_t *rows, int64_t n, double *value,
                         double *weight);

typedef struct lis_list_metric {
    lis_list_fn *fn;
    const void *arg;
    const char *name;   /* for messages: "GAUC" */
    const char *wanted; /* what a list needs to have a weight, for messages */
} lis_list_metric;

/* out->value = sum_g w_g v_g / sum_g w_g over lists g; influence of user u = the sum over u's lists
 * of w_g (v_g - value) / sum w; clusters = users with a list of positive weight. Fills all of *out
 * but the definition; *averaged counts the lists of positive weight.
 * lists NULL: a user's rows are one list. Without users each list is its own cluster.
 * Threads: same bytes for any thread count. Allocates: 16 bytes a row and up to 20 a list.
 * Errors: those of lis_scored_check; LIS_ERANGE for a list id out of range or a list with rows of
 * two users; LIS_EARG without users and lists; LIS_EMATH where no list has a weight; LIS_ENOMEM,
 * LIS_EINTR. *out is empty then. */
lis_status lis_list_mean(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                         const lis_lists *lists, const lis_list_metric *metric, int64_t *averaged,
                         lis_error *err);

#endif
