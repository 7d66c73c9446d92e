#include "lis/sparse/cooc.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "accumulator.h"
#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "meetings.h"
#include "rows.h"
#include "user_lists.h"

enum {
    WEIGHTS_PER_SHARD = 512,
    LOOK_AHEAD = 8, /* meetings: lists lie scattered, so their lines are asked for early */
};

/* Which items of the current (row item, user) were counted already: one array a worker. */
typedef struct {
    int64_t *stamp; /* [items] */
    int64_t now;
} once_only;

typedef struct {
    const lis_cooc_options *options;
    lis_user_lists lists;
    lis_accumulator *pool; /* one a worker */
    once_only *once;       /* one a worker; NULL where a list holds no item twice or all count */
    double *weight;        /* [users]; NULL: all 1 */
} cooc;

lis_cooc_options lis_cooc_defaults(void) {
    return (lis_cooc_options){.max_gap = -1, .distinct = true};
}

static lis_list_rule rule_of(const lis_cooc_options *options) {
    return (lis_list_rule){options->max_per_user, options->max_gap, options->distinct};
}

static void cooc_free(cooc *job, const lis_ctx *ctx) {
    lis_user_lists_free(&job->lists);
    lis_accumulators_free(job->pool, ctx);
    for (int w = 0; job->once && w < ctx->threads; w++)
        lis_free(job->once[w].stamp);
    lis_free(job->once);
    lis_free(job->weight);
}

static lis_status once_new(cooc *job, const lis_ctx *ctx, lis_error *err) {
    double bytes = 8.0 * (double)ctx->threads * (double)job->lists.items;
    job->once = lis_calloc((size_t)ctx->threads, sizeof *job->once);
    if (!job->once) return lis_fail_nomem(err, "marks of counted items", bytes);
    for (int w = 0; w < ctx->threads; w++) {
        job->once[w].stamp = lis_calloc((size_t)job->lists.items, sizeof(int64_t));
        if (!job->once[w].stamp) return lis_fail_nomem(err, "marks of counted items", bytes);
    }
    return LIS_OK;
}

/* n(u) of the header: entries of the list, or its different items. */
static int64_t activity(const cooc *job, int64_t user, once_only *once) {
    const lis_user_lists *lists = &job->lists;
    if (!once) return lists->offset[user + 1] - lists->offset[user];
    int64_t count = 0;
    once->now++;
    for (int64_t p = lists->offset[user]; p < lists->offset[user + 1]; p++) {
        int64_t *stamp = &once->stamp[lists->item[p]];
        count += *stamp != once->now;
        *stamp = once->now;
    }
    return count;
}

static lis_status weigh_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const cooc *job = arg;
    once_only *once = job->once ? &job->once[shard.worker] : NULL;
    for (int64_t u = shard.begin; u < shard.end; u++) {
        double n = (double)activity(job, u, once);
        if (n < 2)
            job->weight[u] = 1; /* no pairs to weigh */
        else if (job->options->discount == LIS_DISCOUNT_LOG)
            job->weight[u] = 1 / log2(2 + n);
        else
            job->weight[u] = 1 / (n - 1);
    }
    return LIS_OK;
}

static lis_status cooc_prepare(lis_ctx *ctx, cooc *job, const lis_events *events, lis_error *err) {
    const lis_cooc_options *options = job->options;
    if (!(options->min_support >= 0))
        return lis_fail(err, LIS_EARG, "min_support is %g; it must be 0 or more",
                        options->min_support);
    if (options->top_k < 0)
        return lis_fail(err, LIS_EARG, "top_k is %" PRId64 "; use 0 for all", options->top_k);
    lis_list_rule rule = rule_of(options);
    LIS_TRY(lis_user_lists_make(ctx, &job->lists, events, &rule, err));
    LIS_TRY(lis_accumulators_new(&job->pool, ctx, events->items, err));
    if (options->distinct && options->max_gap >= 0) LIS_TRY(once_new(job, ctx, err));
    if (options->discount == LIS_DISCOUNT_NONE) return LIS_OK;
    job->weight = lis_alloc((size_t)events->users, sizeof *job->weight);
    if (!job->weight) return lis_fail_nomem(err, "user weights", 8.0 * (double)events->users);
    return lis_parallel_for(ctx, events->users, WEIGHTS_PER_SHARD, weigh_shard, job, err);
}

