/* The two halves of building a history: everybody's events in order, and seeds in front of them. */
#ifndef LIS_DATA_HISTORY_DRAFT_H
#define LIS_DATA_HISTORY_DRAFT_H

#include "lis/data/history.h"

/* Arrays of a history while it is being filled; the public struct shows them as const. */
typedef struct lis_history_draft {
    const lis_history_source *source;
    int64_t events;
    int32_t *item; /* [events] user after user, in order of time */
    int64_t *begin, *end;
} lis_history_draft;

/* Puts every row's seed in front of its window. The draft's item array is replaced by a longer one.
 * LIS_ENOMEM. */
lis_status lis_history_add_seeds(lis_history_draft *draft, lis_error *err);

#endif
