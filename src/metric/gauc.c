#include "lis/metric/gauc.h"

#include <stdio.h>
#include <string.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "lis/metric/radix.h"
#include "runs.h"
#include "sums.h"

/* A packed row: user in bits 33..63, score key in 1..32, label in bit 0. The radix sort brings users
 * together; each user's few rows are then put in order of score on their own, in cache. */
enum { USER_SHIFT = 33, SCORE_SHIFT = 1, PACK_SHARD = 1 << 16 };

typedef struct work {
    const lis_scored *scored;
    lis_gauc_options options;
    int64_t n;
    uint64_t *packed, *scratch, *sorted;
    lis_runs runs;
    double *auc;    /* [users]: the user's own AUC, then the influence */
    double *weight; /* [users] */
    double value, total_weight;
} work;

static lis_status pack_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const work *w = arg;
    const float *score = lis_f32(w->scored->score);
    const uint8_t *label = lis_u8(w->scored->label);
    const int32_t *user = lis_i32(w->scored->user);
    for (int64_t i = shard.begin; i < shard.end; i++)
        w->packed[i] = (uint64_t)user[i] << USER_SHIFT |
                       (uint64_t)lis_radix_key(score[i]) << SCORE_SHIFT | label[i];
    return LIS_OK;
}

/* The doubled Mann-Whitney count of one user's rows in order of score; *positives is counted. */
static int64_t twice_u_of(const uint64_t *rows, int64_t n, int64_t *positives) {
    int64_t twice_u = 0, below = 0;
    for (int64_t i = 0, tied_end; i < n; i = tied_end) {
        tied_end = lis_run_end(rows, i, n, SCORE_SHIFT);
        int64_t tied = 0;
        for (int64_t j = i; j < tied_end; j++)
            tied += (int64_t)(rows[j] & 1);
        twice_u += tied * (2 * (i - below) + tied_end - i - tied);
        below += tied;
    }
    *positives = below;
    return twice_u;
}

static double weight_of(const lis_gauc_options *options, int64_t positives, int64_t negatives) {
    double p = (double)positives, q = (double)negatives;
    if (options->one_class == LIS_GAUC_SKIP && (positives == 0 || negatives == 0)) return 0.0;
    switch (options->weight) {
    case LIS_GAUC_ROWS:
        return p + q;
    case LIS_GAUC_POSITIVES:
        return p;
    case LIS_GAUC_PAIRS:
        return p * q;
    case LIS_GAUC_EQUAL:
        break;
    }
    return 1.0;
}

static lis_status score_users(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const work *w = arg;
    uint64_t *other = w->sorted == w->packed ? w->scratch : w->packed;
    int64_t end = w->runs.cut[shard.index + 1];
    for (int64_t i = w->runs.cut[shard.index], next; i < end; i = next) {
        next = lis_run_end(w->sorted, i, end, USER_SHIFT);
        int64_t user = (int64_t)(w->sorted[i] >> USER_SHIFT);
        const uint64_t *rows =
            lis_radix_sort_alone(w->sorted + i, other + i, next - i, SCORE_SHIFT, USER_SHIFT);
        int64_t positives, twice_u = twice_u_of(rows, next - i, &positives);
        int64_t negatives = next - i - positives;
        bool mixed = positives > 0 && negatives > 0;
        w->weight[user] = weight_of(&w->options, positives, negatives);
        w->auc[user] =
            mixed ? (double)twice_u / (2.0 * (double)positives * (double)negatives) : 0.5;
    }
    return LIS_OK;
}

static lis_status sum_users(void *arg, int64_t begin, int64_t end, double *sums, lis_error *err) {
    (void)err;
    const work *w = arg;
    for (int64_t u = begin; u < end; u++) {
        sums[0] += w->weight[u];
        sums[1] += w->weight[u] * w->auc[u];
        sums[2] += w->weight[u] > 0.0;
    }
    return LIS_OK;
}

