#include "lis/sparse/residual.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "lis/base/rng.h"
#include "lis/tensor/linalg.h"
#include "rows.h"

enum { ROWS_PER_SHARD = 256, CODES_PER_SHARD = 4 };

/* One level: what is left of the vectors, and the centroids being fitted to it. */
typedef struct {
    lis_ctx *ctx;
    int64_t n, d, codes;
    lis_tensor left;     /* [n, d] f32 */
    lis_tensor centroid; /* [codes, d] f32, a borrowed view */
    lis_tensor score;    /* [workers * ROWS_PER_SHARD, codes] f32 */
    float *norm;         /* [codes] |c|^2 */
    double *sum;         /* [workers, d] */
    double *distance;    /* [n] squared, to the centroid of the vector's code */
    int32_t *code;       /* [n] */
    int64_t *moved;      /* [shards] vectors whose code changed */
    int64_t *first;      /* [codes + 1] where each code's rows begin in order */
    int64_t *order;      /* [n] rows grouped by code */
} level;

lis_residual_options lis_residual_defaults(void) {
    return (lis_residual_options){.levels = 3, .codes = 32, .iterations = 25, .seed = 0};
}

static void level_free(level *job) {
    lis_tensor_release(&job->left);
    lis_tensor_release(&job->score);
    lis_free(job->norm);
    lis_free(job->sum);
    lis_free(job->distance);
    lis_free(job->code);
    lis_free(job->moved);
    lis_free(job->first);
    lis_free(job->order);
}

static lis_status level_new(level *job, lis_ctx *ctx, const lis_tensor *x, int64_t codes,
                            lis_error *err) {
    *job = (level){.ctx = ctx, .n = x->shape[0], .d = x->shape[1], .codes = codes};
    LIS_TRY(lis_tensor_copy_as(&job->left, x, LIS_F32, err));
    LIS_TRY(lis_tensor_new_2d(&job->score, LIS_F32, ctx->threads * ROWS_PER_SHARD, codes, err));
    job->norm = lis_alloc((size_t)codes, sizeof *job->norm);
    job->sum = lis_alloc((size_t)ctx->threads, (size_t)job->d * sizeof *job->sum);
    job->distance = lis_alloc((size_t)job->n, sizeof *job->distance);
    job->code = lis_calloc((size_t)job->n, sizeof *job->code);
    job->moved = lis_calloc((size_t)lis_shard_count(job->n, ROWS_PER_SHARD), sizeof *job->moved);
    job->first = lis_alloc((size_t)codes + 1, sizeof *job->first);
    job->order = lis_alloc((size_t)job->n, sizeof *job->order);
    if (job->norm && job->sum && job->distance && job->code && job->moved && job->first &&
        job->order)
        return LIS_OK;
    return lis_fail_nomem(err, "residual codes", 24.0 * (double)job->n);
}

static double squared_distance(const float *a, const float *b, int64_t d) {
    double sum = 0;
    for (int64_t j = 0; j < d; j++) {
        double gap = (double)a[j] - (double)b[j];
        sum += gap * gap;
    }
    return sum;
}

static float *left_row(const level *job, int64_t row) {
    return lis_f32(&job->left) + row * job->d;
}

static float *centroid_row(const level *job, int64_t code) {
    return lis_f32(&job->centroid) + code * job->d;
}

/* ---- the nearest centroid */

/* |x - c|^2 = |x|^2 + |c|^2 - 2 x.c, where |x|^2 is the same for all c. */
static lis_status assign_shard(void *arg, lis_shard shard, lis_error *err) {
    level *job = arg;
    lis_tensor rows, turned, score;
    int64_t desk = (int64_t)shard.worker * ROWS_PER_SHARD;
    LIS_TRY(lis_tensor_slice(&rows, &job->left, 0, shard.begin, shard.end, err));
    LIS_TRY(lis_tensor_transpose(&turned, &job->centroid, 0, 1, err));
    LIS_TRY(lis_tensor_slice(&score, &job->score, 0, desk, desk + shard.end - shard.begin, err));
    LIS_TRY(lis_gemm(job->ctx, &score, -2, &rows, &turned, 0, err));
    int64_t moved = 0;
    for (int64_t r = shard.begin; r < shard.end; r++) {
        const float *mine = lis_f32(&score) + (r - shard.begin) * job->codes;
        int64_t best = 0;
        for (int64_t c = 1; c < job->codes; c++)
            if (mine[c] + job->norm[c] < mine[best] + job->norm[best]) best = c;
        moved += job->code[r] != best;
        job->code[r] = (int32_t)best;
        job->distance[r] = squared_distance(left_row(job, r), centroid_row(job, best), job->d);
    }
    job->moved[shard.index] = moved;
    return LIS_OK;
}

