/* How large the graph of all meetings is (user_lists.h), before anything of it is made. */
#ifndef LIS_SPARSE_MEETINGS_H
#define LIS_SPARSE_MEETINGS_H

#include "accumulator.h"
#include "lis/sparse/plan.h"
#include "user_lists.h"

/* The number of items that `row` meets, itself left out. */
int64_t lis_meetings_count(const lis_user_lists *lists, int64_t row, lis_accumulator *acc);

typedef struct lis_meetings_rule {
    const char *what, *cure; /* for the message */
    int64_t top_k;           /* largest entries of each row that stay; 0: all */
    double copies;           /* of the result at once */
    double max_bytes;        /* 0: lis_mem_room() */
} lis_meetings_rule;

/* LIS_ENOMEM where the graph of all meetings (its top_k a row) does not fit, LIS_EINTR. Asks the
 * lengths of the lists first, which bound it; only where the bound does not fit, and top_k does not
 * make it tight, the rows are counted. Threads: item shards. */
lis_status lis_meetings_check(lis_ctx *ctx, const lis_user_lists *lists, lis_accumulator *pool,
                              const lis_meetings_rule *rule, lis_error *err);

/* The bound: sum over items of min(others that its meetings list, items - 1, top_k). */
double lis_meetings_bound(const lis_user_lists *lists, int64_t top_k);

#endif
