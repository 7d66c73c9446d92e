/* Normal and Student t distributions: probabilities and quantiles for the intervals.
 *
 * Pure functions: no allocation, any thread. Checked against SciPy to 1e-8 (its t quantile is itself
 * only good to 5e-9) and against the closed forms of 1 and 2 degrees of freedom to 1e-13. */
#ifndef LIS_METRIC_QUANTILE_H
#define LIS_METRIC_QUANTILE_H

/* P(Z <= z), from erfc: relative accuracy is kept in the lower tail. NaN gives NaN. */
double lis_normal_cdf(double z);

/* The z with P(Z <= z) = p: -inf at 0, +inf at 1, NaN outside [0, 1].
 * Start: Abramowitz & Stegun 26.2.23; two Halley steps on the tail probability. */
double lis_normal_quantile(double p);

/* P(T <= t) with dof > 0 degrees of freedom (any real; +inf is the normal), NaN otherwise.
 * Through the incomplete beta function's continued fraction, DLMF 8.17.22. */
double lis_student_cdf(double t, double dof);

/* The t with P(T <= t) = p, as lis_normal_quantile at the edges. Safeguarded Newton on the
 * logarithm of the tail probability. */
double lis_student_quantile(double p, double dof);

#endif
