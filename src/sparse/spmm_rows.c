#include "spmm_rows.h"

#include <string.h>

enum {
    LANE = 16,      /* columns of x in one `lane` */
    LOOK_AHEAD = 12 /* entries: their rows of x lie scattered, so they are asked for early */
};

typedef float lane __attribute__((vector_size(LANE * sizeof(float)), aligned(4), may_alias));

#define FORCE_INLINE static inline __attribute__((always_inline))

/* Columns [first, first + 16 * lanes) of one output row, summed in registers. `lanes` is a constant
 * where this is inlined, so that the loops over it vanish. */
FORCE_INLINE void row_lanes(const lis_rows_job *job, int64_t row, int64_t first, const int lanes) {
    const lis_csr *a = job->a;
    const float *x = job->x + first;
    int64_t end = a->offset[row + 1];
    lane sum[8];
    for (int l = 0; l < lanes; l++)
        sum[l] = (lane){0};
    for (int64_t k = a->offset[row]; k < end; k++) {
        if (k + LOOK_AHEAD < end) {
            const float *soon = x + a->column[k + LOOK_AHEAD] * job->width;
            for (int l = 0; l < lanes; l++)
                __builtin_prefetch(soon + (int64_t)l * LANE);
        }
        const lane *from = (const lane *)(x + a->column[k] * job->width);
        float value = a->value[k];
        for (int l = 0; l < lanes; l++)
            sum[l] += value * from[l];
    }
    lane *to = (lane *)(job->out + row * job->width + first);
    for (int l = 0; l < lanes; l++)
        to[l] = sum[l];
}

/* The last columns, fewer than a lane. */
FORCE_INLINE void row_tail(const lis_rows_job *job, int64_t row, int64_t first) {
    const lis_csr *a = job->a;
    int64_t left = job->width - first;
    float sum[LANE] = {0};
    for (int64_t k = a->offset[row]; k < a->offset[row + 1]; k++) {
        const float *from = job->x + a->column[k] * job->width + first;
        for (int64_t l = 0; l < left; l++)
            sum[l] += a->value[k] * from[l];
    }
    memcpy(job->out + row * job->width + first, sum, (size_t)left * sizeof(float));
}

/* `most`: how many lanes this processor's registers hold. */
FORCE_INLINE void rows_of(const lis_rows_job *job, int64_t begin, int64_t end, const int most) {
    for (int64_t row = begin; row < end; row++) {
        int64_t first = 0;
        for (int64_t left; (left = (job->width - first) / LANE) > 0;) {
            int lanes = left < most ? (int)left : most;
            switch (lanes) {
#define LANES(n)                                                                                   \
    case n:                                                                                        \
        if (n <= most) row_lanes(job, row, first, n);                                              \
        break;
                LANES(1)
                LANES(2)
                LANES(3)
                LANES(4)
                LANES(5)
                LANES(6)
                LANES(7)
                LANES(8)
#undef LANES
            }
            first += (int64_t)lanes * LANE;
        }
        if (first < job->width) row_tail(job, row, first);
    }
}

static void rows_plain(const lis_rows_job *job, int64_t begin, int64_t end) {
    rows_of(job, begin, end, 2);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void rows_avx2(const lis_rows_job *job, int64_t begin,
                                                          int64_t end) {
    rows_of(job, begin, end, 4);
}

__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))) static void
rows_avx512(const lis_rows_job *job, int64_t begin, int64_t end) {
    rows_of(job, begin, end, 8);
}

int lis_rows_kernels(lis_rows_fn *usable[LIS_ROWS_KERNELS]) {
    int count = 0;
    usable[count++] = rows_plain;
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        usable[count++] = rows_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        usable[count++] = rows_avx512;
    return count;
}
#else
int lis_rows_kernels(lis_rows_fn *usable[LIS_ROWS_KERNELS]) {
    usable[0] = rows_plain;
    return 1;
}
#endif
