/* The context that long-running functions take first: thread count and interrupt flag.
 *
 * One context per Lua state or per embedding program. It owns no buffers, so sharing one between
 * calls costs nothing; two contexts never disturb each other. */
#ifndef LIS_BASE_CTX_H
#define LIS_BASE_CTX_H

#include <stdatomic.h>
#include <stdbool.h>

enum { LIS_THREADS_MAX = 256 };

typedef struct lis_ctx {
    int threads;            /* workers for lis_parallel_for, in [1, LIS_THREADS_MAX] */
    atomic_int interrupted; /* non-zero: long kernels stop with LIS_EINTR */
} lis_ctx;

/* threads <= 0: the number of processors this process may run on. Pins OpenBLAS nowhere: that is
 * done where gemm lives (tensor/linalg.h). */
void lis_ctx_init(lis_ctx *ctx, int threads);

/* Async-signal-safe: may be called from a signal handler. */
void lis_ctx_interrupt(lis_ctx *ctx);
void lis_ctx_clear_interrupt(lis_ctx *ctx);
bool lis_ctx_interrupted(const lis_ctx *ctx);

#endif
