#define _GNU_SOURCE /* sched_getaffinity */
#include "lis/base/ctx.h"

#include <sched.h>
#include <unistd.h>

/* Not the machine's processors but those granted to this process: under taskset or in a container
 * the two differ, and more workers than processors only hurt. */
static int processor_count(void) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
    long online = sysconf(_SC_NPROCESSORS_ONLN); /* more than CPU_SETSIZE processors */
    return online > LIS_THREADS_MAX ? LIS_THREADS_MAX : (int)online;
}

void lis_ctx_init(lis_ctx *ctx, int threads) {
    if (threads <= 0) threads = processor_count();
    if (threads < 1) threads = 1;
    if (threads > LIS_THREADS_MAX) threads = LIS_THREADS_MAX;
    ctx->threads = threads;
    atomic_init(&ctx->interrupted, 0);
}

void lis_ctx_interrupt(lis_ctx *ctx) {
    atomic_store_explicit(&ctx->interrupted, 1, memory_order_relaxed);
}

void lis_ctx_clear_interrupt(lis_ctx *ctx) {
    atomic_store_explicit(&ctx->interrupted, 0, memory_order_relaxed);
}

bool lis_ctx_interrupted(const lis_ctx *ctx) {
    return atomic_load_explicit(&ctx->interrupted, memory_order_relaxed) != 0;
}
