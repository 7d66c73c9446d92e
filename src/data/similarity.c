#include "lis/data/similarity.h"

#include <string.h>

#include "lis/base/parallel.h"

enum { ROWS_A_SHARD = 256, LANES = 16, HALF = LANES / 2, TOP = 3 };

typedef struct lookup {
    const lis_history *history;
    const float *vectors;
    int64_t count, dim; /* of vectors */
    const int32_t *offset;
    int64_t max;
    float *out;
    int64_t width;         /* of a row of out */
    const int32_t *target; /* similarity only, as what follows */
    int64_t tiers;
    float edge[LIS_TIERS_MAX];
} lookup;

static lis_status open_lookup(lookup *look, const lis_tensor *out, int64_t width,
                              const lis_tensor *vectors, const lis_tensor *offset, lis_error *err) {
    int64_t n = look->history->rows;
    if (look->max < 0)
        return lis_fail(err, LIS_EARG, "max is %lld, wanted 0 or more", (long long)look->max);
    LIS_TRY(lis_tensor_expect_2d(vectors, "vectors", LIS_F32, -1, -1, err));
    if (width < 0) width = vectors->shape[1];
    LIS_TRY(lis_tensor_expect_2d(out, "out", LIS_F32, n, width, err));
    if (offset) LIS_TRY(lis_tensor_expect_1d(offset, "offset", LIS_I32, n, err));
    look->vectors = lis_f32(vectors);
    look->count = vectors->shape[0];
    look->dim = vectors->shape[1];
    look->offset = offset ? lis_i32(offset) : NULL;
    look->out = lis_f32(out);
    look->width = width;
    return LIS_OK;
}

static const float *outside(const lookup *look, int64_t r, int32_t item, int64_t at,
                            lis_error *err) {
    lis_fail(err, LIS_ERANGE,
             "row %lld: item %lld + offset %lld is outside the %lld vectors; are they from another "
             "log, or is the offset not fold * items?",
             (long long)r, (long long)item, (long long)(at - item), (long long)look->count);
    return NULL;
}

/* The vector of an item as row r sees it; NULL and an error where there is none. */
static inline const float *vector_of(const lookup *look, int64_t r, int32_t item, lis_error *err) {
    int64_t at = (int64_t)item + (look->offset ? look->offset[r] : 0);
    if (item >= 0 && at >= 0 && at < look->count) return look->vectors + at * look->dim;
    return outside(look, r, item, at, err);
}

/* ---- mean ---- */

static lis_status mean_rows(void *arg, lis_shard shard, lis_error *err) {
    const lookup *look = arg;
    for (int64_t r = shard.begin; r < shard.end; r++) {
        int64_t n;
        const int32_t *item = lis_history_view(look->history, r, look->max, &n);
        float *out = look->out + r * look->width;
        memset(out, 0, (size_t)look->dim * sizeof *out);
        for (int64_t k = 0; k < n; k++) {
            const float *vector = vector_of(look, r, item[k], err);
            if (!vector) return LIS_ERANGE;
            for (int64_t j = 0; j < look->dim; j++)
                out[j] += vector[j];
        }
        float share = n > 0 ? 1.0F / (float)n : 0;
        for (int64_t j = 0; j < look->dim; j++)
            out[j] *= share;
    }
    return LIS_OK;
}

lis_status lis_history_mean(lis_ctx *ctx, const lis_tensor *out, const lis_history *history,
                            const lis_tensor *vectors, const lis_tensor *offset, int64_t max,
                            lis_error *err) {
    lookup look = {.history = history, .max = max};
    LIS_TRY(open_lookup(&look, out, -1, vectors, offset, err));
    return lis_parallel_for(ctx, history->rows, ROWS_A_SHARD, mean_rows, &look, err);
}

/* ---- similarity ---- */

typedef float four __attribute__((vector_size(16), aligned(4), may_alias));

