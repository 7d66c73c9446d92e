/* Events: who met which item, when. The input of everything that counts items together. */
#ifndef LIS_SPARSE_EVENTS_H
#define LIS_SPARSE_EVENTS_H

#include <stdint.h>

/* Borrowed columns of a log, in any order. */
typedef struct lis_events {
    int64_t n;            /* events */
    int64_t users, items; /* vocabulary sizes */
    const int32_t *user;  /* [n] in [0, users); -1: the event is passed over */
    const int32_t *item;  /* [n] in [0, items); -1: the event is passed over */
    const int64_t *time;  /* [n], any unit, or NULL: the order of the rows is the order of time */
    const uint8_t *keep; /* [n], 0: the event is passed over (the cross-fit mask); NULL: keep all */
} lis_events;

#endif
