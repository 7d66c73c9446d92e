#include "runs.h"

#include "lis/base/mem.h"
#include "lis/base/parallel.h"

enum { RUN_SHARD = 1 << 16, NONE = -1 };

typedef struct cutter {
    const uint64_t *rows;
    int64_t *cut;
    int shift;
} cutter;

/* The first row of the shard that begins a run, or NONE where one run covers the shard. */
static lis_status find_cut(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const cutter *c = arg;
    int64_t i = shard.begin;
    if (i > 0) {
        uint64_t key = c->rows[i - 1] >> c->shift;
        while (i < shard.end && c->rows[i] >> c->shift == key)
            i++;
    }
    c->cut[shard.index] = i < shard.end ? i : NONE;
    return LIS_OK;
}

lis_status lis_runs_cut(lis_ctx *ctx, lis_runs *runs, const uint64_t *rows, int64_t n, int shift,
                        lis_error *err) {
    int64_t shards = lis_shard_count(n, RUN_SHARD);
    int64_t *cut = lis_alloc((size_t)shards + 1, sizeof *cut);
    if (!cut) return lis_fail_nomem(err, "a cut into runs", (double)(shards + 1) * sizeof *cut);
    *runs = (lis_runs){.shards = shards, .cut = cut};
    cutter c = {.rows = rows, .cut = cut, .shift = shift};
    LIS_TRY(lis_parallel_for(ctx, n, RUN_SHARD, find_cut, &c, err));
    cut[shards] = n;
    for (int64_t s = shards - 1; s >= 0; s--)
        if (cut[s] == NONE) cut[s] = cut[s + 1];
    return LIS_OK;
}

void lis_runs_release(lis_runs *runs) {
    lis_free(runs->cut);
    *runs = (lis_runs){0};
}
