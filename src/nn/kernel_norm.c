/* Normalisation, over the columns of a row or over the rows of a column, and softmax: the formulas are
 * in op_layer_norm.c, moments.c and op_softmax.c. */
#include <math.h>

#include "activation.h"
#include "isa.h"

NN_INLINE int64_t lanes(int64_t left) {
    return left < V_LANES ? left : V_LANES;
}

static float sum_of(const float *x, int64_t n) {
    vec sum = v_set(0);
    for (int64_t j = 0; j < n; j += V_LANES)
        sum = v_add(sum, v_get(x + j, lanes(n - j)));
    return v_sum(sum);
}

static float sum_of_squares(const float *x, float mean, int64_t n) {
    vec sum = v_set(0);
    for (int64_t j = 0; j < n; j += V_LANES) {
        vec off = v_first(v_sub(v_get(x + j, lanes(n - j)), v_set(mean)), lanes(n - j));
        sum = v_fma(off, off, sum);
    }
    return v_sum(sum);
}

void NN_KERNEL(layer_norm)(const nn_layer_norm *p, const float *x, int64_t ldx, const float *bias,
                           float epsilon, float *y, int64_t ldy) {
    const int64_t w = p->width;
    for (int64_t r = 0; r < p->rows; r++, x += ldx, y += ldy) {
        const float mean = sum_of(x, w) / (float)w;
        const float inverse = 1 / sqrtf(sum_of_squares(x, mean, w) / (float)w + epsilon);
        p->inverse[r] = inverse;
        for (int64_t j = 0; j < w; j += V_LANES) {
            const int64_t n = lanes(w - j);
            vec normal = v_mul(v_sub(v_get(x + j, n), v_set(mean)), v_set(inverse));
            v_put(p->normal + r * w + j, normal, n);
            v_put(y + j, v_fma(v_get(p->gain + j, n), normal, v_get(bias + j, n)), n);
        }
    }
}

void NN_KERNEL(layer_norm_back)(const nn_layer_norm *p, const float *dy, int64_t lddy, float *dgain,
                                float *dx, int64_t lddx, bool add) {
    const int64_t w = p->width;
    memset(dgain, 0, (size_t)w * sizeof *dgain);
    for (int64_t r = 0; r < p->rows; r++, dy += lddy) {
        const float *normal = p->normal + r * w;
        vec sum = v_set(0), along = v_set(0);
        for (int64_t j = 0; j < w; j += V_LANES) {
            const int64_t k = lanes(w - j);
            vec n = v_get(normal + j, k), slope = v_get(dy + j, k);
            vec g = v_mul(slope, v_get(p->gain + j, k));
            v_put(dgain + j, v_fma(slope, n, v_get(dgain + j, k)), k);
            sum = v_add(sum, g);
            along = v_fma(g, n, along);
        }
        if (!dx) continue;
        const vec mean = v_set(v_sum(sum) / (float)w), part = v_set(v_sum(along) / (float)w);
        for (int64_t j = 0; j < w; j += V_LANES) {
            const int64_t k = lanes(w - j);
            float *to = dx + r * lddx + j;
            vec g = v_mul(v_get(dy + j, k), v_get(p->gain + j, k));
            vec off = v_sub(v_sub(g, mean), v_mul(v_get(normal + j, k), part));
            vec slope = v_mul(off, v_set(p->inverse[r]));
            v_put(to, add ? v_add(v_get(to, k), slope) : slope, k);
        }
    }
}

void NN_KERNEL(moments)(float *mean, float *variance, const float *x, int64_t ld, int64_t rows,
                        int64_t width) {
    const vec share = v_set(1 / (float)rows);
    for (int64_t j = 0; j < width; j += V_LANES) {
        const int64_t n = lanes(width - j);
        vec sum = v_set(0), square = v_set(0);
        for (int64_t r = 0; r < rows; r++)
            sum = v_add(sum, v_get(x + r * ld + j, n));
        sum = v_mul(sum, share);
        for (int64_t r = 0; r < rows; r++) {
            vec off = v_sub(v_get(x + r * ld + j, n), sum);
            square = v_fma(off, off, square);
        }
        v_put(mean + j, sum, n);
        v_put(variance + j, v_mul(square, share), n);
    }
}

