#include "lis/metric/auc.h"

#include <stdatomic.h>
#include <stdio.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "ranked.h"
#include "runs.h"
#include "sums.h"

/* What the sweep adds up for one user. Doubled counts: 2 * wins + ties, summed over the user's rows
 * against the other class, at most 4 * P * N < 2^62. Integers, so that order cannot matter. */
typedef struct tally {
    atomic_int_fast64_t credit;
    atomic_int_fast64_t members; /* positives << 32 | negatives */
} tally;

static const int64_t POSITIVE = INT64_C(1) << 32;

typedef struct work {
    const lis_scored *scored;
    lis_ranked ranked;
    lis_runs runs;
    int64_t *below;    /* [shards]: positives before each shard */
    int64_t *twice_u;  /* [shards]: doubled Mann-Whitney count of each shard */
    tally *tallies;    /* [users]; NULL without users: then a row's credit waits in its influence */
    double *influence; /* [clusters]; NULL where only the value is wanted */
    double auc;
} work;

static lis_status count_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const work *w = arg;
    int64_t positives = 0;
    for (int64_t i = w->runs.cut[shard.index]; i < w->runs.cut[shard.index + 1]; i++)
        positives += lis_ranked_label(w->ranked.rows[i]);
    w->below[shard.index] = positives;
    return LIS_OK;
}

static void add_credit(const work *w, uint64_t row, int64_t credit) {
    uint32_t cluster = lis_ranked_cluster(row);
    if (!w->tallies) {
        w->influence[cluster] = (double)credit;
        return;
    }
    tally *t = &w->tallies[cluster];
    atomic_fetch_add_explicit(&t->credit, credit, memory_order_relaxed);
    atomic_fetch_add_explicit(&t->members, lis_ranked_label(row) ? POSITIVE : 1,
                              memory_order_relaxed);
}

static lis_status sweep_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const work *w = arg;
    const uint64_t *rows = w->ranked.rows;
    int64_t end = w->runs.cut[shard.index + 1];
    int64_t positives_below = w->below[shard.index], twice_u = 0;
    for (int64_t i = w->runs.cut[shard.index], tied_end; i < end; i = tied_end) {
        tied_end = lis_run_end(rows, i, end, LIS_RANKED_SHIFT);
        int64_t positives = 0;
        for (int64_t j = i; j < tied_end; j++)
            positives += lis_ranked_label(rows[j]);
        int64_t negatives = tied_end - i - positives;
        int64_t negatives_below = i - positives_below;
        int64_t positives_above = w->ranked.positives - positives_below - positives;
        int64_t of_positive = 2 * negatives_below + negatives;
        int64_t of_negative = 2 * positives_above + positives;
        for (int64_t j = i; j < tied_end && w->influence; j++)
            add_credit(w, rows[j], lis_ranked_label(rows[j]) ? of_positive : of_negative);
        twice_u += positives * of_positive;
        positives_below += positives;
    }
    w->twice_u[shard.index] = twice_u;
    return LIS_OK;
}

/* Credit becomes influence; sums[0] counts the clusters that have rows. */
static lis_status finish_clusters(void *arg, int64_t begin, int64_t end, double *sums,
                                  lis_error *err) {
    (void)err;
    const work *w = arg;
    double p = (double)w->ranked.positives, q = (double)(w->ranked.n - w->ranked.positives);
    const uint8_t *label = lis_u8(w->scored->label);
    for (int64_t c = begin; c < end; c++) {
        double credit = w->tallies ? (double)w->tallies[c].credit : w->influence[c];
        int64_t members = w->tallies ? w->tallies[c].members : label[c] ? POSITIVE : 1;
        double own = (double)(members >> 32) / p + (double)(members & (POSITIVE - 1)) / q;
        w->influence[c] = credit / (2.0 * p * q) - w->auc * own;
        sums[0] += members != 0;
    }
    return LIS_OK;
}

static lis_status sweep_rows(lis_ctx *ctx, work *w, lis_error *err) {
    LIS_TRY(lis_runs_cut(ctx, &w->runs, w->ranked.rows, w->ranked.n, LIS_RANKED_SHIFT, err));
    int64_t shards = w->runs.shards;
    w->below = lis_alloc((size_t)shards, sizeof *w->below);
    w->twice_u = lis_alloc((size_t)shards, sizeof *w->twice_u);
    if (!w->below || !w->twice_u)
        return lis_fail_nomem(err, "counts by shard", 2.0 * (double)shards * sizeof *w->below);
    LIS_TRY(lis_parallel_for(ctx, shards, 1, count_shard, w, err));
    for (int64_t s = 0, before = 0; s < shards; s++) {
        int64_t here = w->below[s];
        w->below[s] = before;
        before += here;
    }
    LIS_TRY(lis_parallel_for(ctx, shards, 1, sweep_shard, w, err));
    int64_t twice_u = 0;
    for (int64_t s = 0; s < shards; s++)
        twice_u += w->twice_u[s];
    double positives = (double)w->ranked.positives;
    w->auc = (double)twice_u / (2.0 * positives * ((double)w->ranked.n - positives));
    return LIS_OK;
}

static lis_status new_influence(work *w, lis_metric *out, lis_error *err) {
    int64_t clusters = lis_scored_clusters(w->scored);
    LIS_TRY(lis_tensor_new_1d(&out->influence, LIS_F64, clusters, err));
    w->influence = lis_f64(&out->influence);
    if (!w->scored->user) return LIS_OK;
    w->tallies = lis_calloc((size_t)clusters, sizeof *w->tallies);
    if (!w->tallies)
        return lis_fail_nomem(err, "sums by user", (double)clusters * sizeof *w->tallies);
    return LIS_OK;
}

static lis_status run(lis_ctx *ctx, work *w, lis_metric *out, bool influence, lis_error *err) {
    LIS_TRY(lis_ranked_sort(ctx, &w->ranked, w->scored, err));
    if (influence) LIS_TRY(new_influence(w, out, err));
    LIS_TRY(sweep_rows(ctx, w, err));
    if (influence) {
        double totals[LIS_SUMS_MAX];
        LIS_TRY(lis_sums(ctx, lis_scored_clusters(w->scored), finish_clusters, w, totals, err));
        out->clusters = (int64_t)totals[0];
    }
    out->value = w->auc;
    out->rows = w->ranked.n;
    out->positives = w->ranked.positives;
    out->higher_is_better = true;
    (void)snprintf(
        out->definition, sizeof out->definition,
        "AUC over all %lld rows: chance that an engaged row outscores another, ties half",
        (long long)w->ranked.n);
    return LIS_OK;
}

static lis_status auc(lis_ctx *ctx, lis_metric *out, const lis_scored *scored, bool influence,
                      lis_error *err) {
    work w = {.scored = scored};
    lis_status status = run(ctx, &w, out, influence, err);
    if (status != LIS_OK) lis_metric_release(out);
    lis_ranked_release(&w.ranked);
    lis_runs_release(&w.runs);
    lis_free(w.below);
    lis_free(w.twice_u);
    lis_free(w.tallies);
    return status;
}

lis_status lis_auc(lis_ctx *ctx, lis_metric *out, const lis_scored *scored, lis_error *err) {
    return auc(ctx, out, scored, true, err);
}

lis_status lis_auc_value(lis_ctx *ctx, lis_metric *out, const lis_scored *scored, lis_error *err) {
    return auc(ctx, out, scored, false, err);
}
