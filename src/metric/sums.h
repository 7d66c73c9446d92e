/* Sums of doubles that do not depend on the thread count: shards of fixed size, added in order. */
#ifndef LIS_METRIC_SUMS_H
#define LIS_METRIC_SUMS_H

#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"

/* Sum of the items [begin, end); may also write them, each item being visited once. Writes
 * LIS_SUMS_MAX totals at most into sums[], which comes zeroed. */
enum { LIS_SUMS_MAX = 4 };
typedef lis_status lis_sum_fn(void *arg, int64_t begin, int64_t end, double *sums, lis_error *err);

/* totals[0..LIS_SUMS_MAX) over [0, n). Errors: fn's, LIS_ENOMEM, LIS_EINTR. */
lis_status lis_sums(lis_ctx *ctx, int64_t n, lis_sum_fn *fn, void *arg, double totals[LIS_SUMS_MAX],
                    lis_error *err);

#endif
