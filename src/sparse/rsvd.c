#include "lis/sparse/rsvd.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "lis/base/rng.h"
#include "lis/sparse/spmm.h"
#include "lis/tensor/linalg.h"

enum { WIDTH_STEP = 16, ROWS_PER_SHARD = 1024, GRAM_ROWS = 2048 };

lis_svd_options lis_svd_defaults(void) {
    return (lis_svd_options){.rank = 16, .oversample = 10, .power = 4, .seed = 0};
}

/* The bases in which A is decomposed: A ~ left R right' for a small R. */
typedef struct {
    lis_ctx *ctx;
    const lis_csr *a;
    const lis_svd_options *options;
    int64_t width;          /* of the random block */
    lis_csr turned;         /* A'; empty where A is symmetric */
    lis_tensor left, right; /* [rows, width], [columns, width] f32 */
    double *small;          /* [3 * width, width] for R and what becomes of it */
    double *values;         /* [width] */
    lis_tensor mix;         /* [width, rank] f32: which part of a basis is which component */
    lis_tensor *u, *s, *v;
} svd;

static lis_status check_rank(const lis_csr *a, const lis_svd_options *options, lis_error *err) {
    int64_t most = a->rows < a->columns ? a->rows : a->columns;
    if (options->rank < 1 || options->rank > most)
        return lis_fail(err, LIS_EARG,
                        "svd: rank %" PRId64 " of a matrix of %" PRId64 " x %" PRId64
                        "; it must lie in [1, %" PRId64 "]",
                        options->rank, a->rows, a->columns, most);
    if (options->oversample < 0 || options->power < 0)
        return lis_fail(err, LIS_EARG,
                        "svd: oversample %" PRId64 " and power %" PRId64 " cannot be negative",
                        options->oversample, options->power);
    return LIS_OK;
}

static int64_t block_width(const lis_csr *a, const lis_svd_options *options) {
    int64_t most = a->rows < a->columns ? a->rows : a->columns;
    if (options->oversample >= most - options->rank) return most;
    int64_t width = options->rank + options->oversample;
    width += (WIDTH_STEP - width % WIDTH_STEP) % WIDTH_STEP;
    return width < most ? width : most;
}

static lis_status normal_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const svd *job = arg;
    for (int64_t r = shard.begin; r < shard.end; r++) {
        lis_rng rng = lis_rng_open(job->options->seed, "svd", (uint64_t)r);
        for (int64_t c = 0; c < job->width; c++)
            lis_f32(&job->right)[r * job->width + c] = (float)lis_rng_normal(&rng);
    }
    return LIS_OK;
}

static lis_status svd_prepare(svd *job, lis_error *err) {
    const lis_csr *a = job->a;
    bool symmetric;
    LIS_TRY(lis_csr_is_symmetric(a, &symmetric, err));
    if (!symmetric) LIS_TRY(lis_csr_transpose(job->ctx, &job->turned, a, err));
    LIS_TRY(lis_tensor_new_2d(&job->left, LIS_F32, a->rows, job->width, err));
    LIS_TRY(lis_tensor_new_2d(&job->right, LIS_F32, a->columns, job->width, err));
    LIS_TRY(lis_tensor_new_2d(&job->mix, LIS_F32, job->width, job->options->rank, err));
    LIS_TRY(lis_tensor_new_2d(job->u, LIS_F32, a->rows, job->options->rank, err));
    LIS_TRY(lis_tensor_new_1d(job->s, LIS_F32, job->options->rank, err));
    LIS_TRY(lis_tensor_new_2d(job->v, LIS_F32, a->columns, job->options->rank, err));
    size_t cells = (size_t)(job->width * job->width);
    job->small = lis_alloc(3 * cells, sizeof *job->small);
    job->values = lis_alloc((size_t)job->width, sizeof *job->values);
    if (!job->small || !job->values)
        return lis_fail_nomem(err, "a small decomposition", 24.0 * (double)cells);
    return lis_parallel_for(job->ctx, a->columns, ROWS_PER_SHARD, normal_shard, job, err);
}

