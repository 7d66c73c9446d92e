/* The inner loops, compiled once an instruction set and chosen at start (dispatch.c).
 *
 * Matrices are row-major with ld floats from row to row. Outputs never overlap inputs unless a line
 * says so. Sums within a row run in a fixed order, so a set of instructions gives the same bytes
 * every time; two sets may differ in the last bits. */
#ifndef LIS_NN_KERNELS_H
#define LIS_NN_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "rule.h"

/* Activations whose slope follows from their own output, so that they can run in place. */
typedef enum nn_activation { NN_LINEAR, NN_RELU, NN_LEAKY, NN_SIGMOID, NN_TANH } nn_activation;

/* The names of the above, NULL-ended: the choices of option "activation". */
extern const char *const nn_activation_names[];

#define NN_LEAKY_SLOPE 0.01f

/* DIN attention with its first layer decomposed (op_attention.c has the formulas). Rows of hidden
 * units are padded with zeros to `hidden`, rows of dim to `width`: multiples of NN_PAD. */
enum { NN_PAD = 16 };

typedef struct nn_attention {
    int64_t dim, width; /* of a key; padded */
    int64_t units;      /* hidden units, rounded up to even; the one added has zero weights */
    int64_t hidden;     /* padded */
    nn_activation activation;
    const float *key_part, *product_part;     /* [dim, hidden] Wk - Wd, Wp */
    const float *key_turned, *product_turned; /* [hidden, width] the same, transposed */
    const float *second;                      /* [hidden] */
    float second_bias;
    float *work; /* [hidden * width + dim * hidden + 4 * hidden] */
} nn_attention;

/* All added to. */
typedef struct nn_attention_gradient {
    float *key_part, *product_part; /* [dim, hidden] */
    float *second;                  /* [hidden] */
    float *second_bias;             /* [1] */
} nn_attention_gradient;

/* c [m, n] = activation(a b + bias), or c += a b where add (then without bias).
 * a(i, k) = a[i * a_row + k * a_step]: either way round. Column j of b lies in panel j / NN_PANEL,
 * which begins at b + panel * (j / NN_PANEL), row k at k * ldb in it: a packed matrix has
 * ldb = NN_PANEL; an ordinary one panel = NN_PANEL. Up to NN_PAD - 1 floats past the last column of
 * b's rows are read. */
enum { NN_PANEL = 64 };

/* In bf16 (bf16.h) a row of a or a column of it lies closely: a_step or a_row is 1. Packed b is pairs of rows, whole
 * tiles of NN_TILE with zeros behind the last: pair t of panel j at pairs + panel * j + t * NN_PANEL. */
enum { NN_TILE = 16 };

typedef struct nn_product {
    int64_t m, n, k;
    const float *a;
    int64_t a_row, a_step;
    const float *b;
    int64_t ldb, panel;
    const uint32_t *pairs; /* bf16: b packed, then b is NULL */
    float *c;
    int64_t ldc;
    bool add;
    const float *bias; /* [n] or NULL */
    nn_activation activation;
} nn_product;

/* One query and one head of scaled dot-product attention (op_attend.c) over `events` keys and values,
 * `size` columns of each. */
typedef struct nn_head {
    int64_t events, size;
    float scale;
    const float *query, *key, *value;
    int64_t ldk, ldv;
    float *p; /* [events] the softmax, kept from forward to backward */
} nn_head;

/* Added to; NULL: not wanted. */
typedef struct nn_head_gradient {
    float *query, *key, *value;
    int64_t ldk, ldv;
} nn_head_gradient;

/* Rows normalised over their columns (op_layer_norm.c), kept from forward to backward. */
typedef struct nn_layer_norm {
    int64_t rows, width;
    float *normal;     /* [rows, width] */
    float *inverse;    /* [rows] of the standard deviation */
    const float *gain; /* [width] */
} nn_layer_norm;

/* Which elements dropout keeps: row i of the rows at hand has stream first + i of the key, element j the
 * j-th 16 bits of it, from the lowest of each output on. It is dropped where they are below `drop`, or
 * else multiplied by `keep`. */
