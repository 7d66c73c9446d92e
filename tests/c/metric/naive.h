/* The metrics as their definitions read, in O(n^2): the oracles of the fast ones. */
#ifndef LIS_TEST_METRIC_NAIVE_H
#define LIS_TEST_METRIC_NAIVE_H

#include "lis/metric/gauc.h"
#include "lis/metric/metric.h"

/* Fills influence [lis_scored_clusters] and returns the value. */
double naive_auc(const lis_scored *scored, double *influence);

/* NaN where no user has weight. *clusters: users of positive weight. */
double naive_gauc(const lis_scored *scored, lis_gauc_options options, double *influence,
                  int64_t *clusters);

#endif
