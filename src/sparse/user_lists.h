/* Events regrouped as one list of items a user, and as the meetings of every item. */
#ifndef LIS_SPARSE_USER_LISTS_H
#define LIS_SPARSE_USER_LISTS_H

#include <stdbool.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/sparse/events.h"

typedef struct lis_list_rule {
    int64_t max_per_user; /* only a user's latest events are looked at; 0: all */
    int64_t max_gap;      /* events further apart never meet; negative: no limit */
    bool distinct;        /* without a gap: every item once in a list */
} lis_list_rule;

/* One entry of a user's list, as its item sees it: the stretch of the list that it meets, which
 * includes the entry itself. */
typedef struct lis_meeting {
    int64_t begin; /* into lis_user_lists.item */
    int32_t length;
    int32_t user;
} lis_meeting;

/* Owned. */
typedef struct lis_user_lists {
    int64_t users, items;
    int64_t size;    /* entries of all lists */
    int64_t *offset; /* [users + 1]: user u owns item[offset[u] .. offset[u + 1]) */
    int32_t *item;   /* [size] ascending in time; by item where the rule makes the lists sets */

    int64_t *item_offset; /* [items + 1] */
    lis_meeting
        *meeting; /* [size] those of item i: [item_offset[i], item_offset[i + 1]), by user */
} lis_user_lists;

/* Asks for the list that meeting k refers to, some steps before it is read. */
static inline void lis_meeting_fetch(const lis_user_lists *lists, int64_t k) {
    const int32_t *soon = lists->item + lists->meeting[k].begin;
    __builtin_prefetch(soon);
    __builtin_prefetch(soon + 16);
}

/* Threads: user shards. Errors: LIS_ERANGE (first bad event), LIS_EARG (a gap without times),
 * LIS_ENOMEM, LIS_EINTR; *out is zeroed then. */
lis_status lis_user_lists_make(lis_ctx *ctx, lis_user_lists *out, const lis_events *events,
                               const lis_list_rule *rule, lis_error *err);

void lis_user_lists_free(lis_user_lists *lists); /* a zeroed struct is fine */

#endif
