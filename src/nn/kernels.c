/* Compiled once an instruction set: NN_ISA names the table it defines. Plain loops over restrict
 * pointers, for the compiler to vectorise; sums that it may not reorder are written over NN_LANES
 * partial sums. */
#include "kernels.h"

#include <math.h>
#include <string.h>

#ifndef NN_ISA
#define NN_ISA portable
#endif
#define NN_TEXT_(x)    #x
#define NN_TEXT(x)     NN_TEXT_(x)
#define NN_JOIN_(a, b) a##b
#define NN_JOIN(a, b)  NN_JOIN_(a, b)

enum { NN_LANES = 16 };

static inline float add_lanes(const float *lane) {
    float half[8], quarter[4];
    for (int i = 0; i < 8; i++)
        half[i] = lane[i] + lane[i + 8];
    for (int i = 0; i < 4; i++)
        quarter[i] = half[i] + half[i + 4];
    return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}

static inline float dot(const float *restrict a, const float *restrict b, int64_t n) {
    float lane[NN_LANES] = {0};
    int64_t i = 0;
    for (; i + NN_LANES <= n; i += NN_LANES)
        for (int j = 0; j < NN_LANES; j++)
            lane[j] += a[i + j] * b[i + j];
    for (int j = 0; i < n; i++, j++)
        lane[j] += a[i] * b[i];
    return add_lanes(lane);
}

static inline void axpy(float *restrict y, const float *restrict x, float scale, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        y[i] += scale * x[i];
}

/* exp(x) within 2 units in the last place: 2^k * e^r, |r| <= ln(2) / 2, the Cephes polynomial. */
static inline float fast_exp(float x) {
    x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
    float scaled = x * 1.44269504f;
    int32_t k = (int32_t)(scaled + (scaled < 0 ? -0.5f : 0.5f));
    float kf = (float)k;
    float r = x - kf * 0.693359375f + kf * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    union {
        int32_t bits;
        float value;
    } power = {.bits = (k + 127) << 23};
    return p * power.value;
}

static void gather(float *restrict out, int64_t ld, const float *restrict table, int64_t width,
                   const int32_t *restrict id, int64_t n) {
    enum { AHEAD = 16 };
    for (int64_t i = 0; i < n; i++) {
        if (i + AHEAD < n && id[i + AHEAD] >= 0) __builtin_prefetch(table + id[i + AHEAD] * width);
        float *to = out + i * ld;
        if (id[i] < 0) {
            memset(to, 0, (size_t)width * sizeof(float));
            continue;
        }
        const float *from = table + id[i] * width;
        for (int64_t j = 0; j < width; j++)
            to[j] = from[j];
    }
}

static void copy(float *restrict out, int64_t ldo, const float *restrict in, int64_t ldi,
                 int64_t rows, int64_t width, bool add) {
    for (int64_t i = 0; i < rows; i++)
        if (add)
            for (int64_t j = 0; j < width; j++)
                out[i * ldo + j] += in[i * ldi + j];
        else
            for (int64_t j = 0; j < width; j++)
                out[i * ldo + j] = in[i * ldi + j];
}

static void multiply(float *restrict out, int64_t ldo, const float *a, int64_t lda, const float *b,
                     int64_t ldb, int64_t rows, int64_t width, bool add) {
    for (int64_t i = 0; i < rows; i++) {
        const float *x = a + i * lda, *y = b + i * ldb;
        float *to = out + i * ldo;
        if (add)
            for (int64_t j = 0; j < width; j++)
                to[j] += x[j] * y[j];
        else
            for (int64_t j = 0; j < width; j++)
                to[j] = x[j] * y[j];
    }
}

