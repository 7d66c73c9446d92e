/* Scored rows in ascending order of score, packed: what AUC and its bootstrap sweep over. */
#ifndef LIS_METRIC_RANKED_H
#define LIS_METRIC_RANKED_H

#include "lis/metric/metric.h"

/* A packed row: score key in bits 32..63, cluster in 1..31, label in bit 0. Without users a row's
 * cluster is its own number. */
enum { LIS_RANKED_SHIFT = 32 };

static inline int64_t lis_ranked_label(uint64_t row) {
    return (int64_t)(row & 1);
}
static inline uint32_t lis_ranked_cluster(uint64_t row) {
    return (uint32_t)row >> 1;
}

typedef struct lis_ranked {
    int64_t n, positives;
    const uint64_t *rows;       /* [n] sorted; one of the next two */
    uint64_t *packed, *scratch; /* owned */
} lis_ranked;

/* Checks the rows, refuses labels of one class, packs and sorts. Zero-initialise *ranked; release it
 * also after an error. Errors: those of lis_scored_check; LIS_EMATH; LIS_ENOMEM, LIS_EINTR. */
lis_status lis_ranked_sort(lis_ctx *ctx, lis_ranked *ranked, const lis_scored *scored,
                           lis_error *err);
void lis_ranked_release(lis_ranked *ranked);

#endif
