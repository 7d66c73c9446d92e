/* Sorted rows cut into shards at run boundaries, so that no run (one score, one user) is split. */
#ifndef LIS_METRIC_RUNS_H
#define LIS_METRIC_RUNS_H

#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"

typedef struct lis_runs {
    int64_t shards;
    int64_t *cut; /* [shards + 1]: shard s is [cut[s], cut[s + 1]), possibly empty */
} lis_runs;

/* A run is a stretch of rows equal from bit `shift` up. Zero-initialise *runs.
 * The cut depends on the rows alone. Errors: LIS_ENOMEM, LIS_EINTR. */
lis_status lis_runs_cut(lis_ctx *ctx, lis_runs *runs, const uint64_t *rows, int64_t n, int shift,
                        lis_error *err);
void lis_runs_release(lis_runs *runs);

/* End of the run that begins at row i. */
static inline int64_t lis_run_end(const uint64_t *rows, int64_t i, int64_t n, int shift) {
    uint64_t key = rows[i] >> shift;
    do
        i++;
    while (i < n && rows[i] >> shift == key);
    return i;
}

#endif
