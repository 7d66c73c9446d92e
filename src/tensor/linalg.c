#include "lis/tensor/linalg.h"

#include <cblas.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "lapack.h"
#include "lis/base/mem.h"
#include "lis/base/parallel.h"

enum {
    GEMM_ROWS = 256,       /* rows of the result a shard */
    GEMM_COLUMNS = 64,     /* columns between two looks at the interrupt flag, at least */
    GEMM_LOOK = 1 << 30,   /* multiplications between two looks, about: some 40 ms */
    GRAM_ROWS = 2048,      /* rows of the input a shard, at least */
    GRAM_BLOCK = 256,      /* rows brought to f64 at a time */
    GRAM_SHARDS = 64,      /* partial products, at most */
    GRAM_BUDGET = 8 << 20, /* doubles in all partial products together, about */
    QR_ROWS = 1024
};

static void pin_once(void) {
    openblas_set_num_threads(1);
}

void lis_linalg_pin(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, pin_once);
}

const char *lis_linalg_library(void) {
    return openblas_get_config();
}

const char *lis_linalg_better_core(void) {
#if defined(__x86_64__)
    static const char *const modern[] = {"Haswell", "Zen", "SkylakeX", "Cooperlake",
                                         "SapphireRapids"};
    const char *chosen = openblas_get_corename();
    for (size_t k = 0; k < sizeof modern / sizeof *modern; k++)
        if (strcasecmp(chosen, modern[k]) == 0) return NULL;
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return NULL;
    bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return wide ? "SkylakeX" : "Haswell";
#else
    return NULL;
#endif
}

static bool all_finite(const double *values, int64_t n) {
    double sum = 0; /* stays 0 unless a value is infinite or NaN */
    for (int64_t i = 0; i < n; i++)
        sum += values[i] * 0.0;
    return sum == 0;
}

/* ---- products ---- */

/* How cblas sees a 2-d tensor: rows `leading` apart, or columns (a transposed view). */
typedef struct layout {
    CBLAS_TRANSPOSE transpose;
    int leading;
} layout;

static bool find_layout(const lis_tensor *t, layout *out) {
    int64_t rows = t->shape[0], columns = t->shape[1];
    int64_t leading = columns; /* of a matrix with no second row, or no element */
    out->transpose = CblasNoTrans;
    if (rows > 1 && columns > 0) {
        bool by_rows = columns == 1 || t->stride[1] == 1;
        if (!by_rows && t->stride[0] != 1) return false;
        leading = by_rows ? t->stride[0] : t->stride[1];
        if (leading < (by_rows ? columns : rows)) return false; /* stretched: rows overlap */
        if (!by_rows) out->transpose = CblasTrans;
    } else if (rows == 1 && columns > 1 && t->stride[1] != 1) {
        out->transpose = CblasTrans; /* one row, its elements a stride apart */
        leading = t->stride[1];
    }
    if (leading < 1) leading = 1;
    out->leading = (int)leading;
    return leading <= INT32_MAX;
}

typedef struct gemm_job {
    lis_ctx *ctx;
    const lis_tensor *out, *a, *b;
    double alpha, beta;
    layout la, lb, lo;
    int panel; /* columns a call of cblas */
} gemm_job;

/* out[row : row + rows, column : column + columns] */
static void gemm_panel(const gemm_job *job, int64_t row, int rows, int64_t column, int columns) {
    int k = (int)job->a->shape[1];
    int64_t a_at = row * (job->la.transpose == CblasTrans ? 1 : job->la.leading);
    int64_t b_at = column * (job->lb.transpose == CblasTrans ? job->lb.leading : 1);
    int64_t out_at = row * job->lo.leading + column;
    if (job->out->dtype == LIS_F32)
        cblas_sgemm(CblasRowMajor, job->la.transpose, job->lb.transpose, rows, columns, k,
                    (float)job->alpha, lis_f32(job->a) + a_at, job->la.leading,
                    lis_f32(job->b) + b_at, job->lb.leading, (float)job->beta,
                    lis_f32(job->out) + out_at, job->lo.leading);
    else
        cblas_dgemm(CblasRowMajor, job->la.transpose, job->lb.transpose, rows, columns, k,
                    job->alpha, lis_f64(job->a) + a_at, job->la.leading, lis_f64(job->b) + b_at,
                    job->lb.leading, job->beta, lis_f64(job->out) + out_at, job->lo.leading);
}

