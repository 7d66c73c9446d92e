#include "lis/metric/rank.h"

#include <math.h>
#include <stdio.h>

#include "list_mean.h"

/* Rows of one score, seen from the top: ranks above + 1 .. above + rows. */
typedef struct tie {
    int64_t rows, positives, above;
} tie;

/* Steps to the next lower score; false at the bottom. *i is how many rows are left below. */
static bool next_tie(const uint64_t *rows, int64_t *i, int64_t n, tie *t) {
    if (*i == 0) return false;
    uint64_t key = rows[*i - 1] >> LIS_LIST_SCORE_SHIFT;
    *t = (tie){.above = n - *i};
    while (*i > 0 && rows[*i - 1] >> LIS_LIST_SCORE_SHIFT == key) {
        t->rows++;
        t->positives += lis_list_label(rows[--*i]);
    }
    return true;
}

/* Sum of the discounts of ranks first + 1 .. last. */
static double discounts(int64_t first, int64_t last) {
    double sum = 0.0;
    for (int64_t rank = first + 1; rank <= last; rank++)
        sum += 1.0 / log2(1.0 + (double)rank);
    return sum;
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Each engaged row of a tie is as likely in any of its places. */
static double gain_of_tie(const tie *t, int64_t k) {
    if (t->positives == 0) return 0.0;
    return (double)t->positives / (double)t->rows *
           discounts(t->above, least(t->above + t->rows, k));
}

static double hits_of_tie(const tie *t, int64_t k) {
    int64_t inside = least(t->rows, k - t->above);
    return inside <= 0 ? 0.0 : (double)t->positives * (double)inside / (double)t->rows;
}

/* Mean of 1 / rank of the first engaged row of a tie that holds one: walks the places, keeping the
 * chance that no engaged row came yet. */
static double reciprocal_of_tie(const tie *t, int64_t k) {
    double none_yet = 1.0, sum = 0.0;
    for (int64_t j = 0; j < t->rows && t->above + j < k && none_yet > 0.0; j++) {
        double here = (double)t->positives / (double)(t->rows - j);
        sum += none_yet * here / (double)(t->above + j + 1);
        none_yet *= 1.0 - here;
    }
    return sum;
}

static void value_of_list(const void *arg, const uint64_t *rows, int64_t n, double *value,
                          double *weight) {
    const lis_rank_options *options = arg;
    int64_t k = options->k, positives = 0;
    double gain = 0.0, hits = 0.0, reciprocal = 0.0;
    tie t;
    for (int64_t i = n; next_tie(rows, &i, n, &t); positives += t.positives) {
        if (t.above >= k) continue; /* only counting the engaged rows that are left */
        if (options->kind == LIS_RANK_NDCG) gain += gain_of_tie(&t, k);
        if (options->kind == LIS_RANK_RECALL) hits += hits_of_tie(&t, k);
        if (options->kind == LIS_RANK_MRR && positives == 0 && t.positives > 0)
            reciprocal = reciprocal_of_tie(&t, k);
    }
    *weight = positives > 0;
    *value = 0.0;
    if (positives == 0) return;
    if (options->kind == LIS_RANK_NDCG) *value = gain / discounts(0, least(positives, k));
    if (options->kind == LIS_RANK_RECALL) *value = hits / (double)positives;
    if (options->kind == LIS_RANK_MRR) *value = reciprocal;
}

lis_status lis_rank(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                    const lis_rank_options *options, lis_error *err) {
    static const char *const names[] = {"NDCG", "MRR", "recall"};
    if (options->k < 1)
        return lis_fail(err, LIS_EARG, "k is %lld; a top-k metric wants k of 1 or more",
                        (long long)options->k);
    const lis_list_metric metric = {.fn = value_of_list,
                                    .arg = options,
                                    .name = names[options->kind],
                                    .wanted = "an engaged row"};
    int64_t lists;
    LIS_TRY(lis_list_mean(ctx, out, scored, &options->lists, &metric, &lists, err));
    const char *of = options->lists.id ? "lists" : "users";
    (void)snprintf(out->definition, sizeof out->definition,
                   "%s@%lld over %lld %s: mean of each one's own, all alike; %s without an engaged "
                   "row skipped; ties averaged over their orders",
                   names[options->kind], (long long)options->k, (long long)lists, of, of);
    return LIS_OK;
}
