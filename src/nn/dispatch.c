/* Which kernels this processor runs. Function pointers, not ifuncs: those crash under sanitizers. */
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "lis/nn/model.h"

#if defined(NN_HAVE_AMX) && defined(__linux__)
#include <cpuid.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

typedef enum level { PORTABLE, AVX2, AVX512, AVX512BF16, AMX } level;
static const char *const level_name[] = {"portable", "avx2", "avx512", "avx512bf16", "amx"};

extern const nn_kernels nn_kernels_portable, nn_kernels_avx2, nn_kernels_avx512;
extern nn_product_fn nn_product_bf16_avx512bf16, nn_product_bf16_amx;

const char *const nn_activation_names[] = {"linear", "relu", "leaky_relu", "sigmoid", "tanh", NULL};

/* The highest set that the environment allows. */
static level most_allowed(void) {
    const char *wanted = getenv("LISRUN_ISA");
    int set = PORTABLE;
    while (wanted && set < AMX && strcmp(wanted, level_name[set]) != 0)
        set++;
    return wanted ? (level)set : AMX;
}

const nn_kernels *nn_kernels_best(void) {
    const level most = most_allowed();
#ifdef NN_HAVE_AVX512
    if (most >= AVX512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return &nn_kernels_avx512;
#endif
#ifdef NN_HAVE_AVX2
    if (most >= AVX2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &nn_kernels_avx2;
#endif
    (void)most;
    return &nn_kernels_portable;
}

#if defined(NN_HAVE_AMX) && defined(__linux__)

/* Tiles are state that Linux saves for those processes alone that have asked. */
static bool has_tiles(void) {
    enum { LEAF = 7, BF16 = 1 << 22, TILE = 1 << 24, REQUEST = 0x1023, TILE_DATA = 18 };
    unsigned a, b, c, d;
    if (!__get_cpuid_count(LEAF, 0, &a, &b, &c, &d) || !(d & BF16) || !(d & TILE)) return false;
    return syscall(SYS_arch_prctl, REQUEST, TILE_DATA) == 0;
}

#endif

nn_bf16_kernel nn_bf16_best(void) {
    const nn_kernels *kernels = nn_kernels_best();
#ifdef NN_HAVE_AVX512
    const level most = kernels == &nn_kernels_avx512 ? most_allowed() : PORTABLE;
#endif
#if defined(NN_HAVE_AMX) && defined(__linux__)
    if (most >= AMX && has_tiles()) return (nn_bf16_kernel){"amx", nn_product_bf16_amx};
#endif
#ifdef NN_HAVE_AVX512BF16
    if (most >= AVX512BF16 && __builtin_cpu_supports("avx512bf16"))
        return (nn_bf16_kernel){"avx512bf16", nn_product_bf16_avx512bf16};
#endif
    return (nn_bf16_kernel){"emulated", kernels->product_bf16};
}

const char *lis_nn_isa(void) {
    return nn_kernels_best()->isa;
}

const char *lis_nn_bf16(void) {
    return nn_bf16_best().name;
}
