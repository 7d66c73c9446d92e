/* Do probabilities mean what they say, on the whole? Ratio and normalised entropy. */
#ifndef LIS_METRIC_CALIBRATION_H
#define LIS_METRIC_CALIBRATION_H

#include "lis/metric/logloss.h"

/* out->value = sum of predicted probabilities / count of engaged rows: 1 is calibrated on the whole,
 * above 1 promises too much. A ratio c: phi_u = sum over u's rows of (p - c label) / positives.
 * higher_is_better is false and means nothing: the target is 1.
 *   out     zeroed by the caller; owned by the caller after LIS_OK, empty on error
 * Threads, memory, errors: as lis_logloss; LIS_EMATH where no row is engaged. */
lis_status lis_calibration(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                           lis_logloss_input input, lis_error *err);

/* out->value = log loss / entropy of the engaged share (He et al., ADKDD 2014): 1 is as good as
 * always answering the share itself, lower is better. By the delta method, with L the loss, y the
 * share and H its entropy: phi = phi_L / H - L / H^2 ln((1 - y) / y) phi_y.
 * Otherwise as lis_calibration; LIS_EMATH where all labels are of one class. */
lis_status lis_normalized_entropy(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                                  lis_logloss_input input, lis_error *err);

#endif
