/* From variances to an interval, and the ratio of two estimates. */
#ifndef LIS_METRIC_INTERVAL_H
#define LIS_METRIC_INTERVAL_H

#include <stdint.h>

#include "lis/base/status.h"

typedef struct lis_interval {
    double estimate;
    double se, dof; /* dof +inf: normal */
    double low, high;
    double p; /* two-sided, against 0 */
} lis_interval;

/* estimate +- quantile * se, Student's with dof degrees of freedom (+inf: normal). With se = 0 the
 * interval is the point and p is 1 at 0, else 0.
 * Errors: LIS_EARG where level is not inside (0, 1), variance is negative or not finite, dof <= 0. */
lis_status lis_interval_make(lis_interval *out, double estimate, double variance, double dof,
                             double level, lis_error *err);

/* Two sources of doubt in a mean over S seeds of a metric on one test window of K users. */
typedef struct lis_variances {
    double row_variance; /* of that mean, from influences averaged over seeds: which users we saw */
    int64_t clusters;    /* K */
    double seed_variance; /* sample variance over seeds, S - 1 below: how training fell out */
    int64_t seeds;        /* S; with 1, seed_variance is ignored */
} lis_variances;

/* The t interval of such a mean. Var = row_variance + seed_variance / S, with the degrees of freedom of Welch and Satterthwaite
 * (Biometrics 1946): Var^2 / (row_variance^2 / (K - 1) + (seed_variance / S)^2 / (S - 1)).
 * Errors: as above; LIS_EARG for fewer than 2 users or 1 seed. */
lis_status lis_ci_combine(lis_interval *out, double estimate, const lis_variances *variances,
                          double level, lis_error *err);

#endif