static lis_status finish_users(void *arg, int64_t begin, int64_t end, double *sums,
                               lis_error *err) {
    (void)sums, (void)err;
    const work *w = arg;
    for (int64_t u = begin; u < end; u++)
        w->auc[u] = w->weight[u] * (w->auc[u] - w->value) / w->total_weight;
    return LIS_OK;
}

/* Bits that hold every id below n: the sort needs no more passes than that. */
static int bits_of(int64_t n) {
    int bits = 0;
    while (bits < 31 && (INT64_C(1) << bits) < n)
        bits++;
    return bits;
}

static lis_status sort_rows(lis_ctx *ctx, work *w, lis_error *err) {
    w->packed = lis_alloc((size_t)w->n, sizeof *w->packed);
    w->scratch = lis_alloc((size_t)w->n, sizeof *w->scratch);
    if (!w->packed || !w->scratch)
        return lis_fail_nomem(err, "the rows to sort", 2.0 * (double)w->n * sizeof *w->packed);
    LIS_TRY(lis_parallel_for(ctx, w->n, PACK_SHARD, pack_shard, w, err));
    LIS_TRY(lis_radix_sort(ctx, w->packed, w->scratch, w->n, USER_SHIFT,
                           USER_SHIFT + bits_of(w->scored->users), &w->sorted, err));
    LIS_TRY(lis_runs_cut(ctx, &w->runs, w->sorted, w->n, USER_SHIFT, err));
    return lis_parallel_for(ctx, w->runs.shards, 1, score_users, w, err);
}

static void describe(lis_metric *out, const lis_gauc_options *options) {
    static const char *const weights[] = {"rows", "positives", "equal", "pairs"};
    (void)snprintf(out->definition, sizeof out->definition,
                   "GAUC over %lld users: mean of each user's own AUC weighted by %s; one-class "
                   "users %s",
                   (long long)out->clusters, weights[options->weight],
                   options->one_class == LIS_GAUC_SKIP ? "skipped" : "counted 0.5");
}

static lis_status run(lis_ctx *ctx, work *w, lis_metric *out, lis_error *err) {
    int64_t users = w->scored->users;
    LIS_TRY(lis_tensor_new_1d(&out->influence, LIS_F64, users, err));
    w->auc = lis_f64(&out->influence);
    w->weight = lis_calloc((size_t)users, sizeof *w->weight);
    if (!w->weight) return lis_fail_nomem(err, "weights by user", (double)users * sizeof(double));
    LIS_TRY(sort_rows(ctx, w, err));
    double totals[LIS_SUMS_MAX];
    LIS_TRY(lis_sums(ctx, users, sum_users, w, totals, err));
    if (!(totals[0] > 0.0))
        return lis_fail(err, LIS_EMATH,
                        "GAUC has no user to average: none of the %lld users has both engaged and "
                        "other rows; check the label rule, or use AUC",
                        (long long)users);
    w->total_weight = totals[0];
    out->value = w->value = totals[1] / totals[0];
    out->clusters = (int64_t)totals[2];
    out->rows = w->n;
    out->higher_is_better = true;
    describe(out, &w->options);
    return lis_sums(ctx, users, finish_users, w, totals, err);
}

lis_status lis_gauc(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                    const lis_gauc_options *options, lis_error *err) {
    if (!scored->user)
        return lis_fail(err, LIS_EARG,
                        "GAUC needs the user of each row; pass user = ids (i32) and users = how "
                        "many, or use AUC");
    work w = {.scored = scored, .options = *options};
    int64_t positives;
    LIS_TRY(lis_scored_check(ctx, scored, &positives, err));
    w.n = scored->score->shape[0];
    out->positives = positives;
    lis_status status = run(ctx, &w, out, err);
    if (status != LIS_OK) lis_metric_release(out);
    lis_runs_release(&w.runs);
    lis_free(w.packed);
    lis_free(w.scratch);
    lis_free(w.weight);
    return status;
}
