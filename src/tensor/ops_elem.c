#include "lis/tensor/ops_elem.h"

#include <math.h>
#include <string.h>

#include "block.h"
#include "lis/base/parallel.h"
#include "walk.h"

enum { SHARD = 1 << 15 }; /* elements: a few microseconds of work */

static bool is_float(lis_dtype dtype) {
    return dtype == LIS_F32 || dtype == LIS_F64;
}

lis_dtype lis_dtype_promote(lis_dtype a, lis_dtype b) {
    if (a == LIS_F64 || b == LIS_F64) return LIS_F64;
    if (is_float(a) || is_float(b)) return a == LIS_I64 || b == LIS_I64 ? LIS_F64 : LIS_F32;
    return a == LIS_I64 || b == LIS_I64 ? LIS_I64 : LIS_I32;
}

/* ---- kernels: out[i] = a[i] op b[i] over a block, in f32, f64 or i64 ----
 * A kernel answers how many results are right; only integer overflow stops one early. */

typedef int64_t binary_fn(void *out, const void *a, const void *b, int64_t n);

#define DEFINE_BINARY(name, T, EXPRESSION)                                                         \
    static int64_t name(void *out, const void *a, const void *b, int64_t n) {                      \
        T *restrict z = out;                                                                       \
        const T *x = a, *y = b;                                                                    \
        for (int64_t i = 0; i < n; i++)                                                            \
            z[i] = (EXPRESSION);                                                                   \
        return n;                                                                                  \
    }

#define DEFINE_OVERFLOWING(name, BUILTIN)                                                          \
    static int64_t name(void *out, const void *a, const void *b, int64_t n) {                      \
        int64_t *z = out;                                                                          \
        const int64_t *x = a, *y = b;                                                              \
        for (int64_t i = 0; i < n; i++)                                                            \
            if (BUILTIN(x[i], y[i], &z[i])) return i;                                              \
        return n;                                                                                  \
    }

#define DEFINE_COMPARE(name, T, EXPRESSION)                                                        \
    static int64_t name(void *out, const void *a, const void *b, int64_t n) {                      \
        uint8_t *restrict z = out;                                                                 \
        const T *x = a, *y = b;                                                                    \
        for (int64_t i = 0; i < n; i++)                                                            \
            z[i] = (EXPRESSION);                                                                   \
        return n;                                                                                  \
    }

DEFINE_BINARY(add_f32, float, x[i] + y[i])
DEFINE_BINARY(add_f64, double, x[i] + y[i])
DEFINE_OVERFLOWING(add_i64, __builtin_add_overflow)
DEFINE_BINARY(sub_f32, float, x[i] - y[i])
DEFINE_BINARY(sub_f64, double, x[i] - y[i])
DEFINE_OVERFLOWING(sub_i64, __builtin_sub_overflow)
DEFINE_BINARY(mul_f32, float, x[i] * y[i])
DEFINE_BINARY(mul_f64, double, x[i] * y[i])
DEFINE_OVERFLOWING(mul_i64, __builtin_mul_overflow)
DEFINE_BINARY(div_f32, float, x[i] / y[i])
DEFINE_BINARY(div_f64, double, x[i] / y[i])
DEFINE_BINARY(pow_f32, float, powf(x[i], y[i]))
DEFINE_BINARY(pow_f64, double, pow(x[i], y[i]))
/* x != x: NaN wins whichever side it is on. */
DEFINE_BINARY(min_f32, float, x[i] < y[i] || x[i] != x[i] ? x[i] : y[i])
DEFINE_BINARY(min_f64, double, x[i] < y[i] || x[i] != x[i] ? x[i] : y[i])
DEFINE_BINARY(min_i64, int64_t, x[i] < y[i] ? x[i] : y[i])
DEFINE_BINARY(max_f32, float, x[i] > y[i] || x[i] != x[i] ? x[i] : y[i])
DEFINE_BINARY(max_f64, double, x[i] > y[i] || x[i] != x[i] ? x[i] : y[i])
DEFINE_BINARY(max_i64, int64_t, x[i] > y[i] ? x[i] : y[i])

