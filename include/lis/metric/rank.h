/* Top-k metrics of ranked lists: NDCG, reciprocal rank, recall. */
#ifndef LIS_METRIC_RANK_H
#define LIS_METRIC_RANK_H

#include "lis/metric/metric.h"

typedef enum lis_rank_kind {
    LIS_RANK_NDCG, /* sum of 1 / log2(1 + rank) of engaged rows in the top k, over the best possible
                       (Jarvelin and Kekalainen 2002) */
    LIS_RANK_MRR,  /* 1 / rank of the first engaged row; 0 where it is not in the top k */
    LIS_RANK_RECALL /* share of the list's engaged rows that are in the top k */
} lis_rank_kind;

typedef struct lis_rank_options {
    lis_rank_kind kind;
    int64_t k;       /* >= 1 */
    lis_lists lists; /* all zero: a user's rows are one list */
} lis_rank_options;

/* out->value = mean over lists with an engaged row, every list alike; lists without one are skipped,
 * as no order of them is better than another. Rank 1 is the highest score. Tied rows are in no order,
 * so a list's value is its mean over all orders of them (McSherry and Najork 2008): it does not
 * depend on how rows came in, and a constant score gains nothing.
 *   out     zeroed by the caller; owned by the caller after LIS_OK, empty on error
 * Influence, threads, memory and errors as lis_gauc; LIS_EARG for k < 1. */
lis_status lis_rank(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                    const lis_rank_options *options, lis_error *err);

#endif