static lis_status assign(level *job, int64_t *moved, lis_error *err) {
    for (int64_t c = 0; c < job->codes; c++) {
        double square = 0;
        for (int64_t j = 0; j < job->d; j++)
            square += (double)centroid_row(job, c)[j] * (double)centroid_row(job, c)[j];
        job->norm[c] = (float)square;
    }
    LIS_TRY(lis_parallel_for(job->ctx, job->n, ROWS_PER_SHARD, assign_shard, job, err));
    *moved = 0;
    for (int64_t s = 0; s < lis_shard_count(job->n, ROWS_PER_SHARD); s++)
        *moved += job->moved[s];
    return LIS_OK;
}

/* ---- the mean of each code's rows */

static void group_rows(level *job) {
    memset(job->first, 0, ((size_t)job->codes + 1) * sizeof *job->first);
    for (int64_t r = 0; r < job->n; r++)
        job->first[job->code[r] + 1]++;
    lis_counts_to_offsets(job->first, job->codes);
    for (int64_t r = 0; r < job->n; r++)
        job->order[job->first[job->code[r]]++] = r;
    memmove(job->first + 1, job->first, (size_t)job->codes * sizeof *job->first);
    job->first[0] = 0;
}

static lis_status mean_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    level *job = arg;
    double *sum = job->sum + (int64_t)shard.worker * job->d;
    for (int64_t c = shard.begin; c < shard.end; c++) {
        int64_t members = job->first[c + 1] - job->first[c];
        if (members == 0) continue;
        memset(sum, 0, (size_t)job->d * sizeof *sum);
        for (int64_t k = job->first[c]; k < job->first[c + 1]; k++)
            for (int64_t j = 0; j < job->d; j++)
                sum[j] += left_row(job, job->order[k])[j];
        for (int64_t j = 0; j < job->d; j++)
            centroid_row(job, c)[j] = (float)(sum[j] / (double)members);
    }
    return LIS_OK;
}

/* The farthest vector, the first such; -1 where every vector sits on its centroid. */
static int64_t farthest(const level *job) {
    int64_t far = -1;
    for (int64_t r = 0; r < job->n; r++)
        if (job->distance[r] > (far < 0 ? 0 : job->distance[far])) far = r;
    return far;
}

static lis_status move_centroids(level *job, lis_error *err) {
    group_rows(job);
    LIS_TRY(lis_parallel_for(job->ctx, job->codes, CODES_PER_SHARD, mean_shard, job, err));
    for (int64_t c = 0; c < job->codes; c++) {
        if (job->first[c] < job->first[c + 1]) continue;
        int64_t far = farthest(job);
        if (far < 0) break;
        memcpy(centroid_row(job, c), left_row(job, far), (size_t)job->d * sizeof(float));
        job->distance[far] = 0;
    }
    return LIS_OK;
}

/* ---- k-means++ */

typedef struct {
    level *job;
    const float *chosen;
} seeding;

static lis_status nearer_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const seeding *seed = arg;
    level *job = seed->job;
    for (int64_t r = shard.begin; r < shard.end; r++)
        job->distance[r] =
            fmin(job->distance[r], squared_distance(left_row(job, r), seed->chosen, job->d));
    return LIS_OK;
}

/* A row with probability in proportion to its squared distance from what was chosen. */
static int64_t draw_row(const level *job, lis_rng *rng) {
    double total = 0, walked = 0;
    for (int64_t r = 0; r < job->n; r++)
        total += job->distance[r];
    if (!(total > 0)) return (int64_t)lis_rng_below(rng, (uint64_t)job->n);
    double goal = lis_rng_uniform(rng) * total;
    int64_t last = 0;
    for (int64_t r = 0; r < job->n; r++) {
        if (!(job->distance[r] > 0)) continue;
        last = r;
        walked += job->distance[r];
        if (walked > goal) break;
    }
    return last;
}

static lis_status seed_centroids(level *job, lis_rng rng, lis_error *err) {
    for (int64_t r = 0; r < job->n; r++)
        job->distance[r] = INFINITY;
    int64_t row = (int64_t)lis_rng_below(&rng, (uint64_t)job->n);
    for (int64_t c = 0; c < job->codes; c++) {
        memcpy(centroid_row(job, c), left_row(job, row), (size_t)job->d * sizeof(float));
        seeding seed = {job, centroid_row(job, c)};
        LIS_TRY(lis_parallel_for(job->ctx, job->n, ROWS_PER_SHARD, nearer_shard, &seed, err));
        row = draw_row(job, &rng);
    }
    return LIS_OK;
}

/* ---- levels */

static lis_status fit_level(level *job, const lis_residual_options *options, int64_t number,
                            lis_error *err) {
    int64_t moved;
    LIS_TRY(seed_centroids(job, lis_rng_open(options->seed, "residual", (uint64_t)number), err));
    LIS_TRY(assign(job, &moved, err));
    for (int64_t i = 0; i < options->iterations; i++) {
        LIS_TRY(move_centroids(job, err));
        LIS_TRY(assign(job, &moved, err));
        if (moved == 0) break;
    }
    return LIS_OK;
}

