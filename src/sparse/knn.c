#include "lis/sparse/knn.h"

#include <inttypes.h>
#include <math.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "lis/tensor/linalg.h"
#include "rows.h"

enum { QUERIES = 64, VECTORS = 512 /* a block of scores is 128 KiB: it stays in cache */ };

/* The best of one query so far: `count` of them kept, then those of the block in hand. */
typedef struct {
    int32_t *id;  /* [k + VECTORS] ascending */
    float *score; /* [k + VECTORS] */
    int64_t count;
    float least; /* once k are kept: what a later vector must exceed */
} shortlist;

typedef struct {
    float *score; /* [QUERIES, VECTORS] */
    int32_t *id;
    float *kept;
    shortlist list[QUERIES];
} desk;

typedef struct {
    lis_ctx *ctx;
    const lis_tensor *query, *vectors;
    const lis_knn_options *options;
    float *query_norm, *vector_norm; /* lengths, or for euclidean their squares; NULL for dot */
    desk *desks;                     /* one a worker */
    lis_csr *out;
} knn;

static void knn_free(knn *job) {
    for (int w = 0; job->desks && w < job->ctx->threads; w++) {
        lis_free(job->desks[w].score);
        lis_free(job->desks[w].id);
        lis_free(job->desks[w].kept);
    }
    lis_free(job->desks);
    lis_free(job->query_norm);
    lis_free(job->vector_norm);
}

static lis_status check_finite(const lis_tensor *x, const char *what, lis_error *err) {
    int64_t d = x->shape[1];
    for (int64_t k = 0; k < x->shape[0] * d; k++)
        if (!isfinite(lis_f32(x)[k]))
            return lis_fail(err, LIS_EMATH,
                            "'%s': the value at row %" PRId64 ", column %" PRId64 " is %g", what,
                            k / d, k % d, (double)lis_f32(x)[k]);
    return LIS_OK;
}

/* A new array of |x|, or |x|^2; NULL where memory ran out. */
static float *norms_of(const lis_tensor *x, bool squared) {
    int64_t n = x->shape[0], d = x->shape[1];
    float *norm = lis_alloc((size_t)n, sizeof *norm);
    for (int64_t r = 0; norm && r < n; r++) {
        double sum = 0;
        for (int64_t j = 0; j < d; j++)
            sum += (double)lis_f32(x)[r * d + j] * (double)lis_f32(x)[r * d + j];
        norm[r] = (float)(squared ? sum : sqrt(sum));
    }
    return norm;
}

static lis_status knn_prepare(knn *job, lis_error *err) {
    const lis_knn_options *options = job->options;
    LIS_TRY(check_finite(job->query, "query", err));
    LIS_TRY(check_finite(job->vectors, "vectors", err));
    if (options->metric != LIS_KNN_DOT) {
        job->query_norm = norms_of(job->query, options->metric == LIS_KNN_EUCLIDEAN);
        job->vector_norm = norms_of(job->vectors, options->metric == LIS_KNN_EUCLIDEAN);
        if (!job->query_norm || !job->vector_norm)
            return lis_fail_nomem(err, "lengths of vectors",
                                  4.0 * (double)(job->query->shape[0] + job->vectors->shape[0]));
    }
    int64_t room = options->k + VECTORS;
    job->desks = lis_calloc((size_t)job->ctx->threads, sizeof *job->desks);
    if (!job->desks) return lis_fail_nomem(err, "nearest neighbours", 8.0 * QUERIES * (double)room);
    for (int w = 0; w < job->ctx->threads; w++) {
        desk *mine = &job->desks[w];
        mine->score = lis_alloc(QUERIES * VECTORS, sizeof *mine->score);
        mine->id = lis_alloc((size_t)room, QUERIES * sizeof *mine->id);
        mine->kept = lis_alloc((size_t)room, QUERIES * sizeof *mine->kept);
        if (!mine->score || !mine->id || !mine->kept)
            return lis_fail_nomem(err, "nearest neighbours", 8.0 * QUERIES * (double)room);
        for (int64_t q = 0; q < QUERIES; q++) {
            mine->list[q].id = mine->id + q * room;
            mine->list[q].score = mine->kept + q * room;
        }
    }
    return LIS_OK;
}

/* Inner products with vectors [first, first + n) -> the metric. */
static void finish_scores(const knn *job, int64_t query, int64_t first, int64_t n, float *score) {
    if (job->options->metric == LIS_KNN_COSINE) {
        float mine = job->query_norm[query];
        for (int64_t k = 0; k < n; k++) {
            float lengths = mine * job->vector_norm[first + k];
            score[k] = lengths > 0 ? score[k] / lengths : 0;
        }
    } else if (job->options->metric == LIS_KNN_EUCLIDEAN) {
        float mine = job->query_norm[query];
        for (int64_t k = 0; k < n; k++)
            score[k] = fminf(0, 2 * score[k] - mine - job->vector_norm[first + k]);
    }
}

