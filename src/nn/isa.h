/* For the files that are compiled once an instruction set: NN_KERNEL(gather) is nn_gather_avx2 and
 * its like. */
#ifndef LIS_NN_ISA_H
#define LIS_NN_ISA_H

#include "kernels.h"
#include "simd.h"

#ifndef NN_ISA
#define NN_ISA portable
#endif
#define NN_TEXT_(x)     #x
#define NN_TEXT(x)      NN_TEXT_(x)
#define NN_JOIN_(a, b)  nn_##a##_##b
#define NN_JOIN(a, b)   NN_JOIN_(a, b)
#define NN_KERNEL(name) NN_JOIN(name, NN_ISA)

#define NN_INLINE static inline __attribute__((always_inline))

/* The first n <= V_LANES floats; a constant n of V_LANES costs no mask. */
NN_INLINE vec v_get(const float *p, int64_t n) {
    return n == V_LANES ? v_load(p) : v_load_part(p, n);
}

NN_INLINE void v_put(float *p, vec v, int64_t n) {
    if (n == V_LANES)
        v_store(p, v);
    else
        v_store_part(p, v, n);
}

extern nn_step_fn *const NN_KERNEL(step)[NN_RULES];
void NN_KERNEL(sum_shards)(float *out, const float *gradient, int64_t stride, int64_t shards,
                           int64_t n);
void NN_KERNEL(dropout)(const nn_dropout *how, float *out, int64_t ldo, const float *x, int64_t ldx,
                        int64_t rows, int64_t width, bool add);
void NN_KERNEL(log_loss)(double *score, double *target, int64_t n);
nn_product_fn NN_KERNEL(product), NN_KERNEL(product_bf16);
void NN_KERNEL(attend)(const nn_head *h, float *out);
void NN_KERNEL(attend_back)(const nn_head *h, const nn_head_gradient *g, const float *out,
                            const float *dout);
void NN_KERNEL(layer_norm)(const nn_layer_norm *p, const float *x, int64_t ldx, const float *bias,
                           float epsilon, float *y, int64_t ldy);
void NN_KERNEL(layer_norm_back)(const nn_layer_norm *p, const float *dy, int64_t lddy, float *dgain,
                                float *dx, int64_t lddx, bool add);
void NN_KERNEL(moments)(float *mean, float *variance, const float *x, int64_t ld, int64_t rows,
                        int64_t width);
void NN_KERNEL(normalise)(float *out, const float *x, int64_t ld, const float *mean,
                          const float *inverse, int64_t rows, int64_t width);
void NN_KERNEL(normalise_back)(float *slope, const float *normal, const float *inverse,
                               int64_t rows, int64_t width);
void NN_KERNEL(softmax)(float *y, const float *x, int64_t n);
void NN_KERNEL(softmax_back)(float *dx, const float *y, const float *dy, int64_t n, bool add);
void NN_KERNEL(prelu)(float *y, int64_t ldy, const float *x, int64_t ldx, const float *a,
                      int64_t rows, int64_t width);
void NN_KERNEL(prelu_back)(float *dx, int64_t lddx, float *da, const float *dy, int64_t lddy,
                           const float *x, int64_t ldx, const float *a, int64_t rows, int64_t width,
                           bool add);
void NN_KERNEL(attention)(const nn_attention *at, const float *query, const float *query_part,
                          const float *key, int64_t ld, int64_t length, float *hidden,
                          float *weight, float *out);
void NN_KERNEL(attention_back)(const nn_attention *at, const nn_attention_gradient *gradient,
                               const float *query, const float *key, int64_t ld, int64_t length,
                               const float *hidden, const float *weight, const float *dout,
                               float *dkey, int64_t lddk, bool add, float *dquery,
                               float *dquery_part);

#endif