typedef struct nn_dropout {
    uint64_t key;
    int64_t first;
    uint32_t drop;
    float keep;
} nn_dropout;

typedef void nn_product_fn(const nn_product *product);

typedef struct nn_kernels {
    const char *isa;

    /* out[i,:] = table[id[i],:], zeros where id is -1. table [v, width] contiguous. */
    void (*gather)(float *out, int64_t ld, const float *table, int64_t width, const int32_t *id,
                   int64_t n);

    /* out[r,:] = sum over t in [offset[r], offset[r + 1]) of weight[t] table[id[t],:], kept in
     * registers; weight NULL: 1. mean: divided by the number of terms, zeros where there are none. */
    void (*bag)(float *out, int64_t ld, const float *table, int64_t width, const int32_t *id,
                const int32_t *offset, const float *weight, int64_t rows, bool mean);

    /* out = in, or out += in. */
    void (*copy)(float *out, int64_t ldo, const float *in, int64_t ldi, int64_t rows, int64_t width,
                 bool add);

    /* out = (or +=) a * b elementwise. */
    void (*multiply)(float *out, int64_t ldo, const float *a, int64_t lda, const float *b,
                     int64_t ldb, int64_t rows, int64_t width, bool add);

    /* out = (or +=) x where kept times `keep`, where dropped times 0; out may not be x. */
    void (*dropout)(const nn_dropout *how, float *out, int64_t ldo, const float *x, int64_t ldx,
                    int64_t rows, int64_t width, bool add);

    /* y = activation(y + bias) in place; bias [width] or NULL. */
    void (*activate)(float *y, int64_t ld, int64_t rows, int64_t width, const float *bias,
                     nn_activation activation);

    /* dx = (or +=) dy * activation'(y), y being the output; dx may be dy where not adding. */
    void (*activate_back)(float *dx, int64_t ldx, const float *dy, int64_t lddy, const float *y,
                          int64_t ldy, int64_t rows, int64_t width, nn_activation activation,
                          bool add);

    /* out[j] = sum over rows of in[:,j]. */
    void (*column_sums)(float *out, const float *in, int64_t ld, int64_t rows, int64_t width);

    /* sum of a[i] * b[i] */
    float (*dot)(const float *a, const float *b, int64_t n);

    /* out [width] = scale * (sum of the rows of in), kept in registers. */
    void (*sum_rows)(float *out, const float *in, int64_t ld, int64_t rows, int64_t width,
                     float scale);

    /* out [width] = (or +=) sum over i < n of weight[i] * row[i][:], in that order, in registers. */
    void (*sum_weighted)(float *out, const float *const *row, const float *weight, int64_t n,
                         int64_t width, bool add);

    /* y += scale * x */
    void (*axpy)(float *y, const float *x, float scale, int64_t n);

    nn_product_fn *product;
    nn_product_fn *product_bf16; /* of a and b rounded to bf16, by f32 instructions */

    /* Logistic loss, f64, in place: score z [n] becomes the loss log(1 + e^z) - t z, target t [n] its
     * slope sigmoid(z) - t, both within 1e-12 of the true ones; not finite where z is not. */
    void (*log_loss)(double *score, double *target, int64_t n);

    /* dy = dy * activation'(y) in place, and out[j] = its column sums; out may be NULL. */
    void (*slope_sums)(float *dy, int64_t lddy, const float *y, int64_t ldy, int64_t rows,
                       int64_t width, nn_activation activation, float *out);

    /* A linear layer of one unit: y[r] = activation(x_r . w + bias), bias NULL: 0. From the slope dy of
     * the sums: dw [width], and dx_r = (or +=) dy[r] w where dx. */
    void (*unit)(float *y, int64_t ldy, const float *x, int64_t ldx, int64_t rows, int64_t width,
                 const float *w, const float *bias, nn_activation activation);
    void (*unit_back)(float *dw, float *dx, int64_t lddx, bool add, const float *dy, int64_t lddy,
                      const float *x, int64_t ldx, int64_t rows, int64_t width, const float *w);

    /* Factorisation machine (op_fm.c): s_r [dim] = (or +=) v_r, y[r] = (or +=) |v_r|^2; and
     * dv_r = (or +=) dy[r] (s_r - v_r). */
    void (*fm)(float *s, float *y, int64_t ldy, const float *v, int64_t ldv, int64_t rows,
               int64_t dim, bool add);
    void (*fm_back)(float *dv, int64_t lddv, bool add, const float *dy, int64_t lddy,
                    const float *s, const float *v, int64_t ldv, int64_t rows, int64_t dim);

    /* Writes h->p and out [size], zeros where there are no events; adds to g what out and its gradient
     * dout say. */
    void (*attend)(const nn_head *h, float *out);
    void (*attend_back)(const nn_head *h, const nn_head_gradient *g, const float *out,
                        const float *dout);

    /* y = gain * normal + bias. */
    void (*layer_norm)(const nn_layer_norm *p, const float *x, int64_t ldx, const float *bias,
                       float epsilon, float *y, int64_t ldy);

    /* Assigns dgain [width]; dx = (or +=) the gradient of x, where dx. */
    void (*layer_norm_back)(const nn_layer_norm *p, const float *dy, int64_t lddy, float *dgain,
                            float *dx, int64_t lddx, bool add);

    /* Mean and variance of each column over the rows, at least one. */
    void (*moments)(float *mean, float *variance, const float *x, int64_t ld, int64_t rows,
                    int64_t width);

    /* out [rows, width] = (x - mean) * inverse, column by column. */
    void (*normalise)(float *out, const float *x, int64_t ld, const float *mean,
                      const float *inverse, int64_t rows, int64_t width);

    /* slope [rows, width] of the normalised rows becomes that of x, the moments being the rows' own. */
    void (*normalise_back)(float *slope, const float *normal, const float *inverse, int64_t rows,
                           int64_t width);

    /* y [n] = softmax of x, which may be y; dx = (or +=) its gradient. */
    void (*softmax)(float *y, const float *x, int64_t n);
    void (*softmax_back)(float *dx, const float *y, const float *dy, int64_t n, bool add);

    /* y = x where positive, else a * x; assigns da [width], and dx (or +=) where dx. */
    void (*prelu)(float *y, int64_t ldy, const float *x, int64_t ldx, const float *a, int64_t rows,
                  int64_t width);
    void (*prelu_back)(float *dx, int64_t lddx, float *da, const float *dy, int64_t lddy,
                       const float *x, int64_t ldx, const float *a, int64_t rows, int64_t width,
                       bool add);

    /* Attention of one row over its `length` events: key [length, dim], query_part [hidden] =
     * (Wq + Wd)' q + b. Writes hidden [length, at->hidden], weight [length] and out [dim]. */
    void (*attention)(const nn_attention *at, const float *query, const float *query_part,
                      const float *key, int64_t ld, int64_t length, float *hidden, float *weight,
                      float *out);

    /* Its gradient, from dout [dim]: adds to dkey (add) or assigns it, adds to dquery [dim], assigns
     * dquery_part [hidden]. dkey or dquery may be NULL. */
    void (*attention_back)(const nn_attention *at, const nn_attention_gradient *gradient,
                           const float *query, const float *key, int64_t ld, int64_t length,
                           const float *hidden, const float *weight, const float *dout, float *dkey,
                           int64_t lddk, bool add, float *dquery, float *dquery_part);

    /* out[i] = sum over k < shards of gradient[k * stride + i], in that order; out may be gradient. */
    void (*sum_shards)(float *out, const float *gradient, int64_t stride, int64_t shards,
                       int64_t n);

    nn_step_fn *const *step; /* [NN_RULES] */
} nn_kernels;

/* Products in bf16, and what carries them: "amx", "avx512bf16", "emulated". */
typedef struct nn_bf16_kernel {
    const char *name;
    nn_product_fn *product;
} nn_bf16_kernel;

/* The best set this processor runs, none above the one that the environment's LISRUN_ISA names:
 * portable, avx2, avx512, avx512bf16, amx. The last two are for products in bf16 alone. */
const nn_kernels *nn_kernels_best(void);
nn_bf16_kernel nn_bf16_best(void);

#endif
