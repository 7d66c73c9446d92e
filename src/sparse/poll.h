/* Interrupts within loops that run on one thread: lis_parallel_for polls only between shards. */
#ifndef LIS_SPARSE_POLL_H
#define LIS_SPARSE_POLL_H

#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"

enum { LIS_POLL_STEPS = 1 << 16 }; /* a fraction of a millisecond of cheap ones */

/* Step k of a long loop: LIS_EINTR once in LIS_POLL_STEPS steps, if the flag is raised. */
static inline lis_status lis_poll(const lis_ctx *ctx, int64_t k, lis_error *err) {
    if (k % LIS_POLL_STEPS != 0 || !lis_ctx_interrupted(ctx)) return LIS_OK;
    return lis_fail(err, LIS_EINTR, "interrupted");
}

#endif