static inline void activate_row(float *restrict y, int64_t n, nn_activation activation) {
    switch (activation) {
    case NN_LINEAR:
        break;
    case NN_RELU:
        for (int64_t j = 0; j < n; j++)
            y[j] = y[j] < 0 ? 0 : y[j]; /* NaN stays, and is found in the loss */
        break;
    case NN_LEAKY:
        for (int64_t j = 0; j < n; j++)
            y[j] = y[j] > 0 ? y[j] : NN_LEAKY_SLOPE * y[j];
        break;
    case NN_SIGMOID:
        for (int64_t j = 0; j < n; j++)
            y[j] = 1.0f / (1.0f + fast_exp(-y[j]));
        break;
    case NN_TANH:
        for (int64_t j = 0; j < n; j++)
            y[j] = 2.0f / (1.0f + fast_exp(-2.0f * y[j])) - 1.0f;
        break;
    }
}

/* out = dy * activation'(y); out may be dy. */
static inline void slope_row(float *out, const float *dy, const float *y, int64_t n,
                             nn_activation activation) {
    switch (activation) {
    case NN_LINEAR:
        for (int64_t j = 0; j < n; j++)
            out[j] = dy[j];
        break;
    case NN_RELU:
        for (int64_t j = 0; j < n; j++)
            out[j] = y[j] > 0 ? dy[j] : 0;
        break;
    case NN_LEAKY:
        for (int64_t j = 0; j < n; j++)
            out[j] = y[j] > 0 ? dy[j] : NN_LEAKY_SLOPE * dy[j];
        break;
    case NN_SIGMOID:
        for (int64_t j = 0; j < n; j++)
            out[j] = dy[j] * y[j] * (1.0f - y[j]);
        break;
    case NN_TANH:
        for (int64_t j = 0; j < n; j++)
            out[j] = dy[j] * (1.0f - y[j] * y[j]);
        break;
    }
}

static void activate(float *y, int64_t ld, int64_t rows, int64_t width, const float *bias,
                     nn_activation activation) {
    for (int64_t i = 0; i < rows; i++) {
        if (bias) axpy(y + i * ld, bias, 1.0f, width);
        activate_row(y + i * ld, width, activation);
    }
}

static void activate_back(float *dx, int64_t ldx, const float *dy, int64_t lddy, const float *y,
                          int64_t ldy, int64_t rows, int64_t width, nn_activation activation,
                          bool add) {
    enum { PIECE = 64 };
    float piece[PIECE];
    for (int64_t i = 0; i < rows; i++) {
        if (!add) {
            slope_row(dx + i * ldx, dy + i * lddy, y + i * ldy, width, activation);
            continue;
        }
        for (int64_t j = 0; j < width; j += PIECE) {
            int64_t n = width - j < PIECE ? width - j : PIECE;
            slope_row(piece, dy + i * lddy + j, y + i * ldy + j, n, activation);
            axpy(dx + i * ldx + j, piece, 1.0f, n);
        }
    }
}

static void column_sums(float *restrict out, const float *restrict in, int64_t ld, int64_t rows,
                        int64_t width) {
    memset(out, 0, (size_t)width * sizeof(float));
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++)
            out[j] += in[i * ld + j];
}

static void attention(const nn_attention *at, const float *query, const float *query_part,
                      const float *key, int64_t ld, int64_t length, float *hidden, float *weight,
                      float *out, float *work) {
    const int64_t d = at->dim, h = at->hidden;
    for (int64_t i = 0; i < d; i++) {
        const float *k = at->key_part + i * h, *p = at->product_part + i * h;
        float *restrict m = work + i * h;
        for (int64_t j = 0; j < h; j++)
            m[j] = k[j] + query[i] * p[j];
    }
    memset(out, 0, (size_t)d * sizeof(float));
    for (int64_t t = 0; t < length; t++) {
        const float *k = key + t * ld;
        float *y = hidden + t * h;
        memcpy(y, query_part, (size_t)h * sizeof(float));
        for (int64_t i = 0; i < d; i++)
            axpy(y, work + i * h, k[i], h);
        activate_row(y, h, at->activation);
        weight[t] = dot(y, at->second, h) + at->second_bias;
        axpy(out, k, weight[t], d);
    }
}

