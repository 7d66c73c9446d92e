/* Activations over a run of floats, and over one register. For the files compiled once an
 * instruction set. */
#ifndef LIS_NN_ACTIVATION_H
#define LIS_NN_ACTIVATION_H

#include "isa.h"

NN_INLINE vec activate_vec(vec x, nn_activation activation) {
    const vec one = v_set(1);
    switch (activation) {
    case NN_LINEAR:
        break;
    case NN_RELU:
        return v_relu(x);
    case NN_LEAKY:
        return v_where_positive(x, x, v_mul(x, v_set(NN_LEAKY_SLOPE)));
    case NN_SIGMOID:
        return v_div(one, v_add(one, v_exp(v_sub(v_set(0), x))));
    case NN_TANH:
        return v_sub(v_div(v_set(2), v_add(one, v_exp(v_mul(v_set(-2), x)))), one);
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

/* y = activation(y + bias), bias NULL: none. */
NN_INLINE void activate_row(float *y, const float *bias, int64_t n, nn_activation activation) {
    for (int64_t j = 0; j < n; j += V_LANES) {
        int64_t k = n - j < V_LANES ? n - j : V_LANES;
        vec x = v_get(y + j, k);
        if (bias) x = v_add(x, v_get(bias + j, k));
        v_put(y + j, activate_vec(x, activation), k);
    }
}

/* out = (or +=) dy * activation'(y); out may be dy. */
NN_INLINE void slope_row(float *out, const float *dy, const float *y, int64_t n,
                         nn_activation activation, bool add) {
    for (int64_t j = 0; j < n; j += V_LANES) {
        int64_t k = n - j < V_LANES ? n - j : V_LANES;
        vec slope = slope_vec(v_get(dy + j, k), v_get(y + j, k), activation);
        v_put(out + j, add ? v_add(v_get(out + j, k), slope) : slope, k);
    }
}

#endif