static lis_status gemm_shard(void *arg, lis_shard shard, lis_error *err) {
    const gemm_job *job = arg;
    int rows = (int)(shard.end - shard.begin);
    int64_t n = job->out->shape[1];
    for (int64_t column = 0; column < n; column += job->panel) {
        int columns = (int)(n - column < job->panel ? n - column : job->panel);
        if (lis_ctx_interrupted(job->ctx)) return lis_fail(err, LIS_EINTR, "interrupted");
        gemm_panel(job, shard.begin, rows, column, columns);
    }
    return LIS_OK;
}

/* By the sizes alone, so that the bytes do not depend on who watches. */
static int panel_columns(int64_t rows, int64_t n, int64_t k) {
    int64_t height = rows < GEMM_ROWS ? rows : GEMM_ROWS;
    int64_t columns = GEMM_LOOK / (height * (k > 0 ? k : 1)) / GEMM_COLUMNS * GEMM_COLUMNS;
    if (columns < GEMM_COLUMNS) columns = GEMM_COLUMNS;
    return (int)(columns < n ? columns : n);
}

static lis_status check_product(const lis_tensor *out, const lis_tensor *a, const lis_tensor *b,
                                lis_error *err) {
    char ta[LIS_TENSOR_TEXT], tb[LIS_TENSOR_TEXT], to[LIS_TENSOR_TEXT];
    lis_tensor_describe(a, ta);
    lis_tensor_describe(b, tb);
    lis_tensor_describe(out, to);
    if (a->ndim != 2 || b->ndim != 2 || a->shape[1] != b->shape[0])
        return lis_fail(err, LIS_ESHAPE, "cannot multiply 'a' %s by 'b' %s", ta, tb);
    if (out->ndim != 2 || out->shape[0] != a->shape[0] || out->shape[1] != b->shape[1])
        return lis_fail(err, LIS_ESHAPE, "'out' %s does not hold the product of %s and %s", to, ta,
                        tb);
    if (a->dtype != b->dtype || a->dtype != out->dtype ||
        (a->dtype != LIS_F32 && a->dtype != LIS_F64))
        return lis_fail(err, LIS_EDTYPE,
                        "a product wants f32 or f64 throughout, got %s times %s into %s", ta, tb,
                        to);
    for (int i = 0; i < 2; i++)
        if (a->shape[i] > INT32_MAX || b->shape[i] > INT32_MAX)
            return lis_fail(err, LIS_ERANGE, "cannot multiply %s by %s: a size above 2^31 - 1", ta,
                            tb);
    return LIS_OK;
}

lis_status lis_gemm(lis_ctx *ctx, const lis_tensor *out, double alpha, const lis_tensor *a,
                    const lis_tensor *b, double beta, lis_error *err) {
    LIS_TRY(check_product(out, a, b, err));
    gemm_job job = {.ctx = ctx, .out = out, .a = a, .b = b, .alpha = alpha, .beta = beta};
    char text[LIS_TENSOR_TEXT];
    const lis_tensor *odd = !find_layout(a, &job.la)                                       ? a
                            : !find_layout(b, &job.lb)                                     ? b
                            : !find_layout(out, &job.lo) || job.lo.transpose == CblasTrans ? out
                                                                                           : NULL;
    if (odd)
        return lis_fail(err, LIS_ESHAPE, "a product cannot use the strided view %s; copy it first",
                        lis_tensor_describe(odd, text));
    if (lis_tensor_size(out) == 0) return LIS_OK;
    lis_linalg_pin();
    job.panel = panel_columns(out->shape[0], out->shape[1], a->shape[1]);
    return lis_parallel_for(ctx, out->shape[0], GEMM_ROWS, gemm_shard, &job, err);
}