/* The sum of the first 8 lanes of `dot` in the same order: 8 is the usual width of a study's vectors. */
static inline float dot_of_half(const float *a, const float *b) {
    const four *x = (const four *)a, *y = (const four *)b;
    four sum = x[0] * y[0] + x[1] * y[1];
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* The lanes are added up apart, so that a compiler may keep them in vector registers; the order of
 * additions is fixed all the same. */
static inline float dot(const float *a, const float *b, int64_t n) {
    if (n == HALF) return dot_of_half(a, b);
    float lane[LANES] = {0};
    int64_t i = 0;
    for (; n - i >= LANES; i += LANES)
        for (int64_t k = 0; k < LANES; k++)
            lane[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        lane[i % LANES] += a[i] * b[i];
    for (int k = 0; k < 8; k++)
        lane[k] += lane[k + 8];
    for (int k = 0; k < 4; k++)
        lane[k] += lane[k + 4];
    return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}

static float cosine(const float *a, const float *b, int64_t n) {
    float product = dot(a, b, n);
    return product > 1 ? 1 : product < -1 ? -1 : product;
}

/* top[] holds the largest so far, in descending order. */
static void keep_largest(float top[TOP], float value) {
    if (!(value > top[TOP - 1])) return;
    for (int k = 0; k < TOP; k++) {
        if (!(value > top[k])) continue;
        float smaller = top[k];
        top[k] = value;
        value = smaller;
    }
}

/* Counted without a branch, as nobody can foretell where a value falls. */
static int64_t tier_of(const lookup *look, float value) {
    int64_t tier = 0;
    for (int64_t k = 0; k < look->tiers - 1; k++)
        tier += look->edge[k] <= value;
    return tier;
}

static lis_status similarity_row(const lookup *look, int64_t r, lis_error *err) {
    int64_t n;
    const int32_t *item = lis_history_view(look->history, r, look->max, &n);
    float *out = look->out + r * look->width, *share = out + LIS_SIMILARITY_HEAD;
    memset(out, 0, (size_t)look->width * sizeof *out);
    if (n == 0 || look->target[r] == -1) return LIS_OK;
    const float *target = vector_of(look, r, look->target[r], err);
    if (!target) return LIS_ERANGE;
    float top[TOP] = {-2, -2, -2};
    double sum = 0, largest = 0;
    for (int64_t k = 0; k < n; k++) {
        const float *vector = vector_of(look, r, item[k], err);
        if (!vector) return LIS_ERANGE;
        float value = cosine(target, vector, look->dim);
        keep_largest(top, value);
        sum += value;
        out[2] = value;
        if (look->tiers > 0) share[tier_of(look, value)] += 1;
    }
    int64_t best = n < TOP ? n : TOP;
    for (int64_t k = 0; k < best; k++)
        largest += top[k];
    out[0] = (float)(sum / (double)n);
    out[1] = top[0];
    out[3] = (float)(largest / (double)best);
    for (int64_t k = 0; k < look->tiers; k++)
        share[k] /= (float)n;
    return LIS_OK;
}

static lis_status similarity_rows(void *arg, lis_shard shard, lis_error *err) {
    for (int64_t r = shard.begin; r < shard.end; r++)
        LIS_TRY(similarity_row(arg, r, err));
    return LIS_OK;
}

static lis_status set_tiers(lookup *look, const lis_tiers *tiers, lis_error *err) {
    if (tiers->count < 0 || tiers->count > LIS_TIERS_MAX)
        return lis_fail(err, LIS_EARG, "tiers is %lld, wanted 0 to %d", (long long)tiers->count,
                        LIS_TIERS_MAX);
    look->tiers = tiers->count;
    for (int64_t k = 0; k + 1 < tiers->count; k++) {
        double equal = -1 + 2 * (double)(k + 1) / (double)tiers->count;
        look->edge[k] = tiers->edges ? tiers->edges[k] : (float)equal;
        if (k > 0 && !(look->edge[k] > look->edge[k - 1]))
            return lis_fail(err, LIS_EARG, "tier edges must ascend: edge %lld is %g, after %g",
                            (long long)k + 1, (double)look->edge[k], (double)look->edge[k - 1]);
    }
    return LIS_OK;
}

lis_status lis_history_similarity(lis_ctx *ctx, const lis_tensor *out, const lis_history *history,
                                  const lis_tensor *target, const lis_tensor *vectors,
                                  const lis_tensor *offset, int64_t max, const lis_tiers *tiers,
                                  lis_error *err) {
    lookup look = {.history = history, .max = max};
    LIS_TRY(set_tiers(&look, tiers, err));
    LIS_TRY(lis_tensor_expect_1d(target, "target", LIS_I32, history->rows, err));
    LIS_TRY(open_lookup(&look, out, LIS_SIMILARITY_HEAD + look.tiers, vectors, offset, err));
    look.target = lis_i32(target);
    return lis_parallel_for(ctx, history->rows, ROWS_A_SHARD, similarity_rows, &look, err);
}
