/* Bootstrap by user (or by day): the metric over and over with random weights, in one pass.
 *
 * Each replicate gives every cluster a Poisson(1) weight, which is what drawing clusters with
 * replacement tends to. A weight is a function of (seed, cluster, replicate) alone, so two arms get
 * the same weights and their replicates may be subtracted pair by pair. For day blocks give the day
 * of each row as its user. */
#ifndef LIS_METRIC_BOOTSTRAP_H
#define LIS_METRIC_BOOTSTRAP_H

#include "lis/metric/metric.h"

typedef struct lis_bootstrap_options {
    int64_t replicates; /* >= 1 */
    uint64_t seed;
} lis_bootstrap_options;

enum { LIS_BOOTSTRAP_BLOCK = 64 }; /* replicates taken together */

/* Weights of replicates [64 block, 64 block + 64) of one cluster. Poisson(1) to 2^-16, at most 8. */
void lis_bootstrap_weights(uint8_t weights[LIS_BOOTSTRAP_BLOCK], uint64_t seed, int64_t cluster,
                           int64_t block);

/* out = f64 [replicates], new: the exact weighted AUC of each replicate.
 * Threads: blocks of replicates; same bytes for any thread count. Allocates 16 bytes a row, and 64 a
 * cluster and worker, freed before return. O(n * replicates) additions after one sort.
 * Errors: those of lis_auc; LIS_EARG for no replicates or more than 2^28 rows; LIS_EMATH where a
 * replicate drew one class only (too few clusters to bootstrap); LIS_ENOMEM, LIS_EINTR (polled every 65,536 rows). */
lis_status lis_bootstrap_auc(lis_ctx *ctx, lis_tensor *out, const lis_scored *scored,
                             const lis_bootstrap_options *options, lis_error *err);

/* The same for a metric that is a ratio over clusters (it has a share): GAUC, NDCG, MRR, recall, log
 * loss, calibration. A replicate with weights w is exactly value + sum w influence / sum w share.
 * Errors: LIS_EARG for a metric without a share, or no replicates; LIS_EMATH, LIS_ENOMEM, LIS_EINTR
 * as above. Allocates only *out. */
lis_status lis_bootstrap_ratio(lis_ctx *ctx, lis_tensor *out, const lis_metric *metric,
                               const lis_bootstrap_options *options, lis_error *err);

#endif