/* Writes the level's codes as column `number` of [n, levels], and leaves what they leave over. */
static double finish_level(level *job, const lis_tensor *codes, int64_t number) {
    double error = 0;
    for (int64_t r = 0; r < job->n; r++) {
        lis_i32(codes)[r * codes->shape[1] + number] = job->code[r];
        for (int64_t j = 0; j < job->d; j++)
            left_row(job, r)[j] -= centroid_row(job, job->code[r])[j];
        error += job->distance[r];
    }
    return job->n > 0 ? error / (double)job->n : 0;
}

static lis_status check_fit(const lis_tensor *x, const lis_residual_options *options,
                            lis_error *err) {
    LIS_TRY(lis_tensor_expect_2d(x, "x", LIS_F32, -1, -1, err));
    if (options->levels < 1 || options->iterations < 0)
        return lis_fail(err, LIS_EARG,
                        "residual codes: levels is %" PRId64 " and iterations is %" PRId64
                        "; wanted at least 1 and 0",
                        options->levels, options->iterations);
    if (options->codes < 1 || options->codes > x->shape[0])
        return lis_fail(err, LIS_EARG,
                        "residual codes: %" PRId64 " codes for %" PRId64
                        " vectors; wanted from 1 to as many as vectors",
                        options->codes, x->shape[0]);
    for (int64_t k = 0; k < lis_tensor_size(x); k++)
        if (!isfinite(lis_f32(x)[k]))
            return lis_fail(err, LIS_EMATH, "residual codes: a value of row %" PRId64 " is %g",
                            k / x->shape[1], (double)lis_f32(x)[k]);
    return LIS_OK;
}

static lis_status fit_levels(level *job, const lis_residual_options *options,
                             const lis_tensor *codes, const lis_tensor *centroids,
                             const lis_tensor *error, lis_error *err) {
    for (int64_t l = 0; l < options->levels; l++) {
        LIS_TRY(lis_tensor_slice(&job->centroid, centroids, 0, l * job->codes, (l + 1) * job->codes,
                                 err));
        LIS_TRY(fit_level(job, options, l, err));
        lis_f64(error)[l] = finish_level(job, codes, l);
    }
    return LIS_OK;
}

lis_status lis_residual_fit(lis_ctx *ctx, lis_tensor *codes, lis_tensor *centroids,
                            lis_tensor *error, const lis_tensor *x,
                            const lis_residual_options *options, lis_error *err) {
    *codes = *centroids = *error = (lis_tensor){0};
    LIS_TRY(check_fit(x, options, err));
    int64_t rows;
    if (__builtin_mul_overflow(options->levels, options->codes, &rows))
        return lis_fail(err, LIS_EARG, "residual codes: levels x codes overflows");
    level job;
    lis_status status = level_new(&job, ctx, x, options->codes, err);
    if (status == LIS_OK) status = lis_tensor_new_2d(codes, LIS_I32, job.n, options->levels, err);
    if (status == LIS_OK) status = lis_tensor_new_2d(centroids, LIS_F32, rows, job.d, err);
    if (status == LIS_OK) status = lis_tensor_new_1d(error, LIS_F64, options->levels, err);
    if (status == LIS_OK) status = fit_levels(&job, options, codes, centroids, error, err);
    level_free(&job);
    if (status != LIS_OK) {
        lis_tensor_release(codes);
        lis_tensor_release(centroids);
        lis_tensor_release(error);
    }
    return status;
}

lis_status lis_residual_encode(lis_ctx *ctx, lis_tensor *codes, const lis_tensor *x,
                               const lis_tensor *centroids, int64_t levels, lis_error *err) {
    *codes = (lis_tensor){0};
    LIS_TRY(lis_tensor_expect_2d(x, "x", LIS_F32, -1, -1, err));
    LIS_TRY(lis_tensor_expect_2d(centroids, "centroids", LIS_F32, -1, x->shape[1], err));
    if (levels < 1 || centroids->shape[0] < levels || centroids->shape[0] % levels != 0)
        return lis_fail(err, LIS_EARG,
                        "residual codes: %" PRId64 " centroids cannot be %" PRId64
                        " levels of equal size",
                        centroids->shape[0], levels);
    level job;
    int64_t moved;
    lis_status status = level_new(&job, ctx, x, centroids->shape[0] / levels, err);
    if (status == LIS_OK) status = lis_tensor_new_2d(codes, LIS_I32, job.n, levels, err);
    for (int64_t l = 0; l < levels && status == LIS_OK; l++) {
        status =
            lis_tensor_slice(&job.centroid, centroids, 0, l * job.codes, (l + 1) * job.codes, err);
        if (status == LIS_OK) status = assign(&job, &moved, err);
        if (status == LIS_OK) finish_level(&job, codes, l);
    }
    level_free(&job);
    if (status != LIS_OK) lis_tensor_release(codes);
    return status;
}
