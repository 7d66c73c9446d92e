/* Sums, means, extremes: accumulated in f64, shard by shard, and combined in shard order, so that the
 * answer does not depend on the thread count. Views are fine. */
#ifndef LIS_TENSOR_OPS_REDUCE_H
#define LIS_TENSOR_OPS_REDUCE_H

#include "lis/base/ctx.h"
#include "lis/tensor/tensor.h"

/* Everything about a tensor that one pass can tell. A NaN makes all but n, nans and nonzero NaN. */
typedef struct lis_summary {
    int64_t n;       /* elements */
    int64_t nans;    /* of them not a number */
    int64_t nonzero; /* NaN counts as non-zero */
    double sum;
    double mean;     /* NaN where n is 0 */
    double min, max; /* NaN where n is 0 */
    double squares;  /* sum of (x - mean)^2, updated pairwise (Chan, Golub, LeVeque 1979) */
} lis_summary;

/* Sample variance, squares / (n - 1): NaN where n < 2. */
double lis_summary_variance(const lis_summary *summary);

/* LIS_ENOMEM, LIS_EINTR. */
lis_status lis_tensor_summarize(lis_ctx *ctx, lis_summary *out, const lis_tensor *in,
                                lis_error *err);

typedef enum lis_reduction { LIS_SUM, LIS_MEAN, LIS_MIN, LIS_MAX, LIS_VARIANCE } lis_reduction;

/* A new tensor without dimension `dim` (0-based): f32 for f32 input, otherwise f64. Sums run along the
 * dimension in order. A 1-d tensor gives one element.
 * Errors: LIS_ERANGE; LIS_EMATH where the dimension is empty and the reduction needs a value (MEAN,
 * MIN, MAX; two for VARIANCE, which is the sample variance); LIS_ENOMEM, LIS_EINTR. */
lis_status lis_tensor_reduce(lis_ctx *ctx, lis_tensor *out, lis_reduction op, const lis_tensor *in,
                             int dim, lis_error *err);

#endif