static void add_all(lis_accumulator *accumulator, const int32_t *item, int64_t n, double weight) {
    lis_accumulator acc = *accumulator; /* its byte stores may alias the original, not this copy */
    for (int64_t k = 0; k < n; k++)
        lis_accumulator_add(&acc, item[k], weight);
}

static void add_once(lis_accumulator *acc, const int32_t *item, int64_t n, double weight,
                     once_only *once) {
    for (int64_t k = 0; k < n; k++) {
        if (once->stamp[item[k]] == once->now) continue;
        once->stamp[item[k]] = once->now;
        lis_accumulator_add(acc, item[k], weight);
    }
}

/* Row i of C. The row's own item is added like any other and left out when the row is drained. */
static int64_t cooc_row(void *arg, int64_t row, int worker, int32_t *column, float *value) {
    const cooc *job = arg;
    const lis_user_lists *lists = &job->lists;
    lis_accumulator *acc = &job->pool[worker];
    if (!column && job->options->min_support == 0) return lis_meetings_count(lists, row, acc);
    once_only *once = job->once ? &job->once[worker] : NULL;
    int32_t last_user = -1;
    int64_t end = lists->item_offset[row + 1];
    for (int64_t k = lists->item_offset[row]; k < end; k++) {
        if (k + LOOK_AHEAD < end) lis_meeting_fetch(lists, k + LOOK_AHEAD);
        lis_meeting meeting = lists->meeting[k];
        const int32_t *item = lists->item + meeting.begin;
        double weight = job->weight ? job->weight[meeting.user] : 1;
        if (!once) {
            add_all(acc, item, meeting.length, weight);
            continue;
        }
        if (meeting.user != last_user) once->now++;
        last_user = meeting.user;
        add_once(acc, item, meeting.length, weight, once);
    }
    return lis_accumulator_drain(acc, row, job->options->min_support, column, value);
}

static const char cure[] = "set top_k or lower it, lower max_per_user or max_gap, raise "
                           "min_support, keep fewer rows (keep)";

static lis_status build_all(lis_ctx *ctx, lis_csr *out, cooc *job, lis_error *err) {
    char what[64];
    int64_t items = job->lists.items;
    LIS_TRY(lis_rows_count(ctx, out, items, items, cooc_row, job, err));
    lis_plan plan = {(double)out->nnz, lis_csr_bytes(items, out->nnz)};
    snprintf(what, sizeof what, "co-occurrence of %" PRId64 " items", items);
    lis_status status = lis_plan_check(&plan, what, cure, job->options->max_bytes, err);
    if (status == LIS_OK) return lis_rows_fill(ctx, out, cooc_row, job, err);
    lis_csr_free(out);
    return status;
}

static lis_status build_top(lis_ctx *ctx, lis_csr *out, cooc *job, lis_error *err) {
    int64_t items = job->lists.items, k = job->options->top_k;
    lis_meetings_rule rule = {"co-occurrence", cure, k, 1, job->options->max_bytes};
    LIS_TRY(lis_meetings_check(ctx, &job->lists, job->pool, &rule, err));
    return lis_rows_collect(ctx, out, items, items, k, cooc_row, job, err);
}

lis_status lis_cooc_build(lis_ctx *ctx, lis_csr *out, const lis_events *events,
                          const lis_cooc_options *options, lis_error *err) {
    *out = (lis_csr){0};
    cooc job = {.options = options};
    lis_status status = cooc_prepare(ctx, &job, events, err);
    if (status == LIS_OK)
        status =
            options->top_k > 0 ? build_top(ctx, out, &job, err) : build_all(ctx, out, &job, err);
    cooc_free(&job, ctx);
    return status;
}

lis_status lis_cooc_predict(lis_ctx *ctx, lis_cooc_plan *plan, const lis_events *events,
                            const lis_cooc_options *options, lis_error *err) {
    *plan = (lis_cooc_plan){0};
    lis_user_lists lists;
    lis_list_rule rule = rule_of(options);
    LIS_TRY(lis_user_lists_make(ctx, &lists, events, &rule, err));
    plan->events = lists.size;
    plan->entries = lis_meetings_bound(&lists, options->top_k);
    for (int64_t k = 0; k < lists.size; k++)
        plan->additions += lists.meeting[k].length;
    double scratch = 36.0 * (double)events->n + 24.0 * (double)lists.users +
                     (16.0 + 17.0 * ctx->threads) * (double)lists.items;
    plan->bytes = lis_csr_bytes(lists.items, 0) + 8.0 * plan->entries + scratch;
    lis_user_lists_free(&lists);
    return LIS_OK;
}
