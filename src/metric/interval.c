#include "lis/metric/interval.h"

#include <math.h>

#include "lis/metric/quantile.h"

static lis_status check_variance(const char *name, double variance, lis_error *err) {
    if (variance >= 0.0 && isfinite(variance)) return LIS_OK;
    return lis_fail(err, LIS_EARG, "%s is %g; a variance is finite and not negative", name,
                    variance);
}

lis_status lis_interval_make(lis_interval *out, double estimate, double variance, double dof,
                             double level, lis_error *err) {
    LIS_TRY(check_variance("variance", variance, err));
    if (!(level > 0.0 && level < 1.0))
        return lis_fail(err, LIS_EARG, "level is %g, outside (0, 1); 0.95 is customary", level);
    if (!(dof > 0.0)) return lis_fail(err, LIS_EARG, "dof is %g, not positive", dof);
    double se = sqrt(variance);
    double reach = se > 0.0 ? se * lis_student_quantile(0.5 + 0.5 * level, dof) : 0.0;
    double p = estimate == 0.0 ? 1.0 : 0.0;
    if (se > 0.0) p = 2.0 * lis_student_cdf(-fabs(estimate) / se, dof);
    *out = (lis_interval){.estimate = estimate,
                          .se = se,
                          .dof = dof,
                          .low = estimate - reach,
                          .high = estimate + reach,
                          .p = p};
    return LIS_OK;
}

lis_status lis_ci_combine(lis_interval *out, double estimate, const lis_variances *variances,
                          double level, lis_error *err) {
    const lis_variances *v = variances;
    LIS_TRY(check_variance("row_variance", v->row_variance, err));
    LIS_TRY(check_variance("seed_variance", v->seed_variance, err));
    if (v->clusters < 2)
        return lis_fail(err, LIS_EARG, "%lld users; an interval needs at least two",
                        (long long)v->clusters);
    if (v->seeds < 1) return lis_fail(err, LIS_EARG, "%lld seeds", (long long)v->seeds);
    double rows = v->row_variance;
    double seeds = v->seeds > 1 ? v->seed_variance / (double)v->seeds : 0.0;
    double spread = rows * rows / (double)(v->clusters - 1);
    if (seeds > 0.0) spread += seeds * seeds / (double)(v->seeds - 1);
    double dof = spread > 0.0 ? (rows + seeds) * (rows + seeds) / spread : INFINITY;
    return lis_interval_make(out, estimate, rows + seeds, dof, level, err);
}
