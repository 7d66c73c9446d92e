/* One door to threads: a loop over shards of fixed size.
 *
 * The cut into shards depends on n and shard_size alone, never on the thread count. A function that
 * writes only its own shard's output, and whose caller reduces in shard order, gives the same bytes
 * at any number of threads. Threads are OpenMP's. */
#ifndef LIS_BASE_PARALLEL_H
#define LIS_BASE_PARALLEL_H

#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"

typedef struct lis_shard {
    int64_t index;      /* 0, 1, ... */
    int64_t begin, end; /* rows [begin, end) */
    int worker;         /* in [0, ctx->threads): picks scratch memory, must never pick a result */
} lis_shard;

typedef lis_status lis_shard_fn(void *arg, lis_shard shard, lis_error *err);

/* Calls fn for every shard of [0, n), in any order, on up to ctx->threads workers.
 *
 * Errors: where shards fail, the error of the lowest-numbered failing shard is returned, the same at
 * any thread count; shards above it that have not begun do not begin. LIS_EARG where shard_size < 1.
 * The interrupt flag is polled before each shard: LIS_EINTR, if no shard failed.
 * Nested calls run on the calling worker alone, with worker 0. Allocates nothing. */
lis_status lis_parallel_for(lis_ctx *ctx, int64_t n, int64_t shard_size, lis_shard_fn *fn,
                            void *arg, lis_error *err);

/* Number of shards lis_parallel_for will make. */
static inline int64_t lis_shard_count(int64_t n, int64_t shard_size) {
    return n <= 0 ? 0 : (n - 1) / shard_size + 1;
}

/* Lets the OpenMP runtime read its environment variables now; afterwards they may change without
 * effect. libgomp has read them before main, libomp would at the first loop. */
void lis_parallel_settle(void);

#endif
