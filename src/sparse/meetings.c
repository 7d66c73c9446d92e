#include "meetings.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "lis/base/parallel.h"
#include "rows.h"

enum { LOOK_AHEAD = 8 /* meetings: lists lie scattered, so their lines are asked for early */ };

typedef struct {
    const lis_user_lists *lists;
    lis_accumulator *pool;
} counting;

static void mark_all(lis_accumulator *accumulator, const int32_t *item, int64_t n) {
    lis_accumulator acc = *accumulator; /* its byte stores may alias the original, not this copy */
    for (int64_t k = 0; k < n; k++)
        lis_accumulator_mark(&acc, item[k]);
}

int64_t lis_meetings_count(const lis_user_lists *lists, int64_t row, lis_accumulator *acc) {
    int64_t end = lists->item_offset[row + 1];
    for (int64_t k = lists->item_offset[row]; k < end; k++) {
        if (k + LOOK_AHEAD < end) lis_meeting_fetch(lists, k + LOOK_AHEAD);
        mark_all(acc, lists->item + lists->meeting[k].begin, lists->meeting[k].length);
    }
    return lis_accumulator_count(acc, row);
}

double lis_meetings_bound(const lis_user_lists *lists, int64_t top_k) {
    double entries = 0, most = (double)lists->items - 1;
    if (top_k > 0) most = fmin(most, (double)top_k);
    for (int64_t i = 0; i < lists->items; i++) {
        double others = 0;
        for (int64_t k = lists->item_offset[i]; k < lists->item_offset[i + 1]; k++)
            others += lists->meeting[k].length - 1;
        entries += fmin(others, most);
    }
    return entries;
}

static int64_t count_row(void *arg, int64_t row, int worker, int32_t *column, float *value) {
    (void)column;
    (void)value;
    const counting *job = arg;
    return lis_meetings_count(job->lists, row, &job->pool[worker]);
}

lis_status lis_meetings_check(lis_ctx *ctx, const lis_user_lists *lists, lis_accumulator *pool,
                              const lis_meetings_rule *rule, lis_error *err) {
    char what[96];
    lis_plan plan = {.entries = lis_meetings_bound(lists, rule->top_k)};
    plan.bytes = rule->copies * lis_csr_bytes(lists->items, (int64_t)plan.entries);
    snprintf(what, sizeof what, "%s of %" PRId64 " items", rule->what, lists->items);
    lis_status status = lis_plan_check(&plan, what, rule->cure, rule->max_bytes, err);
    if (status != LIS_ENOMEM || rule->top_k > 0) return status;
    lis_csr shape;
    counting job = {lists, pool};
    LIS_TRY(lis_rows_count(ctx, &shape, lists->items, lists->items, count_row, &job, err));
    plan.entries = (double)shape.nnz;
    plan.bytes = rule->copies * lis_csr_bytes(lists->items, shape.nnz);
    lis_csr_free(&shape);
    return lis_plan_check(&plan, what, rule->cure, rule->max_bytes, err);
}
