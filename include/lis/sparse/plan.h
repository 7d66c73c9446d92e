/* What a result will take, told before it is made. */
#ifndef LIS_SPARSE_PLAN_H
#define LIS_SPARSE_PLAN_H

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/sparse/events.h"

typedef struct lis_plan {
    double entries; /* of the result, at most */
    double bytes;   /* result and scratch, at most */
} lis_plan;

/* A bound for all that joins the events of a user in pairs (co-occurrence, Swing, ItemCF), from the
 * number of events of each user, n(u), alone:
 *
 *     entries <= min( sum_u m(u) (m(u) - 1), items (items - 1), items top_k ),  m(u) = min(n(u),
 *     max_per_user)
 *
 * One pass over the events, 8 bytes a user: for a look before lis_cooc_predict, which is closer and
 * regroups the log. max_per_user and top_k 0: no limit.
 * One thread. Errors: LIS_ERANGE names the first bad user; LIS_ENOMEM; LIS_EINTR. */
lis_status lis_pairs_bound(lis_ctx *ctx, lis_plan *plan, const lis_events *events,
                           int64_t max_per_user, int64_t top_k, lis_error *err);

/* LIS_ENOMEM where the plan takes more than max_bytes, or with max_bytes 0 more than lis_mem_room():
 * "<what> has <entries> entries and needs <size>, above the <size> that ...: <cure>, or raise ...". */
lis_status lis_plan_check(const lis_plan *plan, const char *what, const char *cure,
                          double max_bytes, lis_error *err);

#endif
