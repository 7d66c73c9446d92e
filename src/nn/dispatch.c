/* Which kernels this processor runs. Function pointers, not ifuncs: those crash under sanitizers. */
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "lis/nn/model.h"

extern const nn_kernels nn_kernels_portable;
#ifdef NN_HAVE_AVX2
extern const nn_kernels nn_kernels_avx2;
#endif
#ifdef NN_HAVE_AVX512
extern const nn_kernels nn_kernels_avx512;
#endif

const char *const nn_activation_names[] = {"linear", "relu", "leaky_relu", "sigmoid", "tanh", NULL};

const nn_kernels *nn_kernels_best(void) {
    const char *wanted = getenv("LISRUN_ISA");
#ifdef NN_HAVE_AVX512
    if ((!wanted || !strcmp(wanted, "avx512")) && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return &nn_kernels_avx512;
#endif
#ifdef NN_HAVE_AVX2
    if ((!wanted || strcmp(wanted, "portable") != 0) && __builtin_cpu_supports("avx2") &&
        __builtin_cpu_supports("fma"))
        return &nn_kernels_avx2;
#endif
    (void)wanted;
    return &nn_kernels_portable;
}

const char *lis_nn_isa(void) {
    return nn_kernels_best()->isa;
}
