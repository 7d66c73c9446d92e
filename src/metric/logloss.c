#include "lis/metric/logloss.h"

#include <stdio.h>

#include "forecast.h"

static double influence(const lis_forecast_sums *sums, const void *arg,
                        const lis_forecast_cluster *cluster) {
    double n = (double)sums->total.rows, mean = *(const double *)arg;
    return (cluster->loss - (double)cluster->rows * mean) / n;
}

static double share(const lis_forecast_sums *sums, const void *arg,
                    const lis_forecast_cluster *cluster) {
    (void)arg;
    return (double)cluster->rows / (double)sums->total.rows;
}

lis_status lis_logloss(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                       lis_logloss_input input, lis_error *err) {
    lis_forecast_sums sums = {0};
    lis_status status = lis_forecast_add(ctx, &sums, scored, input, err);
    if (status == LIS_OK) {
        double mean = sums.total.loss / (double)sums.total.rows;
        status = lis_forecast_metric(out, &sums, mean, influence, share, &mean, err);
    }
    if (status == LIS_OK)
        (void)snprintf(out->definition, sizeof out->definition,
                       "log loss: mean over %lld rows of -ln of the probability given to the label "
                       "(nats; lower is better)",
                       (long long)sums.total.rows);
    lis_forecast_release(&sums);
    return status;
}