#define DEFINE_COMPARES(name, EXPRESSION)                                                          \
    DEFINE_COMPARE(name##_f32, float, EXPRESSION)                                                  \
    DEFINE_COMPARE(name##_f64, double, EXPRESSION)                                                 \
    DEFINE_COMPARE(name##_i64, int64_t, EXPRESSION)

DEFINE_COMPARES(eq, x[i] == y[i])
DEFINE_COMPARES(ne, x[i] != y[i])
DEFINE_COMPARES(lt, x[i] < y[i])
DEFINE_COMPARES(le, x[i] <= y[i])
DEFINE_COMPARES(gt, x[i] > y[i])
DEFINE_COMPARES(ge, x[i] >= y[i])
DEFINE_COMPARES(and, x[i] != 0 && y[i] != 0)
DEFINE_COMPARES(or, x[i] != 0 || y[i] != 0)

/* One row an operation: its kernel in each type of arithmetic. */
typedef struct kernels {
    const char *name;
    binary_fn *f32, *f64, *i64; /* i64 NULL: integers are computed as f64 */
} kernels;

static const kernels arithmetic[] = {
    [LIS_ADD] = {"add", add_f32, add_f64, add_i64},
    [LIS_SUB] = {"subtract", sub_f32, sub_f64, sub_i64},
    [LIS_MUL] = {"multiply", mul_f32, mul_f64, mul_i64},
    [LIS_DIV] = {"divide", div_f32, div_f64, NULL},
    [LIS_POW] = {"raise", pow_f32, pow_f64, NULL},
    [LIS_MINIMUM] = {"take the minimum of", min_f32, min_f64, min_i64},
    [LIS_MAXIMUM] = {"take the maximum of", max_f32, max_f64, max_i64},
};

static const kernels comparison[] = {
    [LIS_EQ] = {"compare", eq_f32, eq_f64, eq_i64},
    [LIS_NE] = {"compare", ne_f32, ne_f64, ne_i64},
    [LIS_LT] = {"compare", lt_f32, lt_f64, lt_i64},
    [LIS_LE] = {"compare", le_f32, le_f64, le_i64},
    [LIS_GT] = {"compare", gt_f32, gt_f64, gt_i64},
    [LIS_GE] = {"compare", ge_f32, ge_f64, ge_i64},
    [LIS_AND] = {"combine", and_f32, and_f64, and_i64},
    [LIS_OR] = {"combine", or_f32, or_f64, or_i64},
};

static binary_fn *kernel_for(const kernels *row, lis_dtype via) {
    return via == LIS_F32 ? row->f32 : via == LIS_F64 ? row->f64 : row->i64;
}

/* ---- two operands ---- */

typedef struct binary_job {
    const lis_tensor *out, *a, *b;
    const char *name;
    lis_dtype via;
    binary_fn *kernel;
    double scale; /* of b */
    bool flags;   /* the kernel writes u8, straight into out */
    walk w;
} binary_job;

static void scale_block(lis_dtype via, void *to, const void *from, double factor, int64_t n) {
    if (via == LIS_F32)
        for (int64_t i = 0; i < n; i++)
            ((float *)to)[i] = (float)factor * ((const float *)from)[i];
    else
        for (int64_t i = 0; i < n; i++)
            ((double *)to)[i] = factor * ((const double *)from)[i];
}

static int64_t binary_run(const binary_job *job, const walk_run *run) {
    block sa, sb, result;
    int64_t n = run->length;
    const void *a = block_load(&sa, job->via, job->a->dtype, element_at(job->a, run->offset[1]),
                               run->step[1], n);
    const void *b = block_load(&sb, job->via, job->b->dtype, element_at(job->b, run->offset[2]),
                               run->step[2], n);
    if (job->scale != 1.0) {
        scale_block(job->via, &sb, b, job->scale, n);
        b = &sb;
    }
    void *to = element_at(job->out, run->offset[0]);
    if (job->flags) return job->kernel(to, a, b, n);
    bool direct = job->via == job->out->dtype && run->step[0] == 1 && a != to && b != to;
    if (direct) return job->kernel(to, a, b, n);
    int64_t right = job->kernel(&result, a, b, n);
    int64_t stored = block_store(job->out->dtype, to, run->step[0], job->via, &result, right);
    return stored;
}

static lis_status binary_shard(void *arg, lis_shard shard, lis_error *err) {
    const binary_job *job = arg;
    walk_run run;
    for (int64_t at = shard.begin; at < shard.end; at += run.length) {
        run = walk_at(&job->w, at, shard.end, BLOCK);
        int64_t right = binary_run(job, &run);
        if (right < run.length)
            return lis_fail(err, LIS_ERANGE,
                            "cannot %s: the result of element %lld does not fit %s", job->name,
                            (long long)(at + right + 1), lis_dtype_name(job->out->dtype));
    }
    return LIS_OK;
}

/* The shape to which both stretch; LIS_ESHAPE where they do not. */
static lis_status stretched_shape(const char *name, const lis_tensor *a, const lis_tensor *b,
                                  int *ndim, int64_t *shape, lis_error *err) {
    *ndim = a->ndim > b->ndim ? a->ndim : b->ndim;
    for (int i = 0; i < *ndim; i++) {
        int ia = i - (*ndim - a->ndim), ib = i - (*ndim - b->ndim);
        int64_t na = ia < 0 ? 1 : a->shape[ia], nb = ib < 0 ? 1 : b->shape[ib];
        char ta[LIS_TENSOR_TEXT], tb[LIS_TENSOR_TEXT];
        if (na != nb && na != 1 && nb != 1)
            return lis_fail(err, LIS_ESHAPE,
                            "cannot %s %s and %s: sizes %lld and %lld of dimension %d differ", name,
                            lis_tensor_describe(a, ta), lis_tensor_describe(b, tb), (long long)na,
                            (long long)nb, i + 1);
        shape[i] = na == 1 ? nb : na;
    }
    return LIS_OK;
}

static lis_status run_binary(lis_ctx *ctx, binary_job *job, lis_error *err) {
    const lis_tensor *const operands[] = {job->out, job->a, job->b};
    job->w = walk_over(job->out->ndim, job->out->shape, 3, operands);
    return lis_parallel_for(ctx, job->w.size, SHARD, binary_shard, job, err);
}

static lis_status make_binary(lis_ctx *ctx, lis_tensor *out, lis_dtype dtype, binary_job *job,
                              lis_error *err) {
    int ndim;
    int64_t shape[LIS_TENSOR_DIMS];
    LIS_TRY(stretched_shape(job->name, job->a, job->b, &ndim, shape, err));
    lis_tensor made;
    LIS_TRY(lis_tensor_new(&made, dtype, ndim, shape, err));
    job->out = &made;
    lis_status status = run_binary(ctx, job, err);
    if (status == LIS_OK)
        *out = made;
    else
        lis_tensor_release(&made);
    return status;
}

lis_status lis_tensor_binary(lis_ctx *ctx, lis_tensor *out, lis_binary op, const lis_tensor *a,
                             const lis_tensor *b, lis_error *err) {
    const kernels *row = &arithmetic[op];
    lis_dtype dtype = lis_dtype_promote(a->dtype, b->dtype);
    if (!is_float(dtype) && !row->i64) dtype = LIS_F64;
    lis_dtype via = is_float(dtype) ? dtype : LIS_I64;
    binary_job job = {.a = a,
                      .b = b,
                      .name = row->name,
                      .via = via,
                      .kernel = kernel_for(row, via),
                      .scale = 1.0};
    return make_binary(ctx, out, dtype, &job, err);
}

lis_status lis_tensor_compare(lis_ctx *ctx, lis_tensor *out, lis_compare op, const lis_tensor *a,
                              const lis_tensor *b, lis_error *err) {
    const kernels *row = &comparison[op];
    lis_dtype via = block_via(a->dtype, b->dtype);
    binary_job job = {.a = a,
                      .b = b,
                      .name = row->name,
                      .via = via,
                      .kernel = kernel_for(row, via),
                      .scale = 1.0,
                      .flags = true};
    return make_binary(ctx, out, LIS_U8, &job, err);
}

lis_status lis_tensor_update(lis_ctx *ctx, const lis_tensor *y, lis_binary op, double scale,
                             const lis_tensor *x, lis_error *err) {
    const kernels *row = &arithmetic[op];
    int ndim;
    int64_t shape[LIS_TENSOR_DIMS];
    LIS_TRY(stretched_shape(row->name, y, x, &ndim, shape, err));
    char ty[LIS_TENSOR_TEXT], tx[LIS_TENSOR_TEXT];
    if (ndim != y->ndim || memcmp(shape, y->shape, (size_t)ndim * sizeof *shape) != 0)
        return lis_fail(err, LIS_ESHAPE, "%s does not stretch to %s, which is updated in place",
                        lis_tensor_describe(x, tx), lis_tensor_describe(y, ty));
    lis_dtype via = lis_dtype_promote(y->dtype, x->dtype);
    if (!is_float(via)) via = row->i64 && scale == 1.0 ? LIS_I64 : LIS_F64;
    binary_job job = {.out = y,
                      .a = y,
                      .b = x,
                      .name = row->name,
                      .via = via,
                      .kernel = kernel_for(row, via),
                      .scale = scale};
    return run_binary(ctx, &job, err);
}

/* ---- one operand ---- */

typedef int64_t unary_fn(void *out, const void *in, int64_t n);

#define DEFINE_UNARY(name, T, EXPRESSION)                                                          \
    static int64_t name(void *out, const void *in, int64_t n) {                                    \
        T *z = out;                                                                                \
        const T *x = in;                                                                           \
        for (int64_t i = 0; i < n; i++)                                                            \
            z[i] = (EXPRESSION);                                                                   \
        return n;                                                                                  \
    }

DEFINE_UNARY(neg_f32, float, -x[i])
DEFINE_UNARY(neg_f64, double, -x[i])
DEFINE_UNARY(abs_f32, float, fabsf(x[i]))
DEFINE_UNARY(abs_f64, double, fabs(x[i]))
DEFINE_UNARY(exp_f32, float, expf(x[i]))
DEFINE_UNARY(exp_f64, double, exp(x[i]))
DEFINE_UNARY(log_f32, float, logf(x[i]))
DEFINE_UNARY(log_f64, double, log(x[i]))
DEFINE_UNARY(sqrt_f32, float, sqrtf(x[i]))
DEFINE_UNARY(sqrt_f64, double, sqrt(x[i]))
DEFINE_UNARY(sigmoid_f32, float, 1.0f / (1.0f + expf(-x[i])))
DEFINE_UNARY(sigmoid_f64, double, 1.0 / (1.0 + exp(-x[i])))
DEFINE_UNARY(tanh_f32, float, tanhf(x[i]))
DEFINE_UNARY(tanh_f64, double, tanh(x[i]))

static int64_t neg_i64(void *out, const void *in, int64_t n) {
    int64_t *z = out;
    const int64_t *x = in;
    for (int64_t i = 0; i < n; i++)
        if (__builtin_sub_overflow((int64_t)0, x[i], &z[i])) return i;
    return n;
}

static int64_t abs_i64(void *out, const void *in, int64_t n) {
    int64_t *z = out;
    const int64_t *x = in;
    for (int64_t i = 0; i < n; i++) {
        if (x[i] == INT64_MIN) return i;
        z[i] = x[i] < 0 ? -x[i] : x[i];
    }
    return n;
}

static const struct unary_row {
    const char *name;
    unary_fn *f32, *f64, *i64;
} functions[] = {
    [LIS_NEG] = {"negate", neg_f32, neg_f64, neg_i64},
    [LIS_ABS] = {"take the absolute value", abs_f32, abs_f64, abs_i64},
    [LIS_EXP] = {"exp", exp_f32, exp_f64, NULL},
    [LIS_LOG] = {"log", log_f32, log_f64, NULL},
    [LIS_SQRT] = {"sqrt", sqrt_f32, sqrt_f64, NULL},
    [LIS_SIGMOID] = {"sigmoid", sigmoid_f32, sigmoid_f64, NULL},
    [LIS_TANH] = {"tanh", tanh_f32, tanh_f64, NULL},
};

typedef struct unary_job {
    const lis_tensor *out, *in;
    const char *name;
    lis_dtype via;
    unary_fn *kernel;
    walk w;
} unary_job;

static lis_status unary_shard(void *arg, lis_shard shard, lis_error *err) {
    const unary_job *job = arg;
    walk_run run;
    for (int64_t at = shard.begin; at < shard.end; at += run.length) {
        block scratch, result;
        run = walk_at(&job->w, at, shard.end, BLOCK);
        const void *in = block_load(&scratch, job->via, job->in->dtype,
                                    element_at(job->in, run.offset[1]), run.step[1], run.length);
        int64_t right = job->kernel(&result, in, run.length);
        right = block_store(job->out->dtype, element_at(job->out, run.offset[0]), run.step[0],
                            job->via, &result, right);
        if (right < run.length)
            return lis_fail(err, LIS_ERANGE,
                            "cannot %s: the result of element %lld does not fit %s", job->name,
                            (long long)(at + right + 1), lis_dtype_name(job->out->dtype));
    }
    return LIS_OK;
}

lis_status lis_tensor_unary(lis_ctx *ctx, lis_tensor *out, lis_unary op, const lis_tensor *in,
                            lis_error *err) {
    const struct unary_row *row = &functions[op];
    lis_dtype dtype = is_float(in->dtype)                    ? in->dtype
                      : !row->i64                            ? LIS_F64
                      : in->dtype == LIS_U8 && op == LIS_NEG ? LIS_I32
                                                             : in->dtype;
    lis_dtype via = is_float(dtype) ? dtype : LIS_I64;
    lis_tensor made;
    LIS_TRY(lis_tensor_new(&made, dtype, in->ndim, in->shape, err));
    unary_job job = {.out = &made,
                     .in = in,
                     .name = row->name,
                     .via = via,
                     .kernel = via == LIS_F32   ? row->f32
                               : via == LIS_F64 ? row->f64
                                                : row->i64};
    const lis_tensor *const operands[] = {&made, in};
    job.w = walk_over(made.ndim, made.shape, 2, operands);
    lis_status status = lis_parallel_for(ctx, job.w.size, SHARD, unary_shard, &job, err);
    if (status == LIS_OK)
        *out = made;
    else
        lis_tensor_release(&made);
    return status;
}

lis_status lis_tensor_fill(const lis_tensor *y, double value, lis_error *err) {
    block one, values;
    if (block_store(y->dtype, &one, 1, LIS_F64, &value, 1) != 1)
        return lis_fail(err, LIS_ERANGE, "cannot fill: %.17g does not fit %s", value,
                        lis_dtype_name(y->dtype));
    for (int i = 0; i < BLOCK; i++)
        values.f64[i] = value;
    walk w = walk_over(y->ndim, y->shape, 1, &y);
    walk_run run;
    for (int64_t at = 0; at < w.size; at += run.length) {
        run = walk_at(&w, at, w.size, BLOCK);
        block_store(y->dtype, element_at(y, run.offset[0]), run.step[0], LIS_F64, values.f64,
                    run.length);
    }
    return LIS_OK;
}

/* ---- rows ---- */

typedef struct unit_job {
    float *out;
    const float *x;
    int64_t d;
} unit_job;

static lis_status unit_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const unit_job *job = arg;
    for (int64_t i = shard.begin; i < shard.end; i++) {
        const float *x = job->x + i * job->d;
        float *out = job->out + i * job->d;
        double squares = 0;
        for (int64_t j = 0; j < job->d; j++)
            squares += (double)x[j] * (double)x[j];
        double factor = squares > 0 ? 1.0 / sqrt(squares) : 0.0;
        for (int64_t j = 0; j < job->d; j++)
            out[j] = (float)(factor * (double)x[j]);
    }
    return LIS_OK;
}

lis_status lis_tensor_normalize_rows(lis_ctx *ctx, lis_tensor *out, const lis_tensor *x,
                                     lis_error *err) {
    LIS_TRY(lis_tensor_expect_2d(x, "x", LIS_F32, -1, -1, err));
    lis_tensor made;
    LIS_TRY(lis_tensor_new(&made, LIS_F32, 2, x->shape, err));
    int64_t d = x->shape[1];
    unit_job job = {.out = lis_f32(&made), .x = lis_f32(x), .d = d};
    int64_t rows = d > 0 ? SHARD / d + 1 : SHARD;
    lis_status status = lis_parallel_for(ctx, x->shape[0], rows, unit_shard, &job, err);
    if (status == LIS_OK)
        *out = made;
    else
        lis_tensor_release(&made);
    return status;
}
