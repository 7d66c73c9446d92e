#include "lis/metric/calibration.h"

#include <math.h>
#include <stdio.h>

#include "forecast.h"

static double ratio_influence(const lis_forecast_sums *sums, const void *arg,
                              const lis_forecast_cluster *cluster) {
    double ratio = *(const double *)arg;
    return (cluster->probability - ratio * (double)cluster->positives) /
           (double)sums->total.positives;
}

static double ratio_share(const lis_forecast_sums *sums, const void *arg,
                          const lis_forecast_cluster *cluster) {
    (void)arg;
    return (double)cluster->positives / (double)sums->total.positives;
}

static lis_status ratio_of(lis_metric *out, const lis_forecast_sums *sums, lis_error *err) {
    if (sums->total.positives == 0)
        return lis_fail(err, LIS_EMATH,
                        "calibration has no engaged row to divide by among %lld; check the label "
                        "rule",
                        (long long)sums->total.rows);
    double ratio = sums->total.probability / (double)sums->total.positives;
    LIS_TRY(lis_forecast_metric(out, sums, ratio, ratio_influence, ratio_share, &ratio, err));
    (void)snprintf(out->definition, sizeof out->definition,
                   "calibration: sum of predicted probabilities over the %lld engaged rows (1 is "
                   "calibrated)",
                   (long long)sums->total.positives);
    return LIS_OK;
}

/* Log loss, engaged share and its entropy. */
typedef struct entropy_terms {
    double loss, share, entropy;
} entropy_terms;

static double entropy_influence(const lis_forecast_sums *sums, const void *arg,
                                const lis_forecast_cluster *cluster) {
    const entropy_terms *t = arg;
    double n = (double)sums->total.rows, rows = (double)cluster->rows;
    double of_loss = (cluster->loss - rows * t->loss) / n;
    double of_share = ((double)cluster->positives - rows * t->share) / n;
    double slope = log((1.0 - t->share) / t->share);
    return (of_loss - t->loss / t->entropy * slope * of_share) / t->entropy;
}

static lis_status entropy_of(lis_metric *out, const lis_forecast_sums *sums, lis_error *err) {
    double n = (double)sums->total.rows, y = (double)sums->total.positives / n;
    if (y == 0.0 || y == 1.0)
        return lis_fail(err, LIS_EMATH,
                        "normalised entropy needs both classes, but all %lld labels are %g; check "
                        "the label rule",
                        (long long)sums->total.rows, y);
    entropy_terms terms = {
        .loss = sums->total.loss / n, .share = y, .entropy = -y * log(y) - (1.0 - y) * log1p(-y)};
    LIS_TRY(lis_forecast_metric(out, sums, terms.loss / terms.entropy, entropy_influence, NULL,
                                &terms, err));
    (void)snprintf(out->definition, sizeof out->definition,
                   "normalised entropy: log loss over that of always answering the engaged share "
                   "%.4f (lower is better)",
                   y);
    return LIS_OK;
}

typedef lis_status finish(lis_metric *out, const lis_forecast_sums *sums, lis_error *err);

static lis_status forecast_metric(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                                  lis_logloss_input input, finish *fn, lis_error *err) {
    lis_forecast_sums sums = {0};
    lis_status status = lis_forecast_add(ctx, &sums, scored, input, err);
    if (status == LIS_OK) status = fn(out, &sums, err);
    lis_forecast_release(&sums);
    return status;
}

lis_status lis_calibration(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                           lis_logloss_input input, lis_error *err) {
    return forecast_metric(ctx, out, scored, input, ratio_of, err);
}

lis_status lis_normalized_entropy(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                                  lis_logloss_input input, lis_error *err) {
    return forecast_metric(ctx, out, scored, input, entropy_of, err);
}