/* ---- x^T D y ---- */

typedef struct gram_job {
    const lis_tensor *x, *y, *weight;
    int p, q;
    double *partial; /* [shards, p, q] */
    double *scratch; /* [workers, GRAM_BLOCK, p + q] */
} gram_job;

static double number_at(const lis_tensor *t, int64_t i) {
    return t->dtype == LIS_F32 ? (double)lis_f32(t)[i] : lis_f64(t)[i];
}

/* Rows [begin, end) of x as f64, each multiplied by its weight. */
static void load_rows(double *to, const lis_tensor *x, const lis_tensor *weight, int64_t begin,
                      int64_t end) {
    int64_t width = x->shape[1];
    for (int64_t i = begin; i < end; i++) {
        double w = weight ? number_at(weight, i) : 1.0;
        for (int64_t j = 0; j < width; j++)
            *to++ = w * number_at(x, i * width + j);
    }
}

static lis_status gram_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const gram_job *job = arg;
    double *sum = job->partial + shard.index * job->p * job->q;
    double *x = job->scratch + (int64_t)shard.worker * GRAM_BLOCK * (job->p + job->q);
    double *y = x + GRAM_BLOCK * job->p;
    for (int64_t at = shard.begin; at < shard.end; at += GRAM_BLOCK) {
        int64_t end = shard.end - at < GRAM_BLOCK ? shard.end : at + GRAM_BLOCK;
        load_rows(x, job->x, job->weight, at, end);
        load_rows(y, job->y, NULL, at, end);
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, job->p, job->q, (int)(end - at), 1.0,
                    x, job->p, y, job->q, at == shard.begin ? 0.0 : 1.0, sum, job->q);
    }
    return LIS_OK;
}

/* Depends on the shapes alone, so that the sum does too. */
static int64_t gram_shard_rows(int64_t n, int64_t cells) {
    int64_t shards = GRAM_BUDGET / (cells > 0 ? cells : 1);
    if (shards > GRAM_SHARDS) shards = GRAM_SHARDS;
    if (shards < 1) shards = 1;
    int64_t rows = n / shards + 1;
    return rows > GRAM_ROWS ? rows : GRAM_ROWS;
}

static lis_status check_gram(const lis_tensor *x, const lis_tensor *weight, const lis_tensor *y,
                             lis_error *err) {
    LIS_TRY(lis_tensor_expect_2d(x, "x", x->dtype == LIS_F64 ? LIS_F64 : LIS_F32, -1, -1, err));
    LIS_TRY(lis_tensor_expect_2d(y, "y", x->dtype, x->shape[0], -1, err));
    if (x->shape[1] > INT32_MAX || y->shape[1] > INT32_MAX)
        return lis_fail(err, LIS_ERANGE, "'x' or 'y' is wider than 2^31 - 1 columns");
    if (!weight) return LIS_OK;
    return lis_tensor_expect_1d(weight, "weight", weight->dtype == LIS_F64 ? LIS_F64 : LIS_F32,
                                x->shape[0], err);
}

lis_status lis_gram(lis_ctx *ctx, double *out, const lis_tensor *x, const lis_tensor *weight,
                    const lis_tensor *y, lis_error *err) {
    LIS_TRY(check_gram(x, weight, y, err));
    lis_linalg_pin();
    int64_t n = x->shape[0], cells;
    gram_job job = {.x = x, .y = y, .weight = weight, .p = (int)x->shape[1], .q = (int)y->shape[1]};
    if (__builtin_mul_overflow(x->shape[1], y->shape[1], &cells))
        return lis_fail(err, LIS_ESHAPE, "the product of 'x' and 'y' overflows");
    int64_t shard_rows = gram_shard_rows(n, cells);
    int64_t shards = lis_shard_count(n, shard_rows);
    job.partial = lis_alloc((size_t)(shards * cells), sizeof(double));
    job.scratch = lis_alloc((size_t)ctx->threads * GRAM_BLOCK,
                            (size_t)(x->shape[1] + y->shape[1]) * sizeof(double));
    lis_status status = LIS_OK;
    if (!job.partial || !job.scratch)
        status = lis_fail_nomem(err, "normal equations", 8.0 * (double)(shards * cells));
    else if (cells > 0)
        status = lis_parallel_for(ctx, n, shard_rows, gram_shard, &job, err);
    if (status == LIS_OK) {
        memset(out, 0, (size_t)cells * sizeof *out);
        for (int64_t s = 0; s < shards; s++)
            for (int64_t i = 0; i < cells; i++)
                out[i] += job.partial[s * cells + i];
    }
    lis_free(job.partial);
    lis_free(job.scratch);
    return status;
}