static void svd_free(svd *job) {
    lis_csr_free(&job->turned);
    lis_tensor_release(&job->left);
    lis_tensor_release(&job->right);
    lis_tensor_release(&job->mix);
    lis_free(job->small);
    lis_free(job->values);
}

/* to = orth(a from) */
static lis_status half_step(svd *job, const lis_tensor *to, const lis_csr *a,
                            const lis_tensor *from, lis_error *err) {
    LIS_TRY(lis_csr_matmul(job->ctx, to, a, from, err));
    return lis_qr_orthonormalise(job->ctx, to, err);
}

/* Leaves an orthonormal basis of A's dominant column space in left. */
static lis_status find_range(svd *job, lis_error *err) {
    const lis_csr *turned = job->turned.offset ? &job->turned : job->a;
    LIS_TRY(half_step(job, &job->left, job->a, &job->right, err));
    for (int64_t p = 0; p < job->options->power; p++) {
        LIS_TRY(half_step(job, &job->right, turned, &job->left, err));
        LIS_TRY(half_step(job, &job->left, job->a, &job->right, err));
    }
    return LIS_OK;
}

/* out = basis * mix, where column k of mix is sign_k * row pick_k of parts [width, width]. */
static lis_status mix_basis(svd *job, const lis_tensor *out, const lis_tensor *basis,
                            const double *parts, const int64_t *pick, lis_error *err) {
    int64_t rank = job->options->rank;
    for (int64_t k = 0; k < rank; k++)
        for (int64_t i = 0; i < job->width; i++)
            lis_f32(&job->mix)[i * rank + k] = (float)parts[pick[k] * job->width + i];
    return lis_gemm(job->ctx, out, 1, basis, &job->mix, 0, err);
}

/* Positions of the values in order of size, largest first; equal sizes keep their order. */
static void order_by_size(int64_t *order, const double *values, int64_t n) {
    for (int64_t k = 0; k < n; k++) {
        int64_t at = k;
        for (; at > 0 && fabs(values[order[at - 1]]) < fabs(values[k]); at--)
            order[at] = order[at - 1];
        order[at] = k;
    }
}

/* Rayleigh-Ritz: T = Q' A Q = W diag(lambda) W', U = Q W. */
static lis_status solve_symmetric(svd *job, int64_t *order, lis_error *err) {
    LIS_TRY(lis_csr_matmul(job->ctx, &job->right, job->a, &job->left, err));
    LIS_TRY(lis_gram(job->ctx, job->small, &job->left, NULL, &job->right, err));
    LIS_TRY(lis_eigen_symmetric(job->width, job->small, job->values, err));
    order_by_size(order, job->values, job->width);
    LIS_TRY(mix_basis(job, job->u, &job->left, job->small, order, err));
    int64_t rank = job->options->rank;
    for (int64_t r = 0; r < job->a->rows; r++) {
        for (int64_t k = 0; k < rank; k++) {
            float entry = lis_f32(job->u)[r * rank + k];
            lis_f32(job->v)[r * rank + k] = job->values[order[k]] < 0 ? -entry : entry;
        }
    }
    return LIS_OK;
}

static void transpose_small(double *out, const double *in, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            out[j * n + i] = in[i * n + j];
}

