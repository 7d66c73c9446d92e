/* simd.h where no instruction set is known: four lanes in the compilers' own vector types, for any
 * processor. */
#ifndef LIS_NN_SIMD_PORTABLE_H
#define LIS_NN_SIMD_PORTABLE_H

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { V_LANES = 4 };
typedef float vec __attribute__((vector_size(16)));
typedef int32_t vec_bits __attribute__((vector_size(16)));

static inline vec v_load_part(const float *p, int64_t n) {
    vec v = {0};
    memcpy(&v, p, (size_t)n * sizeof *p);
    return v;
}
static inline void v_store_part(float *p, vec v, int64_t n) {
    memcpy(p, &v, (size_t)n * sizeof *p);
}
static inline vec v_load(const float *p) {
    return v_load_part(p, V_LANES);
}
static inline void v_store(float *p, vec v) {
    v_store_part(p, v, V_LANES);
}
static inline vec v_set(float x) {
    return (vec){x, x, x, x};
}
static inline vec v_add(vec a, vec b) {
    return a + b;
}
static inline vec v_sub(vec a, vec b) {
    return a - b;
}
static inline vec v_mul(vec a, vec b) {
    return a * b;
}
static inline vec v_div(vec a, vec b) {
    return a / b;
}
static inline vec v_sqrt(vec a) {
    return (vec){sqrtf(a[0]), sqrtf(a[1]), sqrtf(a[2]), sqrtf(a[3])};
}
static inline vec v_div_first(vec a, vec b, int64_t n) {
    (void)n;
    return v_div(a, b);
}
static inline vec v_sqrt_first(vec a, int64_t n) {
    (void)n;
    return v_sqrt(a);
}
static inline vec v_fma(vec a, vec b, vec c) {
    return a * b + c;
}
static inline vec v_select(vec_bits mask, vec a, vec b) {
    return (vec)(((vec_bits)a & mask) | ((vec_bits)b & ~mask));
}
static inline vec v_first(vec v, int64_t n) {
    return v_select((vec_bits){0, 1, 2, 3} < (int32_t)n, v, v_set(0));
}
static inline vec v_clamp(vec x, float low, float high) {
    x = v_select(x < low, v_set(low), x);
    return v_select(x > high, v_set(high), x);
}
static inline vec v_round(vec x) {
    vec half = v_select(x < 0, v_set(-0.5f), v_set(0.5f));
    return __builtin_convertvector(__builtin_convertvector(x + half, vec_bits), vec);
}
static inline vec v_scale(vec x, vec k) {
    return x * (vec)((__builtin_convertvector(k, vec_bits) + 127) << 23);
}
static inline vec v_where_positive(vec x, vec a, vec b) {
    return v_select(x > 0, a, b);
}
static inline vec v_where_below(const uint16_t *p, uint32_t limit, vec a, vec b) {
    return v_select((vec_bits){p[0], p[1], p[2], p[3]} < (int32_t)limit, a, b);
}
static inline vec v_relu(vec x) {
    return (vec)((vec_bits)x & ~(x < 0));
}
static inline float v_sum(vec v) {
    return (v[0] + v[2]) + (v[1] + v[3]);
}

#endif