/* ---- ridge ---- */

static lis_status check_ridge(const lis_tensor *x, const lis_tensor *weight, double l2,
                              lis_error *err) {
    if (!(l2 >= 0) || isinf(l2))
        return lis_fail(err, LIS_EARG, "'l2': wanted a number >= 0, got %g", l2);
    for (int64_t i = 0; weight && i < x->shape[0]; i++)
        if (!(number_at(weight, i) >= 0))
            return lis_fail(err, LIS_EARG, "'weight' row %lld: wanted a number >= 0, got %g",
                            (long long)i + 1, number_at(weight, i));
    return LIS_OK;
}

/* The first column that the columns before it explain but for rounding, or -1. After Cholesky the
 * squared pivot over the original diagonal element is 1 - R^2 of that regression. */
static int64_t dependent_column(const double *cholesky, const double *diagonal, int64_t p) {
    for (int64_t i = 0; i < p; i++) {
        double pivot = cholesky[i * p + i];
        if (!(pivot * pivot > 1e-13 * diagonal[i])) return i;
    }
    return -1;
}

/* Solves (xtx + l2 I) W = xty; both are overwritten, xty [d, p] by W transposed. diagonal [p] is
 * scratch. */
static lis_status solve_ridge(double *xtx, double *xty, double *diagonal, int p, int d, double l2,
                              lis_error *err) {
    if (!all_finite(xtx, (int64_t)p * p) || !all_finite(xty, (int64_t)p * d))
        return lis_fail(err, LIS_EMATH, "'x', 'y' or 'weight' holds a NaN or an infinity");
    for (int64_t i = 0; i < p; i++)
        diagonal[i] = xtx[i * p + i] += l2;
    int info = 0;
    dposv_("L", &p, &d, xtx, &p, xty, &p, &info, 1);
    int64_t column = info > 0 ? info - 1 : dependent_column(xtx, diagonal, p);
    if (column < 0) return LIS_OK;
    return lis_fail(err, LIS_EMATH,
                    "ridge: column %lld of 'x' is a combination of the columns before it and l2 = "
                    "%g does not make up for it; raise l2",
                    (long long)column + 1, l2);
}

lis_status lis_ridge(lis_ctx *ctx, lis_tensor *out, const lis_tensor *x, const lis_tensor *y,
                     const lis_tensor *weight, double l2, lis_error *err) {
    LIS_TRY(lis_tensor_expect_2d(x, "x", LIS_F32, -1, -1, err));
    LIS_TRY(check_gram(x, weight, y, err));
    LIS_TRY(check_ridge(x, weight, l2, err));
    int64_t p = x->shape[1], d = y->shape[1];
    lis_tensor made;
    LIS_TRY(lis_tensor_new_2d(&made, LIS_F32, p, d, err));
    double *xtx = lis_alloc((size_t)p, (size_t)p * sizeof *xtx);
    double *xty = lis_alloc((size_t)p, (size_t)(d + 1) * sizeof *xty); /* and the diagonal */
    lis_status status = LIS_OK;
    if (!xtx || !xty)
        status = lis_fail_nomem(err, "normal equations", 8.0 * (double)p * (double)(p + d));
    if (status == LIS_OK) status = lis_gram(ctx, xtx, x, weight, x, err);
    if (status == LIS_OK) status = lis_gram(ctx, xty, y, weight, x, err);
    if (status == LIS_OK && p > 0 && d > 0)
        status = solve_ridge(xtx, xty, xty + p * d, (int)p, (int)d, l2, err);
    for (int64_t i = 0; status == LIS_OK && i < p; i++)
        for (int64_t j = 0; j < d; j++)
            lis_f32(&made)[i * d + j] = (float)xty[j * p + i];
    lis_free(xtx);
    lis_free(xty);
    if (status == LIS_OK)
        *out = made;
    else
        lis_tensor_release(&made);
    return status;
}