/* With B = A' Q = P R (P orthonormal) and R = X diag(s) Y': U = Q Y, V = P X. */
static lis_status solve_general(svd *job, int64_t *order, lis_error *err) {
    int64_t cells = job->width * job->width;
    double *x = job->small + cells, *y_rows = x + cells;
    lis_tensor product;
    LIS_TRY(lis_csr_matmul(job->ctx, &job->right, &job->turned, &job->left, err));
    LIS_TRY(lis_tensor_copy_as(&product, &job->right, LIS_F32, err));
    lis_status status = lis_qr_orthonormalise(job->ctx, &job->right, err);
    if (status == LIS_OK) status = lis_gram(job->ctx, job->small, &job->right, NULL, &product, err);
    lis_tensor_release(&product);
    LIS_TRY(status);
    LIS_TRY(lis_svd_small(job->width, job->width, job->small, x, job->values, y_rows, err));
    for (int64_t k = 0; k < job->width; k++)
        order[k] = k;
    LIS_TRY(mix_basis(job, job->u, &job->left, y_rows, order, err));
    transpose_small(job->small, x, job->width);
    return mix_basis(job, job->v, &job->right, job->small, order, err);
}

/* The largest |u| of each component, the first such, becomes positive; u and v turn together. */
static void fix_signs(const svd *job) {
    int64_t rank = job->options->rank;
    for (int64_t k = 0; k < rank; k++) {
        float *u = lis_f32(job->u) + k, *v = lis_f32(job->v) + k, largest = 0;
        for (int64_t r = 0; r < job->a->rows; r++)
            if (fabsf(u[r * rank]) > fabsf(largest)) largest = u[r * rank];
        if (largest >= 0) continue;
        for (int64_t r = 0; r < job->a->rows; r++)
            u[r * rank] = -u[r * rank];
        for (int64_t c = 0; c < job->a->columns; c++)
            v[c * rank] = -v[c * rank];
    }
}

static lis_status svd_run(svd *job, lis_error *err) {
    LIS_TRY(svd_prepare(job, err));
    LIS_TRY(find_range(job, err));
    int64_t *order = lis_alloc((size_t)job->width, sizeof *order);
    if (!order) return lis_fail_nomem(err, "an order of components", 8.0 * (double)job->width);
    lis_status status =
        job->turned.offset ? solve_general(job, order, err) : solve_symmetric(job, order, err);
    for (int64_t k = 0; status == LIS_OK && k < job->options->rank; k++)
        lis_f32(job->s)[k] = (float)fabs(job->values[order[k]]);
    lis_free(order);
    if (status == LIS_OK) fix_signs(job);
    return status;
}

/* Beside the results: three bases, A', and what an orthonormalisation needs at its worst (Householder's
 * copy in f64, Gram matrices of stretches of rows, rows in f64 a worker). */
lis_plan lis_svd_plan(const lis_csr *a, const lis_svd_options *options, int threads) {
    double rows = (double)a->rows, columns = (double)a->columns, rank = (double)options->rank;
    double width = (double)block_width(a, options), longest = fmax(rows, columns);
    double bases = 4 * width * (rows + 2 * columns) + lis_csr_bytes(a->columns, a->nnz);
    double qr = 8 * width * (longest + 65 + longest / GRAM_ROWS * width + 1536.0 * threads);
    return (lis_plan){.entries = rank * (rows + columns),
                      .bytes = 4 * rank * (rows + columns) + bases + qr + 64 * width * width};
}

lis_status lis_csr_svd(lis_ctx *ctx, lis_tensor *u, lis_tensor *s, lis_tensor *v, const lis_csr *a,
                       const lis_svd_options *options, lis_error *err) {
    *u = *s = *v = (lis_tensor){0};
    LIS_TRY(check_rank(a, options, err));
    lis_plan plan = lis_svd_plan(a, options, ctx->threads);
    LIS_TRY(
        lis_plan_check(&plan, "the decomposition", "lower the rank (width) or oversample", 0, err));
    svd job = {.ctx = ctx, .a = a, .options = options, .u = u, .s = s, .v = v};
    job.width = block_width(a, options);
    lis_status status = svd_run(&job, err);
    svd_free(&job);
    if (status != LIS_OK) {
        lis_tensor_release(u);
        lis_tensor_release(s);
        lis_tensor_release(v);
    }
    return status;
}
