#include "lis/metric/bootstrap.h"

#include <string.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "lis/base/rng.h"
#include "ranked.h"
#include "runs.h"

enum { BLOCK = LIS_BOOTSTRAP_BLOCK, POLL = 1 << 16, ROWS_MAX = 1 << 28 };

/* 16 random bits u make a Poisson(1) number: how many of these it reaches. Each is the chance of j or
 * fewer in units of 2^-16, exp(-1) * (1 + 1 + 1/2 + 1/6 + ...). */
static const uint16_t REACHED[] = {24109, 48219, 60273, 64292, 65296, 65497, 65531, 65535};

void lis_bootstrap_weights(uint8_t weights[BLOCK], uint64_t seed, int64_t cluster, int64_t block) {
    lis_rng rng =
        lis_rng_open(lis_rng_hash(seed, "bootstrap", (uint64_t)cluster), "block", (uint64_t)block);
    for (int r = 0; r < BLOCK; r += 4) {
        uint64_t bits = lis_rng_next(&rng);
        for (int k = 0; k < 4; k++, bits >>= 16) {
            int weight = 0;
            for (size_t j = 0; j < sizeof REACHED / sizeof REACHED[0]; j++)
                weight += (uint16_t)bits >= REACHED[j];
            weights[r + k] = (uint8_t)weight;
        }
    }
}

static lis_status new_replicates(lis_tensor *out, const lis_bootstrap_options *options,
                                 lis_error *err) {
    if (options->replicates < 1 || options->replicates > INT32_MAX)
        return lis_fail(err, LIS_EARG, "%lld replicates; wanted 1 or more, 1000 is customary",
                        (long long)options->replicates);
    return lis_tensor_new_1d(out, LIS_F64, options->replicates, err);
}

static lis_status fail_empty(int64_t replicate, lis_error *err) {
    return lis_fail(err, LIS_EMATH,
                    "bootstrap replicate %lld drew no rows of one kind: too few users (or days) to "
                    "resample; use the interval from influences",
                    (long long)replicate);
}

typedef struct auc_work {
    lis_ctx *ctx;
    lis_ranked ranked;
    int64_t clusters;
    lis_bootstrap_options options;
    double *out;
} auc_work;

/* Sums of one block of replicates as the sweep goes up. 32 bits hold the weights of ROWS_MAX rows at
 * 8 each; a doubled count of wins grows past that and is kept in 64. */
typedef struct sweep {
    int64_t twice_wins[BLOCK];
    uint32_t below[BLOCK];     /* weight of negatives below the current tie */
    uint32_t positives[BLOCK]; /* weight of all positives so far */
} sweep;

/* Adds the rows [i, end) of one score. */
static void add_tie(sweep *s, const uint64_t *rows, int64_t i, int64_t end,
                    const uint8_t (*weights)[BLOCK]) {
    uint32_t positive[BLOCK] = {0}, negative[BLOCK] = {0};
    for (; i < end; i++) {
        const uint8_t *w = weights[lis_ranked_cluster(rows[i])];
        uint32_t *sum = lis_ranked_label(rows[i]) ? positive : negative;
        for (int r = 0; r < BLOCK; r++)
            sum[r] += w[r];
    }
    for (int r = 0; r < BLOCK; r++) {
        s->twice_wins[r] += (int64_t)positive[r] * (2 * (int64_t)s->below[r] + negative[r]);
        s->below[r] += negative[r];
        s->positives[r] += positive[r];
    }
}

/* The usual case: a score of one row. */
static void add_row(sweep *s, uint64_t row, const uint8_t (*weights)[BLOCK]) {
    const uint8_t *w = weights[lis_ranked_cluster(row)];
    if (!lis_ranked_label(row)) {
        for (int r = 0; r < BLOCK; r++)
            s->below[r] += w[r];
        return;
    }
    for (int r = 0; r < BLOCK; r++) {
        s->twice_wins[r] += (int64_t)((uint64_t)w[r] * s->below[r] * 2);
        s->positives[r] += w[r];
    }
}

static lis_status sweep_rows(const auc_work *w, sweep *s, const uint8_t (*weights)[BLOCK],
                             lis_error *err) {
    const lis_ranked *ranked = &w->ranked;
    int64_t poll = POLL;
    for (int64_t i = 0, next; i < ranked->n; i = next) {
        next = lis_run_end(ranked->rows, i, ranked->n, LIS_RANKED_SHIFT);
        if (next == i + 1)
            add_row(s, ranked->rows[i], weights);
        else
            add_tie(s, ranked->rows, i, next, weights);
        if (next < poll) continue;
        poll += POLL;
        if (lis_ctx_interrupted(w->ctx)) return lis_fail(err, LIS_EINTR, "interrupted");
    }
    return LIS_OK;
}

