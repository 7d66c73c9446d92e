/* Compiled once an instruction set: NN_ISA names the table it defines. Plain loops over restrict
 * pointers, for the compiler to vectorise; sums, which it may not reorder, in registers. */
#include <string.h>

#include "activation.h"
#include "isa.h"

static float dot(const float *a, const float *b, int64_t n) {
    vec sum = v_set(0);
    int64_t i = 0;
    for (; i + V_LANES <= n; i += V_LANES)
        sum = v_fma(v_load(a + i), v_load(b + i), sum);
    if (i < n) sum = v_fma(v_load_part(a + i, n - i), v_load_part(b + i, n - i), sum);
    return v_sum(sum);
}

static inline void axpy(float *restrict y, const float *restrict x, float scale, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        y[i] += scale * x[i];
}

static void gather(float *restrict out, int64_t ld, const float *restrict table, int64_t width,
                   const int32_t *restrict id, int64_t n) {
    enum { AHEAD = 32 };
    for (int64_t i = 0; i < n && i < AHEAD; i++)
        if (id[i] >= 0) __builtin_prefetch(table + id[i] * width);
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

/* One row's sum, `vectors` registers of it. */
NN_INLINE void bag_row(float *out, const float *table, int64_t width, const int32_t *id,
                       const float *weight, int64_t n, float scale, int64_t columns, int vectors) {
    enum { MOST = 4 };
    vec sum[MOST];
    for (int v = 0; v < vectors; v++)
        sum[v] = v_set(0);
    for (int64_t t = 0; t < n; t++) {
        const float *row = table + id[t] * width;
        vec w = v_set(weight ? weight[t] : 1);
        for (int v = 0; v < vectors; v++) {
            int64_t left = columns - (int64_t)v * V_LANES;
            vec x = v_get(row + v * V_LANES, left < V_LANES ? left : V_LANES);
            sum[v] = weight ? v_fma(w, x, sum[v]) : v_add(sum[v], x);
        }
    }
    for (int v = 0; v < vectors; v++) {
        int64_t left = columns - (int64_t)v * V_LANES;
        v_put(out + v * V_LANES, v_mul(sum[v], v_set(scale)), left < V_LANES ? left : V_LANES);
    }
}

static void bag(float *out, int64_t ld, const float *table, int64_t width, const int32_t *id,
                const int32_t *offset, const float *weight, int64_t rows, bool mean) {
    enum { AHEAD = 32, WIDE = 4 * V_LANES };
    for (int64_t r = 0; r < rows; r++) {
        const int64_t n = offset[r + 1] - offset[r];
        const int32_t *here = id + offset[r];
        const float *w = weight ? weight + offset[r] : NULL;
        const float scale = mean && n > 0 ? 1.0f / (float)n : 1.0f;
        for (int64_t t = offset[r] + AHEAD; t < offset[r + 1] + AHEAD && t < offset[rows]; t++)
            __builtin_prefetch(table + id[t] * width);
        int64_t j = 0;
        for (; j + WIDE <= width; j += WIDE)
            bag_row(out + r * ld + j, table + j, width, here, w, n, scale, WIDE, 4);
        for (; j < width; j += V_LANES)
            bag_row(out + r * ld + j, table + j, width, here, w, n, scale, width - j, 1);
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

static void activate(float *y, int64_t ld, int64_t rows, int64_t width, const float *bias,
                     nn_activation activation) {
    for (int64_t i = 0; i < rows; i++)
        activate_row(y + i * ld, bias, width, activation);
}

static void activate_back(float *dx, int64_t ldx, const float *dy, int64_t lddy, const float *y,
                          int64_t ldy, int64_t rows, int64_t width, nn_activation activation,
                          bool add) {
    for (int64_t i = 0; i < rows; i++)
        slope_row(dx + i * ldx, dy + i * lddy, y + i * ldy, width, activation, add);
}

static void slope_sums(float *dy, int64_t lddy, const float *y, int64_t ldy, int64_t rows,
                       int64_t width, nn_activation activation, float *out) {
    for (int64_t j = 0; j < width; j += V_LANES) {
        int64_t n = width - j < V_LANES ? width - j : V_LANES;
        vec sum = v_set(0);
        for (int64_t i = 0; i < rows; i++) {
            float *at = dy + i * lddy + j;
            vec slope = slope_vec(v_load_part(at, n), v_load_part(y + i * ldy + j, n), activation);
            sum = v_add(sum, slope);
            v_store_part(at, slope, n);
        }
        if (out) v_store_part(out + j, sum, n);
    }
}

static void sum_rows(float *out, const float *in, int64_t ld, int64_t rows, int64_t width,
                     float scale) {
    for (int64_t j = 0; j < width; j += V_LANES) {
        int64_t n = width - j < V_LANES ? width - j : V_LANES;
        vec sum = v_set(0);
        if (n == V_LANES)
            for (int64_t i = 0; i < rows; i++)
                sum = v_add(sum, v_load(in + i * ld + j));
        else
            for (int64_t i = 0; i < rows; i++)
                sum = v_add(sum, v_load_part(in + i * ld + j, n));
        v_store_part(out + j, v_mul(sum, v_set(scale)), n);
    }
}

static void column_sums(float *restrict out, const float *restrict in, int64_t ld, int64_t rows,
                        int64_t width) {
    memset(out, 0, (size_t)width * sizeof(float));
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j++)
            out[j] += in[i * ld + j];
}

extern const nn_kernels NN_KERNEL(kernels);
const nn_kernels NN_KERNEL(kernels) = {
    .isa = NN_TEXT(NN_ISA),
    .gather = gather,
    .bag = bag,
    .copy = copy,
    .multiply = multiply,
    .dropout = NN_KERNEL(dropout),
    .activate = activate,
    .activate_back = activate_back,
    .column_sums = column_sums,
    .sum_rows = sum_rows,
    .dot = dot,
    .axpy = axpy,
    .product = NN_KERNEL(product),
    .product_bf16 = NN_KERNEL(product_bf16),
    .log_loss = NN_KERNEL(log_loss),
    .slope_sums = slope_sums,
    .attend = NN_KERNEL(attend),
    .attend_back = NN_KERNEL(attend_back),
    .layer_norm = NN_KERNEL(layer_norm),
    .layer_norm_back = NN_KERNEL(layer_norm_back),
    .moments = NN_KERNEL(moments),
    .normalise = NN_KERNEL(normalise),
    .normalise_back = NN_KERNEL(normalise_back),
    .softmax = NN_KERNEL(softmax),
    .softmax_back = NN_KERNEL(softmax_back),
    .prelu = NN_KERNEL(prelu),
    .prelu_back = NN_KERNEL(prelu_back),
    .attention = NN_KERNEL(attention),
    .attention_back = NN_KERNEL(attention_back),
    .sum_shards = NN_KERNEL(sum_shards),
    .step = NN_KERNEL(step),
};
