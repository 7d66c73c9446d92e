/* Activations over a run of floats, and over one register. For the files compiled once an
 * instruction set. */
#ifndef LIS_NN_ACTIVATION_H
#define LIS_NN_ACTIVATION_H

#include "isa.h"

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

/* y = activation(y) */
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

NN_INLINE vec activate_vec(vec x, nn_activation activation) {
    float lane[V_LANES];
    switch (activation) {
    case NN_LINEAR:
        break;
    case NN_RELU:
        return v_relu(x);
    case NN_LEAKY:
        return v_where_positive(x, x, v_mul(x, v_set(NN_LEAKY_SLOPE)));
    case NN_SIGMOID:
    case NN_TANH:
        v_store(lane, x);
        activate_row(lane, V_LANES, activation);
        return v_load(lane);
    }
    return x;
}

/* dy * activation'(y) */
NN_INLINE vec slope_vec(vec dy, vec y, nn_activation activation) {
    const vec one = v_set(1);
    switch (activation) {
    case NN_LINEAR:
        break;
    case NN_RELU:
        return v_where_positive(y, dy, v_set(0));
    case NN_LEAKY:
        return v_where_positive(y, dy, v_mul(dy, v_set(NN_LEAKY_SLOPE)));
    case NN_SIGMOID:
        return v_mul(dy, v_mul(y, v_sub(one, y)));
    case NN_TANH:
        return v_mul(dy, v_sub(one, v_mul(y, y)));
    }
    return dy;
}

#endif
