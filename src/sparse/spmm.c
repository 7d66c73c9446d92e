#include "lis/sparse/spmm.h"

#include <stdlib.h>
#include <string.h>

#include "lis/base/parallel.h"

enum {
    ROWS_PER_SHARD = 32,
    LANE = 16,      /* columns of x in one `lane` */
    LOOK_AHEAD = 12 /* entries: their rows of x lie scattered, so they are asked for early */
};

typedef float lane __attribute__((vector_size(LANE * sizeof(float)), aligned(4), may_alias));

typedef struct {
    const lis_csr *a;
    const float *x;
    float *out;
    int64_t width;
} product;

#define FORCE_INLINE static inline __attribute__((always_inline))

/* Columns [first, first + 16 * lanes) of one output row, summed in registers. `lanes` is a constant
 * where this is inlined, so that the loops over it vanish. */
FORCE_INLINE void row_lanes(const product *job, int64_t row, int64_t first, const int lanes) {
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
FORCE_INLINE void row_tail(const product *job, int64_t row, int64_t first) {
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
FORCE_INLINE void rows_of(const product *job, int64_t begin, int64_t end, const int most) {
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

typedef void rows_fn(const product *job, int64_t begin, int64_t end);

static void rows_plain(const product *job, int64_t begin, int64_t end) {
    rows_of(job, begin, end, 2);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void rows_avx2(const product *job, int64_t begin,
                                                          int64_t end) {
    rows_of(job, begin, end, 4);
}

__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))) static void
rows_avx512(const product *job, int64_t begin, int64_t end) {
    rows_of(job, begin, end, 8);
}

static rows_fn *best_rows(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return rows_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return rows_avx2;
    return rows_plain;
}
#else
static rows_fn *best_rows(void) {
    return rows_plain;
}
#endif

typedef struct {
    product product;
    rows_fn *rows;
} matmul_job;

static lis_status matmul_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const matmul_job *job = arg;
    job->rows(&job->product, shard.begin, shard.end);
    return LIS_OK;
}

lis_status lis_csr_matmul(lis_ctx *ctx, const lis_tensor *out, const lis_csr *a,
                          const lis_tensor *x, lis_error *err) {
    LIS_TRY(lis_tensor_expect_2d(x, "x", LIS_F32, a->columns, -1, err));
    LIS_TRY(lis_tensor_expect_2d(out, "out", LIS_F32, a->rows, x->shape[1], err));
    matmul_job job = {{a, lis_f32(x), lis_f32(out), x->shape[1]}, best_rows()};
    return lis_parallel_for(ctx, a->rows, ROWS_PER_SHARD, matmul_shard, &job, err);
}

lis_status lis_csr_matmul_transposed(lis_ctx *ctx, const lis_tensor *out, const lis_csr *a,
                                     const lis_tensor *x, lis_error *err) {
    LIS_TRY(lis_tensor_expect_2d(x, "x", LIS_F32, a->rows, -1, err));
    lis_csr turned;
    LIS_TRY(lis_csr_transpose(&turned, a, err));
    lis_status status = lis_csr_matmul(ctx, out, &turned, x, err);
    lis_csr_free(&turned);
    return status;
}
