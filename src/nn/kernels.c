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

/* The first cache lines of a row of a table; the processor goes on by itself. */
NN_INLINE void fetch(const float *row, int64_t width) {
    enum { LINE = 16, LINES = 4 };
    for (int64_t j = 0; j < width && j < LINES * LINE; j += LINE)
        __builtin_prefetch(row + j);
}

NN_INLINE void copy_row(float *to, const float *from, int64_t n, bool add) {
    for (int64_t j = 0; j < n; j += V_LANES) {
        int64_t k = n - j < V_LANES ? n - j : V_LANES;
        vec x = v_get(from + j, k);
        v_put(to + j, add ? v_add(v_get(to + j, k), x) : x, k);
    }
}

static void gather(float *out, int64_t ld, const float *table, int64_t width, const int32_t *id,
                   int64_t n) {
    enum { AHEAD = 32 };
    for (int64_t i = 0; i < n && i < AHEAD; i++)
        if (id[i] >= 0) fetch(table + id[i] * width, width);
    for (int64_t i = 0; i < n; i++) {
        if (i + AHEAD < n && id[i + AHEAD] >= 0) fetch(table + id[i + AHEAD] * width, width);
        float *to = out + i * ld;
        if (width == 1)
            *to = id[i] < 0 ? 0 : table[id[i]];
        else if (id[i] < 0)
            memset(to, 0, (size_t)width * sizeof(float));
        else
            copy_row(to, table + id[i] * width, width, false);
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

/* Rows without a gap between them are one long row. */
NN_INLINE void join_rows(bool closely, int64_t *rows, int64_t *width) {
    if (!closely) return;
    *width *= *rows;
    *rows = 1;
}

static void copy(float *out, int64_t ldo, const float *in, int64_t ldi, int64_t rows, int64_t width,
                 bool add) {
    join_rows(ldo == width && ldi == width, &rows, &width);
    if (width == 1)
        for (int64_t i = 0; i < rows; i++)
            out[i * ldo] = add ? out[i * ldo] + in[i * ldi] : in[i * ldi];
    else
        for (int64_t i = 0; i < rows; i++)
            copy_row(out + i * ldo, in + i * ldi, width, add);
}

static void multiply(float *out, int64_t ldo, const float *a, int64_t lda, const float *b,
                     int64_t ldb, int64_t rows, int64_t width, bool add) {
    join_rows(ldo == width && lda == width && ldb == width, &rows, &width);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j += V_LANES) {
            const int64_t n = width - j < V_LANES ? width - j : V_LANES;
            const vec x = v_get(a + i * lda + j, n), y = v_get(b + i * ldb + j, n);
            float *to = out + i * ldo + j;
            v_put(to, add ? v_fma(x, y, v_get(to, n)) : v_mul(x, y), n);
        }
}

static void activate(float *y, int64_t ld, int64_t rows, int64_t width, const float *bias,
                     nn_activation activation) {
    join_rows(ld == width && !bias, &rows, &width);
    for (int64_t i = 0; i < rows; i++)
        activate_row(y + i * ld, bias, width, activation);
}

static void activate_back(float *dx, int64_t ldx, const float *dy, int64_t lddy, const float *y,
                          int64_t ldy, int64_t rows, int64_t width, nn_activation activation,
                          bool add) {
    join_rows(ldx == width && lddy == width && ldy == width, &rows, &width);
    for (int64_t i = 0; i < rows; i++)
        slope_row(dx + i * ldx, dy + i * lddy, y + i * ldy, width, activation, add);
}

/* One register of columns; a constant activation leaves no choice to the loop. */
NN_INLINE vec slope_column(float *dy, int64_t lddy, const float *y, int64_t ldy, int64_t rows,
                           int64_t n, nn_activation activation) {
    vec sum = v_set(0);
    for (int64_t i = 0; i < rows; i++) {
        vec slope = v_get(dy + i * lddy, n);
        if (activation != NN_LINEAR) {
            slope = slope_vec(slope, v_get(y + i * ldy, n), activation);
            v_put(dy + i * lddy, slope, n);
        }
        sum = v_add(sum, slope);
    }
    return sum;
}

static void slope_sums(float *dy, int64_t lddy, const float *y, int64_t ldy, int64_t rows,
                       int64_t width, nn_activation activation, float *out) {
    for (int64_t j = 0; j < width; j += V_LANES) {
        int64_t n = width - j < V_LANES ? width - j : V_LANES;
        vec sum = v_set(0);
        if (activation == NN_LINEAR)
            sum = slope_column(dy + j, lddy, y + j, ldy, rows, n, NN_LINEAR);
        else if (activation == NN_RELU)
            sum = slope_column(dy + j, lddy, y + j, ldy, rows, n, NN_RELU);
        else
            sum = slope_column(dy + j, lddy, y + j, ldy, rows, n, activation);
        if (out) v_put(out + j, sum, n);
    }
}

static void unit(float *y, int64_t ldy, const float *x, int64_t ldx, int64_t rows, int64_t width,
                 const float *w, const float *bias, nn_activation activation) {
    const vec offset = v_set(bias ? *bias : 0);
    for (int64_t i = 0; i < rows; i += V_LANES) {
        const int64_t n = rows - i < V_LANES ? rows - i : V_LANES;
        float sum[V_LANES] = {0};
        for (int64_t r = 0; r < n; r++)
            sum[r] = dot(x + (i + r) * ldx, w, width);
        v_store(sum, activate_vec(v_add(v_load(sum), offset), activation));
        for (int64_t r = 0; r < n; r++)
            y[(i + r) * ldy] = sum[r];
    }
}

static void unit_back(float *dw, float *dx, int64_t lddx, bool add, const float *dy, int64_t lddy,
                      const float *x, int64_t ldx, int64_t rows, int64_t width, const float *w) {
    for (int64_t j = 0; j < width; j += V_LANES) {
        const int64_t n = width - j < V_LANES ? width - j : V_LANES;
        const vec along = v_get(w + j, n);
        vec sum = v_set(0);
        for (int64_t r = 0; r < rows; r++) {
            const vec slope = v_set(dy[r * lddy]);
            sum = v_fma(slope, v_get(x + r * ldx + j, n), sum);
            if (!dx) continue;
            float *to = dx + r * lddx + j;
            v_put(to, add ? v_fma(slope, along, v_get(to, n)) : v_mul(slope, along), n);
        }
        v_put(dw + j, sum, n);
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

static void sum_weighted(float *out, const float *const *row, const float *weight, int64_t n,
                         int64_t width, bool add) {
    for (int64_t j = 0; j < width; j += V_LANES) {
        const int64_t k = width - j < V_LANES ? width - j : V_LANES;
        vec sum = add ? v_get(out + j, k) : v_set(0);
        for (int64_t i = 0; i < n; i++)
            sum = v_fma(v_set(weight[i]), v_get(row[i] + j, k), sum);
        v_put(out + j, sum, k);
    }
}

static void fm(float *s, float *y, int64_t ldy, const float *v, int64_t ldv, int64_t rows,
               int64_t dim, bool add) {
    for (int64_t r = 0; r < rows; r++) {
        const float *at = v + r * ldv;
        const float square = dot(at, at, dim);
        copy_row(s + r * dim, at, dim, add);
        y[r * ldy] = add ? y[r * ldy] + square : square;
    }
}

static void fm_back(float *dv, int64_t lddv, bool add, const float *dy, int64_t lddy,
                    const float *s, const float *v, int64_t ldv, int64_t rows, int64_t dim) {
    for (int64_t r = 0; r < rows; r++) {
        const vec slope = v_set(dy[r * lddy]);
        for (int64_t j = 0; j < dim; j += V_LANES) {
            const int64_t n = dim - j < V_LANES ? dim - j : V_LANES;
            float *to = dv + r * lddv + j;
            vec rest = v_sub(v_get(s + r * dim + j, n), v_get(v + r * ldv + j, n));
            v_put(to, add ? v_fma(slope, rest, v_get(to, n)) : v_mul(slope, rest), n);
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
    .sum_weighted = sum_weighted,
    .fm = fm,
    .fm_back = fm_back,
    .product = NN_KERNEL(product),
    .product_bf16 = NN_KERNEL(product_bf16),
    .log_loss = NN_KERNEL(log_loss),
    .slope_sums = slope_sums,
    .unit = unit,
    .unit_back = unit_back,
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