/* Ids come in ascending order, so an equal score later on never displaces an earlier one. */
static void offer(shortlist *list, int64_t k, int64_t skip, int64_t first, int64_t n,
                  const float *score) {
    int64_t count = list->count;
    for (int64_t v = 0; v < n; v++) {
        if (list->count == k && !(score[v] > list->least)) continue;
        if (first + v == skip) continue;
        list->id[count] = (int32_t)(first + v);
        list->score[count++] = score[v];
    }
    if (count == list->count) return;
    list->count = lis_row_top(list->id, list->score, list->id, list->score, count, k);
    if (list->count < k) return;
    list->least = list->score[0];
    for (int64_t j = 1; j < k; j++)
        list->least = fminf(list->least, list->score[j]);
}

static lis_status score_block(const knn *job, desk *mine, lis_shard shard, int64_t first,
                              int64_t end, lis_error *err) {
    lis_tensor query, vectors, turned;
    lis_tensor scores = {.data = mine->score,
                         .dtype = LIS_F32,
                         .ndim = 2,
                         .shape = {shard.end - shard.begin, end - first, 1, 1},
                         .stride = {end - first, 1}};
    LIS_TRY(lis_tensor_slice(&query, job->query, 0, shard.begin, shard.end, err));
    LIS_TRY(lis_tensor_slice(&vectors, job->vectors, 0, first, end, err));
    LIS_TRY(lis_tensor_transpose(&turned, &vectors, 0, 1, err));
    return lis_gemm(job->ctx, &scores, 1, &query, &turned, 0, err);
}

static lis_status knn_shard(void *arg, lis_shard shard, lis_error *err) {
    const knn *job = arg;
    desk *mine = &job->desks[shard.worker];
    int64_t m = job->vectors->shape[0];
    for (int64_t q = 0; q < QUERIES; q++)
        mine->list[q].count = 0;
    for (int64_t first = 0; first < m; first += VECTORS) {
        if (lis_ctx_interrupted(job->ctx)) return lis_fail(err, LIS_EINTR, "interrupted");
        int64_t end = first + VECTORS < m ? first + VECTORS : m;
        LIS_TRY(score_block(job, mine, shard, first, end, err));
        for (int64_t r = shard.begin; r < shard.end; r++) {
            float *score = mine->score + (r - shard.begin) * (end - first);
            finish_scores(job, r, first, end - first, score);
            offer(&mine->list[r - shard.begin], job->options->k, job->options->skip_self ? r : -1,
                  first, end - first, score);
        }
    }
    for (int64_t r = shard.begin; r < shard.end; r++) {
        const shortlist *list = &mine->list[r - shard.begin];
        int64_t at = job->out->offset[r];
        lis_row_top(job->out->column + at, job->out->value + at, list->id, list->score, list->count,
                    list->count);
    }
    return LIS_OK;
}

static int64_t neighbours_of(int64_t query, int64_t m, const lis_knn_options *options) {
    int64_t others = options->skip_self && query < m ? m - 1 : m;
    return others < options->k ? others : options->k;
}

lis_plan lis_knn_plan(int64_t queries, int64_t vectors, const lis_knn_options *options,
                      int threads) {
    double k = (double)(options->k < vectors ? options->k : vectors), m = (double)vectors;
    double scratch = QUERIES * (4.0 * VECTORS + 8 * (k + VECTORS)), n = (double)queries;
    return (lis_plan){.entries = n * k,
                      .bytes =
                          lis_csr_bytes(queries, 0) + 8 * n * k + 4 * (n + m) + threads * scratch};
}

lis_status lis_knn_build(lis_ctx *ctx, lis_csr *out, const lis_tensor *query,
                         const lis_tensor *vectors, const lis_knn_options *options,
                         lis_error *err) {
    *out = (lis_csr){0};
    LIS_TRY(lis_tensor_expect_2d(query, "query", LIS_F32, -1, -1, err));
    LIS_TRY(lis_tensor_expect_2d(vectors, "vectors", LIS_F32, -1, query->shape[1], err));
    if (options->k < 1)
        return lis_fail(err, LIS_EARG, "k is %" PRId64 "; wanted 1 or more", options->k);
    int64_t n = query->shape[0], m = vectors->shape[0], nnz = 0;
    lis_knn_options bounded = *options;
    if (bounded.k > m) bounded.k = m > 0 ? m : 1;
    lis_plan plan = lis_knn_plan(n, m, options, ctx->threads);
    LIS_TRY(lis_plan_check(&plan, "the table of nearest neighbours", "lower k", 0, err));
    for (int64_t r = 0; r < n; r++)
        nnz += neighbours_of(r, m, &bounded);
    LIS_TRY(lis_csr_new(out, n, m, nnz, err));
    for (int64_t r = 0; r < n; r++)
        out->offset[r + 1] = out->offset[r] + neighbours_of(r, m, &bounded);
    knn job = {.ctx = ctx, .query = query, .vectors = vectors, .options = &bounded, .out = out};
    lis_status status = knn_prepare(&job, err);
    if (status == LIS_OK) status = lis_parallel_for(ctx, n, QUERIES, knn_shard, &job, err);
    knn_free(&job);
    if (status != LIS_OK) lis_csr_free(out);
    return status;
}
