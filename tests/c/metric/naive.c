#include "naive.h"

#include <math.h>
#include <string.h>

/* 1 where a beats b, 1/2 for a tie. */
static double win(float a, float b) {
    return a > b ? 1.0 : a == b ? 0.5 : 0.0;
}

static int64_t cluster_of(const lis_scored *scored, int64_t row) {
    return scored->user ? lis_i32(scored->user)[row] : row;
}

/* Mean win of row i's class against the rows of the other class: V10 or V01 of DeLong 1988. */
static double component(const lis_scored *scored, int64_t i) {
    const float *score = lis_f32(scored->score);
    const uint8_t *label = lis_u8(scored->label);
    double sum = 0.0;
    int64_t others = 0;
    for (int64_t j = 0; j < scored->label->shape[0]; j++) {
        if (label[j] == label[i]) continue;
        sum += label[i] ? win(score[i], score[j]) : win(score[j], score[i]);
        others++;
    }
    return sum / (double)others;
}

double naive_auc(const lis_scored *scored, double *influence) {
    const uint8_t *label = lis_u8(scored->label);
    int64_t n = scored->label->shape[0];
    double size[2] = {0}, auc = 0.0;
    for (int64_t i = 0; i < n; i++)
        size[label[i]]++;
    for (int64_t i = 0; i < n; i++)
        if (label[i]) auc += component(scored, i) / size[1];
    memset(influence, 0, (size_t)lis_scored_clusters(scored) * sizeof *influence);
    for (int64_t i = 0; i < n; i++)
        influence[cluster_of(scored, i)] += (component(scored, i) - auc) / size[label[i]];
    return auc;
}

typedef struct group {
    double positives, negatives, wins;
} group;

static group group_of(const lis_scored *scored, int32_t user) {
    const float *score = lis_f32(scored->score);
    const uint8_t *label = lis_u8(scored->label);
    const int32_t *users = lis_i32(scored->user);
    group g = {0};
    for (int64_t i = 0; i < scored->label->shape[0]; i++) {
        if (users[i] != user) continue;
        g.positives += label[i];
        g.negatives += !label[i];
        for (int64_t j = 0; label[i] && j < scored->label->shape[0]; j++)
            if (users[j] == user && !label[j]) g.wins += win(score[i], score[j]);
    }
    return g;
}

double naive_gauc(const lis_scored *scored, lis_gauc_options options, double *influence,
                  int64_t *clusters) {
    double total = 0.0, sum = 0.0;
    *clusters = 0;
    for (int pass = 0; pass < 2; pass++) { /* the value, then the influences around it */
        for (int32_t u = 0; u < scored->users; u++) {
            group g = group_of(scored, u);
            double pairs = g.positives * g.negatives;
            const double weights[] = {g.positives + g.negatives, g.positives, 1.0, pairs};
            double weight = weights[options.weight];
            if (pairs == 0.0 && options.one_class == LIS_GAUC_SKIP) weight = 0.0;
            if (g.positives + g.negatives == 0.0) weight = 0.0;
            double auc = pairs > 0.0 ? g.wins / pairs : 0.5;
            if (pass == 0) {
                total += weight;
                sum += weight * auc;
                *clusters += weight > 0.0;
            } else {
                influence[u] = weight * (auc - sum / total) / total;
            }
        }
    }
    return sum / total;
}