static lis_status auc_block(void *arg, lis_shard shard, lis_error *err) {
    const auc_work *w = arg;
    uint8_t(*weights)[BLOCK] = lis_alloc((size_t)w->clusters, sizeof *weights);
    if (!weights) return lis_fail_nomem(err, "bootstrap weights", (double)w->clusters * BLOCK);
    for (int64_t c = 0; c < w->clusters; c++)
        lis_bootstrap_weights(weights[c], w->options.seed, c, shard.index);
    sweep s;
    memset(&s, 0, sizeof s);
    lis_status status = sweep_rows(w, &s, (const uint8_t(*)[BLOCK])weights, err);
    lis_free(weights);
    for (int64_t r = shard.begin; r < shard.end && status == LIS_OK; r++) {
        int64_t k = r - shard.begin;
        double pairs = (double)s.positives[k] * (double)s.below[k];
        if (pairs == 0.0) return fail_empty(r, err);
        w->out[r] = (double)s.twice_wins[k] / (2.0 * pairs);
    }
    return status;
}

lis_status lis_bootstrap_auc(lis_ctx *ctx, lis_tensor *out, const lis_scored *scored,
                             const lis_bootstrap_options *options, lis_error *err) {
    LIS_TRY(lis_tensor_expect_1d(scored->score, "score", LIS_F32, -1, err));
    if (scored->score->shape[0] > ROWS_MAX)
        return lis_fail(err, LIS_EARG,
                        "%lld rows; the bootstrap of AUC takes up to 2^28: use the interval from "
                        "influences, or sample users",
                        (long long)scored->score->shape[0]);
    lis_tensor replicates;
    LIS_TRY(new_replicates(&replicates, options, err));
    auc_work w = {.ctx = ctx, .options = *options, .out = lis_f64(&replicates)};
    lis_status status = lis_ranked_sort(ctx, &w.ranked, scored, err);
    if (status == LIS_OK) {
        w.clusters = lis_scored_clusters(scored);
        status = lis_parallel_for(ctx, options->replicates, BLOCK, auc_block, &w, err);
    }
    lis_ranked_release(&w.ranked);
    if (status == LIS_OK)
        *out = replicates;
    else
        lis_tensor_release(&replicates);
    return status;
}

typedef struct ratio_work {
    lis_ctx *ctx;
    const lis_metric *metric;
    uint64_t seed;
    double *out;
} ratio_work;

static lis_status ratio_block(void *arg, lis_shard shard, lis_error *err) {
    const ratio_work *w = arg;
    const double *influence = lis_f64(&w->metric->influence);
    const double *share = lis_f64(&w->metric->share);
    double moved[BLOCK] = {0}, total[BLOCK] = {0};
    for (int64_t c = 0; c < w->metric->influence.shape[0]; c++) {
        if (c % POLL == 0 && lis_ctx_interrupted(w->ctx))
            return lis_fail(err, LIS_EINTR, "interrupted");
        if (share[c] == 0.0 && influence[c] == 0.0) continue;
        uint8_t weights[BLOCK];
        lis_bootstrap_weights(weights, w->seed, c, shard.index);
        for (int r = 0; r < BLOCK; r++) {
            moved[r] += weights[r] * influence[c];
            total[r] += weights[r] * share[c];
        }
    }
    for (int64_t r = shard.begin; r < shard.end; r++) {
        int64_t k = r - shard.begin;
        if (total[k] == 0.0) return fail_empty(r, err);
        w->out[r] = w->metric->value + moved[k] / total[k];
    }
    return LIS_OK;
}

lis_status lis_bootstrap_ratio(lis_ctx *ctx, lis_tensor *out, const lis_metric *metric,
                               const lis_bootstrap_options *options, lis_error *err) {
    if (!metric->share.storage)
        return lis_fail(err, LIS_EARG,
                        "this metric is not a ratio over users and cannot be bootstrapped from its "
                        "influence; AUC has a bootstrap of its own");
    LIS_TRY(lis_tensor_expect_1d(&metric->influence, "influence", LIS_F64, -1, err));
    LIS_TRY(
        lis_tensor_expect_1d(&metric->share, "share", LIS_F64, metric->influence.shape[0], err));
    lis_tensor replicates;
    LIS_TRY(new_replicates(&replicates, options, err));
    ratio_work w = {
        .ctx = ctx, .metric = metric, .seed = options->seed, .out = lis_f64(&replicates)};
    lis_status status = lis_parallel_for(ctx, options->replicates, BLOCK, ratio_block, &w, err);
    if (status == LIS_OK)
        *out = replicates;
    else
        lis_tensor_release(&replicates);
    return status;
}
