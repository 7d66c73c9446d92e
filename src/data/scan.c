#include "scan.h"

#include <stdatomic.h>

static const lis_scan_kernel *const all_kernels[] = {
#if defined(__x86_64__)
    &lis_scan_avx512,
    &lis_scan_avx2,
#endif
    &lis_scan_portable,
    NULL,
};

/* How many of the best kernels this processor cannot run. */
static int skipped(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    return avx2 && avx512 ? 0 : avx2 ? 1 : 2;
#else
    return 0;
#endif
}

const lis_scan_kernel *const *lis_scan_kernels(void) {
    return all_kernels + skipped();
}

static const lis_scan_kernel *best(void) {
    static _Atomic(const lis_scan_kernel *) chosen;
    const lis_scan_kernel *kernel = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (!kernel) {
        kernel = lis_scan_kernels()[0];
        atomic_store_explicit(&chosen, kernel, memory_order_relaxed);
    }
    return kernel;
}

int64_t lis_scan_marks(lis_scan *scan, const unsigned char *bytes, size_t n, uint32_t *at) {
    return best()->marks(scan, bytes, n, at);
}

lis_scan_count lis_scan_lines(const unsigned char *bytes, size_t n, unsigned char quote) {
    return best()->count(bytes, n, quote);
}
