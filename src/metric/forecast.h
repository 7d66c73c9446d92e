/* Rows as probability forecasts: what log loss, calibration and normalised entropy add up by user. */
#ifndef LIS_METRIC_FORECAST_H
#define LIS_METRIC_FORECAST_H

#include "lis/metric/logloss.h"

typedef struct lis_forecast {
    double loss; /* -ln of the probability given to the label; probabilities clipped */
    double probability;
} lis_forecast;

/* Refuses a probability outside [0, 1] and an infinite logit: LIS_ERANGE naming the row. */
lis_status lis_forecast_row(lis_forecast *out, lis_logloss_input input, float score, bool positive,
                            int64_t row, lis_error *err);

typedef struct lis_forecast_cluster {
    double loss, probability;
    int64_t rows, positives;
} lis_forecast_cluster;

typedef struct lis_forecast_sums {
    lis_forecast_cluster *cluster; /* [clusters], owned */
    int64_t clusters;
    lis_forecast_cluster total;
} lis_forecast_sums;

/* Checks the rows and adds them up. Zero-initialise *sums; release it also after an error.
 * Threads: forecasts in parallel, sums in row order; same bytes for any thread count.
 * Errors: those of lis_scored_check and lis_forecast_row; LIS_ENOMEM, LIS_EINTR. */
lis_status lis_forecast_add(lis_ctx *ctx, lis_forecast_sums *sums, const lis_scored *scored,
                            lis_logloss_input input, lis_error *err);
void lis_forecast_release(lis_forecast_sums *sums);

/* The influence of one cluster, given what it and all clusters add up to; for a ratio also its share
 * of the denominator. */
typedef double lis_forecast_part(const lis_forecast_sums *sums, const void *arg,
                                 const lis_forecast_cluster *cluster);

/* Fills everything of *out but the definition from sums and a value; share NULL: not a ratio.
 * LIS_ENOMEM leaves *out empty. */
lis_status lis_forecast_metric(lis_metric *out, const lis_forecast_sums *sums, double value,
                               lis_forecast_part *influence, lis_forecast_part *share,
                               const void *arg, lis_error *err);

#endif
