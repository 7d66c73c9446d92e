/* Co-occurrence: how often two items met the same user.
 *
 *     C[i, j] = sum over users u of  w(u) * pairs(u, i, j),   i != j;   C[i, i] = 0
 *
 * pairs(u, i, j) is the number of pairs of kept events (one of i, one of j) of user u that lie no
 * more than max_gap apart; where `distinct` is set it is 1 if there is any such pair, else 0.
 * w(u) discounts busy users, with n(u) the user's kept events (distinct: the user's kept items):
 *
 *     none      1
 *     log       1 / log2(2 + n(u))         in the spirit of Breese, Heckerman, Kadie 1998 (IUF)
 *     inverse   1 / (n(u) - 1)             every event gives away weight 1 in all
 *
 * Events with a label give co-engagement, all impressions give co-exposure.
 *
 * Algorithm: a row at a time after Gustavson (1978): the users of item i are read from an inverted
 * index and their lists added into a dense accumulator of one row. No n x n array exists anywhere.
 * Rows are computed twice, first to count entries and then to write them, so the result's size is
 * known before it is allocated (with top_k, once: its size is bounded anyway). Sums are f64, rounded once to f32: counts are exact to 2^24. */
#ifndef LIS_SPARSE_COOC_H
#define LIS_SPARSE_COOC_H

#include <stdbool.h>

#include "lis/sparse/csr.h"
#include "lis/sparse/events.h"

typedef enum lis_discount {
    LIS_DISCOUNT_NONE,
    LIS_DISCOUNT_LOG,
    LIS_DISCOUNT_INVERSE
} lis_discount;

typedef struct lis_cooc_options {
    int64_t max_gap;      /* in the unit of time, needs time; negative: no limit */
    int64_t max_per_user; /* only a user's latest events count; 0: all. Equal times: the event with
                             the higher item id is the later one, so row order never matters */
    lis_discount discount;
    bool distinct;      /* a user counts once for a pair of items */
    double min_support; /* entries below it are dropped (and never stored); 0: none */
    int64_t top_k;      /* only the largest entries of each row, ties: lower id; the rest is never
                           stored, and the result no longer symmetric; 0: all */
    double max_bytes;   /* refuse a result larger than this: LIS_ENOMEM with advice; 0: larger than
                           lis_mem_room() */
} lis_cooc_options;

/* distinct, no limits, no discount. */
lis_cooc_options lis_cooc_defaults(void);

/* What a run will take, from one pass over the users' lists: cheap enough to print first. */
typedef struct lis_cooc_plan {
    int64_t events;   /* kept, after max_per_user and, without max_gap, distinct */
    double additions; /* into the accumulator, at most, in each of two passes */
    double entries;   /* of the result, at most */
    double bytes;     /* result and scratch, at most */
} lis_cooc_plan;

/* Threads: user shards. Errors: as lis_cooc_build. */
lis_status lis_cooc_predict(lis_ctx *ctx, lis_cooc_plan *plan, const lis_events *events,
                            const lis_cooc_options *options, lis_error *err);

/* *out is overwritten: [items, items], symmetric but for top_k, zero diagonal, owned by the caller.
 * Threads: user and item shards; same bytes at any count. Scratch: 20 bytes an event, 8 an item for
 * each worker.
 * Errors: LIS_ERANGE names the first bad event; LIS_EARG (max_gap without time, negative limits);
 * LIS_ENOMEM; LIS_EINTR. */
lis_status lis_cooc_build(lis_ctx *ctx, lis_csr *out, const lis_events *events,
                          const lis_cooc_options *options, lis_error *err);

#endif
