#include "lis/base/parallel.h"

#include <stdatomic.h>
#include <stdbool.h>

#ifdef _OPENMP
#include <omp.h>
#endif

/* One call's shared state. `failed` is the lowest failing shard so far: shards above it are skipped
 * and shards below it still run, so the error reported does not depend on the thread count. */
typedef struct loop {
    lis_ctx *ctx;
    int64_t n, shard_size, shards;
    lis_shard_fn *fn;
    void *arg;
    atomic_int_fast64_t failed;
    atomic_bool interrupted;
    lis_status status; /* these two: written under the lock, read after the loop */
    lis_error *err;
} loop;

static void record_failure(loop *run, int64_t index, lis_status status, const lis_error *error) {
#ifdef _OPENMP
#pragma omp critical(lis_parallel_failure)
#endif
    {
        if (index < atomic_load(&run->failed)) {
            atomic_store(&run->failed, index);
            run->status = status;
            if (run->err) *run->err = *error;
        }
    }
}

static void run_shard(loop *run, int64_t index, int worker) {
    if (index > atomic_load_explicit(&run->failed, memory_order_relaxed)) return;
    if (lis_ctx_interrupted(run->ctx)) {
        atomic_store_explicit(&run->interrupted, true, memory_order_relaxed);
        return;
    }
    int64_t begin = index * run->shard_size;
    int64_t left = run->n - begin;
    lis_shard shard = {.index = index,
                       .begin = begin,
                       .end = begin + (left < run->shard_size ? left : run->shard_size),
                       .worker = worker};
    lis_error error;
    error.message[0] = '\0';
    lis_status status = run->fn(run->arg, shard, &error);
    if (status == LIS_OK) return;
    error.status = status;
    record_failure(run, index, status, &error);
}

static void run_alone(loop *run) {
    for (int64_t s = 0; s < run->shards; s++)
        run_shard(run, s, 0);
}

#ifdef _OPENMP
static void run_together(loop *run) {
    int workers = run->ctx->threads;
    if (workers > run->shards) workers = (int)run->shards;
    if (workers <= 1 || omp_in_parallel()) {
        run_alone(run);
        return;
    }
#pragma omp parallel for schedule(dynamic, 1) num_threads(workers)
    for (int64_t s = 0; s < run->shards; s++)
        run_shard(run, s, omp_get_thread_num());
}
#else
static void run_together(loop *run) {
    run_alone(run);
}
#endif

lis_status lis_parallel_for(lis_ctx *ctx, int64_t n, int64_t shard_size, lis_shard_fn *fn,
                            void *arg, lis_error *err) {
    if (shard_size <= 0)
        return lis_fail(err, LIS_EARG, "shard size %lld is not positive", (long long)shard_size);
    loop run = {.ctx = ctx,
                .n = n,
                .shard_size = shard_size,
                .shards = lis_shard_count(n, shard_size),
                .fn = fn,
                .arg = arg,
                .failed = INT64_MAX,
                .status = LIS_OK,
                .err = err};
    run_together(&run);
    if (run.status != LIS_OK) return run.status;
    if (atomic_load(&run.interrupted)) return lis_fail(err, LIS_EINTR, "interrupted");
    return LIS_OK;
}

void lis_parallel_settle(void) {
#ifdef _OPENMP
    (void)omp_get_max_threads();
#endif
}