void NN_KERNEL(normalise)(float *out, const float *x, int64_t ld, const float *mean,
                          const float *inverse, int64_t rows, int64_t width) {
    for (int64_t r = 0; r < rows; r++, x += ld, out += width)
        for (int64_t j = 0; j < width; j += V_LANES) {
            const int64_t n = lanes(width - j);
            vec off = v_sub(v_get(x + j, n), v_get(mean + j, n));
            v_put(out + j, v_mul(off, v_get(inverse + j, n)), n);
        }
}

void NN_KERNEL(normalise_back)(float *slope, const float *normal, const float *inverse,
                               int64_t rows, int64_t width) {
    const vec share = v_set(1 / (float)rows);
    for (int64_t j = 0; j < width; j += V_LANES) {
        const int64_t n = lanes(width - j);
        vec sum = v_set(0), along = v_set(0), scale = v_get(inverse + j, n);
        for (int64_t r = 0; r < rows; r++) {
            vec s = v_get(slope + r * width + j, n);
            sum = v_add(sum, s);
            along = v_fma(s, v_get(normal + r * width + j, n), along);
        }
        sum = v_mul(sum, share);
        along = v_mul(along, share);
        for (int64_t r = 0; r < rows; r++) {
            float *at = slope + r * width + j;
            vec off = v_sub(v_get(at, n), sum);
            off = v_sub(off, v_mul(v_get(normal + r * width + j, n), along));
            v_put(at, v_mul(off, scale), n);
        }
    }
}

/* Shares below e^-60 of the largest are 0: the sum does not see them, and what is multiplied by them
 * later would be denormal and slow. */
void NN_KERNEL(softmax)(float *y, const float *x, int64_t n) {
    float most = n > 0 ? x[0] : 0, total = 0;
    for (int64_t j = 1; j < n; j++)
        most = x[j] > most ? x[j] : most;
    for (int64_t j = 0; j < n; j += V_LANES) {
        const int64_t k = lanes(n - j);
        vec off = v_sub(v_get(x + j, k), v_set(most));
        vec e = v_first(v_where_positive(v_add(off, v_set(60)), v_exp(off), v_set(0)), k);
        total += v_sum(e);
        v_put(y + j, e, k);
    }
    for (int64_t j = 0; j < n; j += V_LANES) {
        const int64_t k = lanes(n - j);
        v_put(y + j, v_mul(v_get(y + j, k), v_set(1 / total)), k);
    }
}

void NN_KERNEL(softmax_back)(float *dx, const float *y, const float *dy, int64_t n, bool add) {
    vec sum = v_set(0);
    for (int64_t j = 0; j < n; j += V_LANES)
        sum = v_fma(v_get(y + j, lanes(n - j)), v_get(dy + j, lanes(n - j)), sum);
    const vec mean = v_set(v_sum(sum));
    for (int64_t j = 0; j < n; j += V_LANES) {
        const int64_t k = lanes(n - j);
        vec slope = v_mul(v_get(y + j, k), v_sub(v_get(dy + j, k), mean));
        v_put(dx + j, add ? v_add(v_get(dx + j, k), slope) : slope, k);
    }
}

void NN_KERNEL(prelu)(float *y, int64_t ldy, const float *x, int64_t ldx, const float *a,
                      int64_t rows, int64_t width) {
    for (int64_t r = 0; r < rows; r++, x += ldx, y += ldy)
        for (int64_t j = 0; j < width; j += V_LANES) {
            const int64_t n = lanes(width - j);
            vec in = v_get(x + j, n);
            v_put(y + j, v_where_positive(in, in, v_mul(v_get(a + j, n), in)), n);
        }
}

void NN_KERNEL(prelu_back)(float *dx, int64_t lddx, float *da, const float *dy, int64_t lddy,
                           const float *x, int64_t ldx, const float *a, int64_t rows, int64_t width,
                           bool add) {
    const vec zero = v_set(0);
    for (int64_t j = 0; j < width; j += V_LANES) {
        const int64_t n = lanes(width - j);
        vec sum = zero, scale = v_get(a + j, n);
        for (int64_t r = 0; r < rows; r++) {
            vec in = v_get(x + r * ldx + j, n), slope = v_get(dy + r * lddy + j, n);
            sum = v_add(sum, v_where_positive(in, zero, v_mul(slope, in)));
            if (!dx) continue;
            float *to = dx + r * lddx + j;
            vec out = v_where_positive(in, slope, v_mul(scale, slope));
            v_put(to, add ? v_add(v_get(to, n), out) : out, n);
        }
        v_put(da + j, sum, n);
    }
}
