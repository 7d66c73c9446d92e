#include "sums.h"

#include <string.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"

enum { SUM_SHARD = 1 << 15 };

typedef struct job {
    lis_sum_fn *fn;
    void *arg;
    double (*partial)[LIS_SUMS_MAX];
} job;

static lis_status sum_shard(void *arg, lis_shard shard, lis_error *err) {
    const job *j = arg;
    return j->fn(j->arg, shard.begin, shard.end, j->partial[shard.index], err);
}

lis_status lis_sums(lis_ctx *ctx, int64_t n, lis_sum_fn *fn, void *arg, double totals[LIS_SUMS_MAX],
                    lis_error *err) {
    int64_t shards = lis_shard_count(n, SUM_SHARD);
    job j = {.fn = fn, .arg = arg, .partial = lis_calloc((size_t)shards, sizeof j.partial[0])};
    if (!j.partial)
        return lis_fail_nomem(err, "partial sums", (double)shards * sizeof j.partial[0]);
    lis_status status = lis_parallel_for(ctx, n, SUM_SHARD, sum_shard, &j, err);
    memset(totals, 0, LIS_SUMS_MAX * sizeof totals[0]);
    for (int64_t s = 0; s < shards; s++)
        for (int k = 0; k < LIS_SUMS_MAX; k++)
            totals[k] += j.partial[s][k];
    lis_free(j.partial);
    return status;
}
