#include "lis/data/similarity.h"

#include <stdbool.h>
#include <string.h>

#include "lis/base/parallel.h"
#include "similarity_kernels.h"

enum { ROWS_A_SHARD = 256 };

typedef struct lookup {
    const lis_similarity_kernel *kernel;
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
    look->kernel = lis_similarity_best();
    look->vectors = lis_f32(vectors);
    look->count = vectors->shape[0];
    look->dim = vectors->shape[1];
    look->offset = offset ? lis_i32(offset) : NULL;
    look->out = lis_f32(out);
    look->width = width;
    return LIS_OK;
}

static lis_status outside(const lookup *look, int64_t r, int32_t item, lis_error *err) {
    int64_t offset = look->offset ? look->offset[r] : 0;
    return lis_fail(
        err, LIS_ERANGE,
        "row %lld: item %lld + offset %lld is outside the %lld vectors; are they from another "
        "log, or is the offset not fold * items?",
        (long long)r, (long long)item, (long long)offset, (long long)look->count);
}

static lis_similarity_view view_of(const lookup *look, int64_t r) {
    lis_similarity_view view = {.vectors = look->vectors, .dim = look->dim};
    view.offset = look->offset ? look->offset[r] : 0;
    view.item = lis_history_view(look->history, r, look->max, &view.n);
    return view;
}

/* The candidates of one impression see one history: what was found for the first holds for all. */
static bool same_history(const lis_similarity_view *a, const lis_similarity_view *b) {
    return a->item == b->item && a->n == b->n && a->offset == b->offset;
}

/* All are compared without a way out, many at once; which one it was matters only then. */
static lis_status check_items(const lookup *look, int64_t r, const int32_t *item, int64_t n,
                              lis_error *err) {
    int64_t offset = look->offset ? look->offset[r] : 0;
    int64_t least = offset < 0 ? -offset : 0, end = look->count - offset;
    if (end > (int64_t)INT32_MAX + 1) end = (int64_t)INT32_MAX + 1;
    if (n > 0 && least >= end) return outside(look, r, item[0], err);
    int32_t low = (int32_t)least, high = (int32_t)(end - 1);
    int any = 0;
    for (int64_t k = 0; k < n; k++)
        any |= (item[k] < low) | (item[k] > high);
    for (int64_t k = 0; any && k < n; k++)
        if (item[k] < low || item[k] > high) return outside(look, r, item[k], err);
    return LIS_OK;
}

/* ---- mean ---- */

/* Items in fours, (0 + 2) + (1 + 3), so that additions need not wait for one another; the last n % 4 one
 * by one. */
static inline __attribute__((always_inline)) void add_up_width(const lis_similarity_view *view,
                                                               int64_t dim, float *restrict sum) {
    const int32_t *item = view->item;
    int64_t k = 0;
    memset(sum, 0, (size_t)dim * sizeof *sum);
    for (; view->n - k >= 4; k += 4) {
        const float *row[4];
        for (int i = 0; i < 4; i++)
            row[i] = lis_similarity_vector(view, item[k + i], dim);
        for (int64_t j = 0; j < dim; j++)
            sum[j] += (row[0][j] + row[2][j]) + (row[1][j] + row[3][j]);
    }
    for (; k < view->n; k++) {
        const float *row = lis_similarity_vector(view, item[k], dim);
        for (int64_t j = 0; j < dim; j++)
            sum[j] += row[j];
    }
}

static void add_up(const lis_similarity_view *view, float *out) {
    if (view->dim == LIS_SIMILARITY_USUAL_DIM) {
        float sum[LIS_SIMILARITY_USUAL_DIM]; /* in registers, as out cannot be */
        add_up_width(view, LIS_SIMILARITY_USUAL_DIM, sum);
        memcpy(out, sum, sizeof sum);
    } else {
        add_up_width(view, view->dim, out);
    }
}

static lis_status mean_rows(void *arg, lis_shard shard, lis_error *err) {
    const lookup *look = arg;
    size_t bytes = (size_t)look->dim * sizeof *look->out;
    lis_similarity_view last = {0};
    for (int64_t r = shard.begin; r < shard.end; r++) {
        lis_similarity_view view = view_of(look, r);
        float *out = look->out + r * look->width;
        if (view.n == 0) {
            memset(out, 0, bytes);
        } else if (same_history(&view, &last)) {
            memcpy(out, out - look->width, bytes);
        } else {
            LIS_TRY(check_items(look, r, view.item, view.n, err));
            add_up(&view, out);
            float share = 1.0F / (float)view.n;
            for (int64_t j = 0; j < look->dim; j++)
                out[j] *= share;
        }
        last = view;
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

static lis_status similarity_rows(void *arg, lis_shard shard, lis_error *err) {
    const lookup *look = arg;
    lis_similarity_view checked = {0};
    for (int64_t r = shard.begin; r < shard.end; r++) {
        lis_similarity_view view = view_of(look, r);
        float *out = look->out + r * look->width;
        if (view.n == 0 || look->target[r] == -1) {
            memset(out, 0, (size_t)look->width * sizeof *out);
            continue;
        }
        LIS_TRY(check_items(look, r, &look->target[r], 1, err));
        if (!same_history(&view, &checked)) LIS_TRY(check_items(look, r, view.item, view.n, err));
        checked = view;
        look->kernel->statistics(&view, lis_similarity_vector(&view, look->target[r], look->dim),
                                 look->edge, look->tiers, out);
    }
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
