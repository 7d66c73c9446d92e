#include "similarity_kernels.h"

#include <stdatomic.h>
#include <stddef.h>

static const lis_similarity_kernel *const all_kernels[] = {
#if defined(__x86_64__)
    &lis_similarity_avx2,
#endif
    &lis_similarity_portable,
    NULL,
};

/* How many of the best kernels this processor cannot run. */
static int skipped(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") ? 0 : 1;
#else
    return 0;
#endif
}

const lis_similarity_kernel *const *lis_similarity_kernels(void) {
    return all_kernels + skipped();
}

const lis_similarity_kernel *lis_similarity_best(void) {
    static _Atomic(const lis_similarity_kernel *) chosen;
    const lis_similarity_kernel *kernel = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (!kernel) {
        kernel = lis_similarity_kernels()[0];
        atomic_store_explicit(&chosen, kernel, memory_order_relaxed);
    }
    return kernel;
}