static void attention_back(const nn_attention *at, const nn_attention_gradient *gradient,
                           const float *query, const float *key, int64_t ld, int64_t length,
                           const float *hidden, const float *weight, const float *dout, float *dkey,
                           int64_t lddk, bool add, float *dquery, float *dquery_part) {
    const int64_t d = at->dim, h = at->hidden;
    float *mt = gradient->work; /* [h, d]: the row's matrix, transposed, to add along rows */
    float *dm = mt + d * h;     /* [d, h] */
    float *dh = dm + d * h;     /* [h] */
    memset(dm, 0, (size_t)(d * h) * sizeof(float));
    memset(dquery_part, 0, (size_t)h * sizeof(float));
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j < h; j++)
            mt[j * d + i] = at->key_part[i * h + j] + query[i] * at->product_part[i * h + j];
    for (int64_t t = 0; t < length; t++) {
        const float *k = key + t * ld, *y = hidden + t * h;
        float dweight = dot(dout, k, d);
        *gradient->second_bias += dweight;
        axpy(gradient->second, y, dweight, h);
        for (int64_t j = 0; j < h; j++)
            dh[j] = dweight * at->second[j];
        slope_row(dh, dh, y, h, at->activation);
        axpy(dquery_part, dh, 1.0f, h);
        for (int64_t i = 0; i < d; i++)
            axpy(dm + i * h, dh, k[i], h);
        if (!dkey) continue;
        float *dk = dkey + t * lddk;
        if (!add) memset(dk, 0, (size_t)d * sizeof(float));
        axpy(dk, dout, weight[t], d);
        for (int64_t j = 0; j < h; j++)
            axpy(dk, mt + j * d, dh[j], d);
    }
    for (int64_t i = 0; i < d; i++) {
        axpy(gradient->key_part + i * h, dm + i * h, 1.0f, h);
        axpy(gradient->product_part + i * h, dm + i * h, query[i], h);
        if (dquery) dquery[i] += dot(dm + i * h, at->product_part + i * h, h);
    }
}

static void adam(const nn_adam *a, float *restrict w, float *restrict m, float *restrict v,
                 const float *restrict gradient, int64_t stride, int64_t shards, int64_t n) {
    enum { PIECE = 256 };
    float g[PIECE];
    for (int64_t at = 0; at < n; at += PIECE) {
        int64_t size = n - at < PIECE ? n - at : PIECE;
        memcpy(g, gradient + at, (size_t)size * sizeof(float));
        for (int64_t k = 1; k < shards; k++)
            axpy(g, gradient + k * stride + at, 1.0f, size);
        for (int64_t j = 0; j < size; j++) {
            int64_t i = at + j;
            m[i] = a->beta1 * m[i] + (1.0f - a->beta1) * g[j];
            v[i] = a->beta2 * v[i] + (1.0f - a->beta2) * g[j] * g[j];
            float step = m[i] * a->correct1 / (sqrtf(v[i]) * a->correct2 + a->epsilon);
            w[i] -= a->rate * step + a->decay * w[i];
        }
    }
}

static void adagrad(float *restrict w, float *restrict sum, const float *restrict g, float l2,
                    float rate, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        float slope = g[i] + l2 * w[i];
        sum[i] += slope * slope;
        w[i] -= rate * slope / (sqrtf(sum[i]) + 1e-10f);
    }
}

extern const nn_kernels NN_JOIN(nn_kernels_, NN_ISA);
const nn_kernels NN_JOIN(nn_kernels_, NN_ISA) = {
    .isa = NN_TEXT(NN_ISA),
    .gather = gather,
    .copy = copy,
    .multiply = multiply,
    .activate = activate,
    .activate_back = activate_back,
    .column_sums = column_sums,
    .dot = dot,
    .axpy = axpy,
    .attention = attention,
    .attention_back = attention_back,
    .adam = adam,
    .adagrad = adagrad,
};
