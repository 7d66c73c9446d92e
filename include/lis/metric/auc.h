/* Exact AUC with mid-ranks for ties, its influence by user, from one sort. */
#ifndef LIS_METRIC_AUC_H
#define LIS_METRIC_AUC_H

#include "lis/metric/metric.h"

/* out->value = P(score of a positive row > score of a negative row), ties counting half.
 *
 * With P positives, N negatives, V10 of a positive row = share of negatives below it (ties half) and
 * V01 of a negative row = share of positives above it (DeLong 1988), the influence of user u is
 *     sum over u's positives of (V10 - auc) / P  +  sum over u's negatives of (V01 - auc) / N
 * (Obuchowski 1997). Counts are kept doubled in integers, so value and sums by user are exact and
 * their order does not matter.
 *   out     zeroed by the caller; owned by the caller after LIS_OK, empty on error
 * Threads: same bytes for any thread count. Allocates: 16 bytes a row and 16 a user, freed before
 * return, and the influence.
 * Errors: those of lis_scored_check; LIS_EMATH where all labels are of one class; LIS_ENOMEM,
 * LIS_EINTR. */
lis_status lis_auc(lis_ctx *ctx, lis_metric *out, const lis_scored *scored, lis_error *err);

/* The same without the influence, faster: out->influence stays the empty box and clusters 0. */
lis_status lis_auc_value(lis_ctx *ctx, lis_metric *out, const lis_scored *scored, lis_error *err);

#endif
