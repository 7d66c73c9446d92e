/* One vector register of floats, under one set of names for every instruction set that kernels.c is
 * compiled for. Loads and stores need no alignment; *_part touch the first n < V_LANES floats only,
 * the other lanes being zero. */
#ifndef LIS_NN_SIMD_H
#define LIS_NN_SIMD_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)

#include <immintrin.h>
enum { V_LANES = 16 };
typedef __m512 vec;

static inline vec v_load(const float *p) {
    return _mm512_loadu_ps(p);
}
static inline void v_store(float *p, vec v) {
    _mm512_storeu_ps(p, v);
}
static inline __mmask16 v_mask(int64_t n) {
    return (__mmask16)((1u << n) - 1u);
}
static inline vec v_load_part(const float *p, int64_t n) {
    return _mm512_maskz_loadu_ps(v_mask(n), p);
}
static inline void v_store_part(float *p, vec v, int64_t n) {
    _mm512_mask_storeu_ps(p, v_mask(n), v);
}
/* the first n lanes, the others 0 */
static inline vec v_first(vec v, int64_t n) {
    return _mm512_maskz_mov_ps(v_mask(n), v);
}
static inline vec v_set(float x) {
    return _mm512_set1_ps(x);
}
static inline vec v_add(vec a, vec b) {
    return _mm512_add_ps(a, b);
}
static inline vec v_sub(vec a, vec b) {
    return _mm512_sub_ps(a, b);
}
static inline vec v_mul(vec a, vec b) {
    return _mm512_mul_ps(a, b);
}
static inline vec v_div(vec a, vec b) {
    return _mm512_div_ps(a, b);
}
static inline vec v_sqrt(vec a) {
    return _mm512_sqrt_ps(a);
}
/* The same of the first n lanes, the others anything: less of a register takes less time. */
static inline vec v_div_first(vec a, vec b, int64_t n) {
    __m256 low = _mm512_castps512_ps256(a), by = _mm512_castps512_ps256(b);
    return n > 8 ? _mm512_div_ps(a, b) : _mm512_castps256_ps512(_mm256_div_ps(low, by));
}
static inline vec v_sqrt_first(vec a, int64_t n) {
    __m256 low = _mm512_castps512_ps256(a);
    return n > 8 ? _mm512_sqrt_ps(a) : _mm512_castps256_ps512(_mm256_sqrt_ps(low));
}
/* a * b + c */
static inline vec v_fma(vec a, vec b, vec c) {
    return _mm512_fmadd_ps(a, b, c);
}
/* NaN stays */
static inline vec v_clamp(vec x, float low, float high) {
    return _mm512_min_ps(v_set(high), _mm512_max_ps(v_set(low), x));
}
static inline vec v_round(vec x) {
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/* x * 2^k, k whole and |k| < 127 */
static inline vec v_scale(vec x, vec k) {
    return _mm512_scalef_ps(x, k);
}
/* where x > 0: a, else b (a NaN x gives b) */
static inline vec v_where_positive(vec x, vec a, vec b) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ), b, a);
}
/* where p[lane] < limit < 2^16: a, else b */
static inline vec v_where_below(const uint16_t *p, uint32_t limit, vec a, vec b) {
    __m256i x = _mm256_loadu_si256((const __m256i *)p);
    __mmask16 below = _mm256_cmplt_epu16_mask(x, _mm256_set1_epi16((short)limit));
    return _mm512_mask_blend_ps(below, b, a);
}
/* max(x, 0); NaN stays */
static inline vec v_relu(vec x) {
    return _mm512_max_ps(_mm512_setzero_ps(), x);
}
static inline float v_sum(vec v) {
    __m256 half = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

#elif defined(__AVX2__) && defined(__FMA__)

#include <immintrin.h>
enum { V_LANES = 8 };
typedef __m256 vec;

static inline vec v_load(const float *p) {
    return _mm256_loadu_ps(p);
}
static inline void v_store(float *p, vec v) {
    _mm256_storeu_ps(p, v);
}
static inline __m256i v_mask(int64_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline vec v_load_part(const float *p, int64_t n) {
    return _mm256_maskload_ps(p, v_mask(n));
}
static inline void v_store_part(float *p, vec v, int64_t n) {
    _mm256_maskstore_ps(p, v_mask(n), v);
}
static inline vec v_first(vec v, int64_t n) {
    return _mm256_and_ps(v, _mm256_castsi256_ps(v_mask(n)));
}
static inline vec v_set(float x) {
    return _mm256_set1_ps(x);
}
static inline vec v_add(vec a, vec b) {
    return _mm256_add_ps(a, b);
}
static inline vec v_sub(vec a, vec b) {
    return _mm256_sub_ps(a, b);
}
static inline vec v_mul(vec a, vec b) {
    return _mm256_mul_ps(a, b);
}
static inline vec v_div(vec a, vec b) {
    return _mm256_div_ps(a, b);
}
static inline vec v_sqrt(vec a) {
    return _mm256_sqrt_ps(a);
}
static inline vec v_div_first(vec a, vec b, int64_t n) {
    (void)n;
    return _mm256_div_ps(a, b);
}
static inline vec v_sqrt_first(vec a, int64_t n) {
    (void)n;
    return _mm256_sqrt_ps(a);
}
static inline vec v_fma(vec a, vec b, vec c) {
    return _mm256_fmadd_ps(a, b, c);
}
static inline vec v_clamp(vec x, float low, float high) {
    return _mm256_min_ps(v_set(high), _mm256_max_ps(v_set(low), x));
}
static inline vec v_round(vec x) {
    return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
static inline vec v_scale(vec x, vec k) {
    __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(k), _mm256_set1_epi32(127));
    return _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
}
static inline vec v_where_positive(vec x, vec a, vec b) {
    return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_GT_OQ));
}
static inline vec v_where_below(const uint16_t *p, uint32_t limit, vec a, vec b) {
    __m256i x = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
    __m256i below = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)limit), x);
    return _mm256_blendv_ps(b, a, _mm256_castsi256_ps(below));
}
static inline vec v_relu(vec x) {
    return _mm256_max_ps(_mm256_setzero_ps(), x);
}
static inline float v_sum(vec v) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

#else

#include "simd_portable.h"

#endif

/* The upper, the lower half of each 32 bits, as floats whose other half is 0. */
typedef uint32_t vec_pairs __attribute__((vector_size(sizeof(vec))));
static inline vec v_upper(const uint32_t *p) {
    vec_pairs pairs;
    memcpy(&pairs, p, sizeof pairs);
    return (vec)(pairs & 0xffff0000u);
}
static inline vec v_lower(const uint32_t *p) {
    vec_pairs pairs;
    memcpy(&pairs, p, sizeof pairs);
    return (vec)(pairs << 16);
}

/* exp(x) within 2 units in the last place: 2^k * e^r, |r| <= ln(2) / 2, the Cephes polynomial. */
static inline vec v_exp(vec x) {
    static const float series[] = {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                                   1.6666665459e-1f, 5.0000001201e-1f};
    x = v_clamp(x, -87.0f, 88.0f);
    vec k = v_round(v_mul(x, v_set(1.44269504f))), p = v_set(1.9875691500e-4f);
    vec r = v_fma(k, v_set(-0.693359375f), x);
    r = v_fma(k, v_set(2.12194440e-4f), r);
    for (int i = 0; i < 5; i++)
        p = v_fma(p, r, v_set(series[i]));
    return v_scale(v_add(v_fma(v_mul(p, r), r, r), v_set(1)), k);
}

#endif
