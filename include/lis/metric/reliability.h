/* Do probabilities mean what they say, score by score? The reliability curve. */
#ifndef LIS_METRIC_RELIABILITY_H
#define LIS_METRIC_RELIABILITY_H

#include "lis/metric/logloss.h"

/* One bin of a reliability curve. */
typedef struct lis_reliability_bin {
    int64_t rows, positives;
    double predicted; /* mean probability; the observed share is positives / rows */
} lis_reliability_bin;

/* Rows in ascending order of score, cut into `bins` of near-equal size (tied rows stay together, so a
 * bin may be empty). *error = mean over rows of |mean predicted - observed share| of their bin: the
 * expected calibration error, which finite bins bias upward by about sqrt(bins / rows) / 2.
 *   bin     [bins] written
 * Threads: one. Errors: as lis_logloss; LIS_EARG for fewer than 1 bin. Allocates 16 bytes a row. */
lis_status lis_reliability(lis_ctx *ctx, lis_reliability_bin *bin, int64_t bins, double *error,
                           const lis_scored *scored, lis_logloss_input input, lis_error *err);

#endif
