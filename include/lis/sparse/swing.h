/* Swing: items are alike where pairs of users who agree on little else agree on both (Yang et al.
 * 2020, "Large Scale Product Graph Construction for Recommendation in E-commerce").
 *
 *     S[i, j] = sum over pairs {u, v} of users of both i and j of
 *                   w(u) w(v) / (alpha + |I(u) and I(v)|),      w(u) = 1 / sqrt(|I(u)|)
 *
 * with I(u) the items of user u; S[i, i] = 0. Each pair of users counts once.
 *
 * The pairs of a popular item grow with the square of its users. max_users bounds them by a
 * coordinated sample: every user has one random number, and an item listens to the max_users of its
 * users with the smallest (bottom-k sketches, Cohen and Kaplan 2007). Popular items then listen to
 * the same users, so they keep pairs in common and S stays symmetric; I(u) is never thinned. */
#ifndef LIS_SPARSE_SWING_H
#define LIS_SPARSE_SWING_H

#include "lis/sparse/csr.h"
#include "lis/sparse/events.h"

typedef struct lis_swing_options {
    double alpha;         /* >= 0: how much a large overlap of two users forgives a small one */
    int64_t max_per_user; /* only a user's latest events count, as in cooc.h; 0: all */
    int64_t max_users;    /* that an item listens to; 0: all */
    int64_t top_k; /* the largest entries of each row (ties: lower item); 0: all, symmetric */
    uint64_t seed; /* of the sample */
} lis_swing_options;

/* alpha 1, max_users 500, no other limits. */
lis_swing_options lis_swing_defaults(void);

/* *out is overwritten: [items, items].
 * Threads: item shards; same bytes at any count. Cost: for every item, its users squared times the
 * length of a list.
 * Errors: LIS_ERANGE names the first bad event; LIS_EARG (options); LIS_ENOMEM, told before it begins
 * where the items that share a user are more pairs than fit; LIS_EINTR. */
lis_status lis_swing_build(lis_ctx *ctx, lis_csr *out, const lis_events *events,
                           const lis_swing_options *options, lis_error *err);

#endif