/* ---- Procrustes ---- */

/* work: [3, d, d], the first of them a^T b; the second becomes U, the third V^T. */
static lis_status nearest_rotation(lis_tensor *out, double *work, int64_t d, double *s,
                                   lis_error *err) {
    double *m = work, *u = work + d * d, *vt = work + 2 * d * d;
    LIS_TRY(lis_svd_small(d, d, m, u, s, vt, err));
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)d, (int)d, (int)d, 1.0, u, (int)d,
                vt, (int)d, 0.0, m, (int)d);
    LIS_TRY(lis_tensor_new_2d(out, LIS_F32, d, d, err));
    for (int64_t i = 0; i < d * d; i++)
        lis_f32(out)[i] = (float)m[i];
    return LIS_OK;
}

lis_status lis_procrustes(lis_ctx *ctx, lis_tensor *out, const lis_tensor *a, const lis_tensor *b,
                          lis_error *err) {
    LIS_TRY(lis_tensor_expect_2d(a, "a", LIS_F32, -1, -1, err));
    LIS_TRY(lis_tensor_expect_2d(b, "b", LIS_F32, a->shape[0], a->shape[1], err));
    int64_t d = a->shape[1];
    if (d < 1 || d > 32768)
        return lis_fail(err, LIS_ESHAPE, "'a': wanted 1 to 32768 columns, got %lld", (long long)d);
    double *work = lis_alloc((size_t)(3 * d + 1), (size_t)d * sizeof *work);
    if (!work) return lis_fail_nomem(err, "a rotation", 24.0 * (double)d * (double)d);
    lis_status status = lis_gram(ctx, work, a, NULL, b, err);
    if (status == LIS_OK) status = nearest_rotation(out, work, d, work + 3 * d * d, err);
    lis_free(work);
    return status;
}

/* ---- principal axes ---- */

lis_status lis_principal_axes(lis_ctx *ctx, lis_tensor *out, const lis_tensor *x, int64_t k,
                              lis_error *err) {
    LIS_TRY(lis_tensor_expect_2d(x, "x", LIS_F32, -1, -1, err));
    int64_t p = x->shape[1];
    if (k < 1 || k > p)
        return lis_fail(err, LIS_ESHAPE, "%lld axes of %lld columns: wanted 1 to %lld",
                        (long long)k, (long long)p, (long long)p);
    double *gram = lis_alloc((size_t)(p + 1), (size_t)p * sizeof *gram);
    if (!gram) return lis_fail_nomem(err, "principal axes", 8.0 * (double)p * (double)p);
    lis_status status = lis_gram(ctx, gram, x, NULL, x, err);
    if (status == LIS_OK) status = lis_eigen_symmetric(p, gram, gram + p * p, err);
    if (status == LIS_OK) status = lis_tensor_new_2d(out, LIS_F32, p, k, err);
    for (int64_t row = 0; status == LIS_OK && row < p; row++)
        for (int64_t axis = 0; axis < k; axis++)
            lis_f32(out)[row * k + axis] = (float)gram[axis * p + row];
    lis_free(gram);
    return status;
}

/* ---- orthonormal columns ---- */

typedef struct divide_job {
    float *x;        /* [n, k] */
    const double *r; /* [k, k] upper triangle, row-major */
    double *scratch; /* [workers, QR_ROWS, k] */
    int k;
} divide_job;

