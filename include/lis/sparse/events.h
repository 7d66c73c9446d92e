/* Events: who met which item, when. The input of everything that counts items together. */
#ifndef LIS_SPARSE_EVENTS_H
#define LIS_SPARSE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/sparse/csr.h"

/* Borrowed columns of a log, in any order. */
typedef struct lis_events {
    int64_t n;            /* events */
    int64_t users, items; /* vocabulary sizes */
    const int32_t *user;  /* [n] in [0, users); -1: the event is passed over */
    const int32_t *item;  /* [n] in [0, items); -1: the event is passed over */
    const int64_t *time;  /* [n], any unit, or NULL: the order of the rows is the order of time */
    const uint8_t *keep; /* [n], 0: the event is passed over (the cross-fit mask); NULL: keep all */
} lis_events;

/* Events as a matrix [users, items], overwritten: entry (u, i) is how many kept events user u has with
 * item i; distinct: 1. Times are not read. Errors: LIS_ERANGE names the first bad event (of those that
 * are kept); LIS_ESHAPE; LIS_ENOMEM; LIS_EINTR. One thread. */
lis_status lis_events_matrix(const lis_ctx *ctx, lis_csr *out, const lis_events *events,
                             bool distinct, lis_error *err);

#endif
