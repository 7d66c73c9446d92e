/* Optimisers' inner loops: w [n] moves along -g, with up to two values of state a parameter. */
#include "isa.h"

/* The gradient with clipping and L2 in it. */
NN_INLINE vec slope_of(const nn_rates *r, const float *w, const float *g, int64_t n) {
    return v_fma(v_set(r->l2), v_get(w, n), v_mul(v_set(r->scale), v_get(g, n)));
}

/* w -= rate * g */
NN_INLINE void sgd_lanes(const nn_rates *r, float *w, float *s, float *t, const float *g,
                         int64_t n) {
    (void)s;
    (void)t;
    vec at = v_get(w, n),
        step = v_fma(v_set(r->decay), at, v_mul(v_set(r->rate), slope_of(r, w, g, n)));
    v_put(w, v_sub(at, step), n);
}

/* s += g^2; w -= rate * g / (sqrt(s) + eps): Duchi, Hazan and Singer 2011 */
NN_INLINE void adagrad_lanes(const nn_rates *r, float *w, float *s, float *t, const float *g,
                             int64_t n) {
    (void)t;
    vec at = v_get(w, n), slope = slope_of(r, w, g, n), sum = v_fma(slope, slope, v_get(s, n));
    vec root = v_add(v_sqrt_first(sum, n), v_set(1e-10f));
    vec step = v_div_first(v_mul(v_set(r->rate), slope), root, n);
    v_put(s, sum, n);
    v_put(w, v_sub(at, v_fma(v_set(r->decay), at, step)), n);
}

/* Kingma and Ba 2015; with decay, AdamW: Loshchilov and Hutter 2019 */
NN_INLINE void adam_lanes(const nn_rates *r, float *w, float *s, float *t, const float *g,
                          int64_t n) {
    vec at = v_get(w, n), slope = slope_of(r, w, g, n);
    vec mean = v_fma(v_set(r->beta1), v_get(s, n), v_mul(v_set(1 - r->beta1), slope));
    vec square = v_mul(v_set(1 - r->beta2), v_mul(slope, slope));
    vec variance = v_fma(v_set(r->beta2), v_get(t, n), square);
    vec size = v_fma(v_sqrt_first(variance, n), v_set(r->correct2), v_set(1e-8f));
    vec step = v_div_first(v_mul(v_set(r->rate * r->correct1), mean), size, n);
    v_put(s, mean, n);
    v_put(t, variance, n);
    v_put(w, v_sub(at, v_fma(v_set(r->decay), at, step)), n);
}

/* FTRL-Proximal: McMahan et al. 2013. s: z, t: the sum of squares. An untouched parameter (t = 0)
 * begins from the z that gives its initial value. */
NN_INLINE void ftrl_lanes(const nn_rates *r, float *w, float *s, float *t, const float *g,
                          int64_t n) {
    const vec one = v_set(1), zero = v_set(0), l2 = v_set(r->l2), beta = v_set(1);
    vec alpha = v_set(r->rate), at = v_get(w, n), slope = v_mul(v_set(r->scale), v_get(g, n));
    vec before = v_get(t, n), after = v_fma(slope, slope, before);
    vec root = v_sqrt(after), sigma = v_div(v_sub(root, v_sqrt(before)), alpha);
    vec fresh = v_mul(at, v_sub(zero, v_add(v_div(beta, alpha), l2)));
    vec z = v_where_positive(before, v_get(s, n), fresh);
    z = v_add(z, v_sub(slope, v_mul(sigma, at)));
    vec sign = v_where_positive(z, one, v_set(-1)), size = v_mul(z, sign);
    vec excess = v_relu(v_sub(size, v_set(r->l1)));
    vec curve = v_add(v_div(v_add(beta, root), alpha), l2);
    v_put(s, z, n);
    v_put(t, after, n);
    v_put(w, v_div(v_mul(v_sub(zero, sign), excess), curve), n);
}

#define NN_STEP(name)                                                                              \
    static void name(const nn_rates *r, float *w, float *s, float *t, const float *g, int64_t n) { \
        int64_t i = 0;                                                                             \
        for (; i + V_LANES <= n; i += V_LANES)                                                     \
            name##_lanes(r, w + i, s + i, t + i, g + i, V_LANES);                                  \
        if (i < n) name##_lanes(r, w + i, s + i, t + i, g + i, n - i);                             \
    }

NN_STEP(sgd)
NN_STEP(adagrad)
NN_STEP(adam)
NN_STEP(ftrl)

/* One sum of squares for the row, of their mean: the state of a table shrinks by its width. */
static void row_adagrad(const nn_rates *r, float *w, float *s, float *t, const float *g,
                        int64_t n) {
    (void)t;
    vec total = v_set(0);
    int64_t i = 0;
    for (; i < n; i += V_LANES) {
        int64_t k = n - i < V_LANES ? n - i : V_LANES;
        vec slope = slope_of(r, w + i, g + i, k);
        total = v_fma(slope, slope, total);
    }
    *s += v_sum(total) / (float)n;
    vec rate = v_div(v_set(r->rate), v_add(v_sqrt(v_set(*s)), v_set(1e-10f)));
    for (i = 0; i < n; i += V_LANES) {
        int64_t k = n - i < V_LANES ? n - i : V_LANES;
        vec at = v_get(w + i, k), step = v_mul(rate, slope_of(r, w + i, g + i, k));
        v_put(w + i, v_sub(at, v_fma(v_set(r->decay), at, step)), k);
    }
}

nn_step_fn *const NN_KERNEL(step)[NN_RULES] = {[NN_SGD] = sgd,
                                               [NN_ADAGRAD] = adagrad,
                                               [NN_ROW_ADAGRAD] = row_adagrad,
                                               [NN_ADAM] = adam,
                                               [NN_FTRL] = ftrl};

void NN_KERNEL(sum_shards)(float *out, const float *gradient, int64_t stride, int64_t shards,
                           int64_t n) {
    int64_t i = 0;
    for (; i < n; i += V_LANES) {
        int64_t k = n - i < V_LANES ? n - i : V_LANES;
        vec sum = v_get(gradient + i, k);
        for (int64_t s = 1; s < shards; s++)
            sum = v_add(sum, v_get(gradient + s * stride + i, k));
        v_put(out + i, sum, k);
    }
}
