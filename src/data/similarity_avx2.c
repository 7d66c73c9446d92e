/* Blocks in one register of eight lanes. Compiled for AVX2; called only where the processor has it. */
#include <immintrin.h>
#include <stdint.h>

#include "similarity_kernels.h"

typedef __m256 block;

typedef struct lanes {
    __m256d low, high;
} lanes;

static inline block all(float value) {
    return _mm256_set1_ps(value);
}

static inline block larger(block a, block b) {
    return _mm256_max_ps(a, b);
}

static inline block smaller(block a, block b) {
    return _mm256_min_ps(a, b);
}

static inline void store(float *to, block value) {
    _mm256_storeu_ps(to, value);
}

/* All bits of the lanes before `count`. */
static inline __m256i lanes_before(int64_t count) {
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lane);
}

static inline block first(block value, int64_t count, float rest) {
    return _mm256_blendv_ps(all(rest), value, _mm256_castsi256_ps(lanes_before(count)));
}

static inline block across(block value, int distance) {
    return distance == 4   ? _mm256_permute2f128_ps(value, value, 0x01)
           : distance == 2 ? _mm256_permute_ps(value, 0x4e)
                           : _mm256_permute_ps(value, 0xb1);
}

static inline int64_t reaching(const float *cosine, float edge) {
    __m256 reached = _mm256_cmp_ps(_mm256_loadu_ps(cosine), all(edge), _CMP_GE_OQ);
    return __builtin_popcount((unsigned)_mm256_movemask_ps(reached));
}

static inline void gather(lanes *sum, block value) {
    sum->low += _mm256_cvtps_pd(_mm256_castps256_ps128(value));
    sum->high += _mm256_cvtps_pd(_mm256_extractf128_ps(value, 1));
}

static inline double total(lanes sum) {
    __m256d four = sum.low + sum.high;
    __m128d two = _mm256_castpd256_pd128(four) + _mm256_extractf128_pd(four, 1);
    return two[0] + two[1];
}

/* Lanes l and l + 4 of a in the lower half, of b in the upper. */
static inline __m256 add_halves(__m256 a, __m256 b) {
    return _mm256_blend_ps(a, b, 0xf0) + _mm256_permute2f128_ps(a, b, 0x21);
}

/* Within each half: lanes l and l + 2 of a in its lower half, of b in its upper. */
static inline __m256 add_quarters(__m256 a, __m256 b) {
    return _mm256_blend_ps(a, b, 0xcc) + _mm256_shuffle_ps(a, b, 0x4e);
}

/* Lane k of the result is the sum of the lanes of sum[k]. */
static inline block add_lanes(const __m256 sum[8]) {
    __m256 half[4];
    for (int k = 0; k < 4; k++)
        half[k] = add_halves(sum[k], sum[k + 4]);
    __m256 a = add_quarters(half[0], half[1]), b = add_quarters(half[2], half[3]);
    return _mm256_shuffle_ps(a, b, 0x88) + _mm256_shuffle_ps(a, b, 0xdd) + _mm256_setzero_ps();
}

/* sum[k] = products of target and row[k], lanes l and l + 8 added. Four rows at a time, as there are not
 * registers for the sixteen lanes of eight. */
static inline void products_of_four(__m256 sum[4], const float *target, const float *const row[4],
                                    int64_t dim) {
    __m256 low[4], high[4];
    for (int k = 0; k < 4; k++)
        low[k] = high[k] = _mm256_setzero_ps();
    int64_t j = 0;
    for (; dim - j >= 16; j += 16) {
        __m256 t = _mm256_loadu_ps(target + j), u = _mm256_loadu_ps(target + j + 8);
        for (int k = 0; k < 4; k++) {
            low[k] += t * _mm256_loadu_ps(row[k] + j);
            high[k] += u * _mm256_loadu_ps(row[k] + j + 8);
        }
    }
    if (j < dim) {
        __m256i kept = lanes_before(dim - j), kept_high = lanes_before(dim - j - 8);
        __m256 t = _mm256_maskload_ps(target + j, kept);
        __m256 u = _mm256_maskload_ps(target + j + 8, kept_high);
        for (int k = 0; k < 4; k++) {
            low[k] += t * _mm256_maskload_ps(row[k] + j, kept);
            high[k] += u * _mm256_maskload_ps(row[k] + j + 8, kept_high);
        }
    }
    for (int k = 0; k < 4; k++)
        sum[k] = low[k] + high[k];
}

static inline block products(const float *target, const float *const row[8], int64_t dim) {
    __m256 sum[8];
    if (dim == LIS_SIMILARITY_USUAL_DIM) {
        __m256 t = _mm256_loadu_ps(target);
        for (int k = 0; k < 8; k++)
            sum[k] = t * _mm256_loadu_ps(row[k]);
    } else {
        products_of_four(sum, target, row, dim);
        products_of_four(sum + 4, target, row + 4, dim);
    }
    return add_lanes(sum);
}

#include "similarity_body.h"

const lis_similarity_kernel lis_similarity_avx2 = {.name = "avx2", .statistics = kernel_statistics};
