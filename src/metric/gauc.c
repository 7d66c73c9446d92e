#include "lis/metric/gauc.h"

#include <stdio.h>

#include "list_mean.h"
#include "runs.h"

/* The doubled Mann-Whitney count of one list in order of score; *positives is counted. */
static int64_t twice_u_of(const uint64_t *rows, int64_t n, int64_t *positives) {
    int64_t twice_u = 0, below = 0;
    for (int64_t i = 0, tied_end; i < n; i = tied_end) {
        tied_end = lis_run_end(rows, i, n, LIS_LIST_SCORE_SHIFT);
        int64_t tied = 0;
        for (int64_t j = i; j < tied_end; j++)
            tied += lis_list_label(rows[j]);
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

static void auc_of_list(const void *arg, const uint64_t *rows, int64_t n, double *value,
                        double *weight) {
    int64_t positives, twice_u = twice_u_of(rows, n, &positives);
    double pairs = (double)positives * (double)(n - positives);
    *value = pairs > 0.0 ? (double)twice_u / (2.0 * pairs) : 0.5;
    *weight = weight_of(arg, positives, n - positives);
}

lis_status lis_gauc(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                    const lis_gauc_options *options, lis_error *err) {
    static const char *const weights[] = {"rows", "positives", "equal", "pairs"};
    const lis_list_metric metric = {
        .fn = auc_of_list, .arg = options, .name = "GAUC", .wanted = "both engaged and other rows"};
    int64_t lists;
    LIS_TRY(lis_list_mean(ctx, out, scored, &options->lists, &metric, &lists, err));
    (void)snprintf(out->definition, sizeof out->definition,
                   "GAUC over %lld %s: mean of each one's own AUC weighted by %s; %s of one class "
                   "%s",
                   (long long)lists, options->lists.id ? "lists" : "users",
                   weights[options->weight], options->lists.id ? "lists" : "users",
                   options->one_class == LIS_GAUC_SKIP ? "skipped" : "counted 0.5");
    return LIS_OK;
}