/* x := x R^-1 */
static lis_status divide_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const divide_job *job = arg;
    int64_t cells = (shard.end - shard.begin) * job->k;
    float *x = job->x + shard.begin * job->k;
    double *wide = job->scratch + (int64_t)shard.worker * QR_ROWS * job->k;
    for (int64_t i = 0; i < cells; i++)
        wide[i] = (double)x[i];
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit,
                (int)(shard.end - shard.begin), job->k, 1.0, job->r, job->k, wide, job->k);
    for (int64_t i = 0; i < cells; i++)
        x[i] = (float)wide[i];
    return LIS_OK;
}

/* One Cholesky QR: R^T R = x^T x, x := x R^-1. *done stays false, and x untouched, where x^T x is
 * too close to singular for the f64 Gram matrix to tell its columns apart. */
static lis_status cholesky_qr(lis_ctx *ctx, const lis_tensor *x, double *r, double *scratch,
                              bool *done, lis_error *err) {
    int k = (int)x->shape[1], info = 0;
    LIS_TRY(lis_gram(ctx, r, x, NULL, x, err));
    if (!all_finite(r, (int64_t)k * k))
        return lis_fail(err, LIS_EMATH, "cannot orthonormalise: a value is not finite");
    dpotrf_("L", &k, r, &k, &info, 1); /* Fortran's lower triangle is our upper one */
    double low = INFINITY, high = 0;
    for (int64_t i = 0; info == 0 && i < k; i++) {
        low = fmin(low, r[i * k + i]);
        high = fmax(high, r[i * k + i]);
    }
    if (info != 0 || low <= 1e-5 * high) return LIS_OK;
    divide_job job = {.x = lis_f32(x), .r = r, .scratch = scratch, .k = k};
    LIS_TRY(lis_parallel_for(ctx, x->shape[0], QR_ROWS, divide_shard, &job, err));
    *done = true;
    return LIS_OK;
}

static lis_status householder_qr(const lis_tensor *x, lis_error *err) {
    int n = (int)x->shape[0], k = (int)x->shape[1], info = 0;
    int lwork = 64 * k;
    size_t cells = (size_t)n * (size_t)k;
    double *a = lis_alloc(cells + (size_t)k * 65, sizeof *a);
    if (!a) return lis_fail_nomem(err, "an orthonormal basis", 8.0 * (double)cells);
    double *tau = a + cells, *work = tau + k;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < k; j++)
            a[j * n + i] = (double)lis_f32(x)[i * k + j];
    dgeqrf_(&n, &k, a, &n, tau, work, &lwork, &info);
    if (info == 0) dorgqr_(&n, &k, &k, a, &n, tau, work, &lwork, &info);
    for (int64_t i = 0; info == 0 && i < n; i++)
        for (int64_t j = 0; j < k; j++)
            lis_f32(x)[i * k + j] = (float)a[j * n + i];
    lis_free(a);
    return info == 0 ? LIS_OK : lis_fail(err, LIS_EMATH, "QR failed (dgeqrf: %d)", info);
}

lis_status lis_qr_orthonormalise(lis_ctx *ctx, const lis_tensor *x, lis_error *err) {
    LIS_TRY(lis_tensor_expect_2d(x, "x", LIS_F32, -1, -1, err));
    int64_t n = x->shape[0], k = x->shape[1];
    if (n < k || n > INT32_MAX)
        return lis_fail(err, LIS_ESHAPE,
                        "'x': wanted at least as many rows as columns, got [%lld, %lld]",
                        (long long)n, (long long)k);
    if (k == 0) return LIS_OK;
    double *r = lis_alloc((size_t)k, (size_t)k * sizeof *r);
    double *scratch = lis_alloc((size_t)ctx->threads * QR_ROWS, (size_t)k * sizeof *scratch);
    lis_status status = LIS_OK;
    if (!r || !scratch) status = lis_fail_nomem(err, "an orthonormal basis", 8e3 * (double)k);
    bool done = true;
    for (int pass = 0; status == LIS_OK && done && pass < 2; pass++) {
        done = false;
        status = cholesky_qr(ctx, x, r, scratch, &done, err);
    }
    if (status == LIS_OK && !done) status = householder_qr(x, err);
    lis_free(r);
    lis_free(scratch);
    return status;
}
