#include "lis/sparse/swing.h"

#include <inttypes.h>
#include <math.h>

#include "accumulator.h"
#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "lis/base/rng.h"
#include "meetings.h"
#include "rows.h"
#include "user_lists.h"

enum { ITEMS_PER_SHARD = 64 };

/* What one worker needs besides its accumulator. */
typedef struct {
    uint8_t *mark;   /* [items] of the first user: 1 has it, 2 and its item listens to the user */
    int32_t *common; /* [longest list] items that both users vote for */
    int32_t *user;   /* [most users of an item] */
    float *key;      /* the same, negated, while thresholds are found */
} bench;

typedef struct {
    const lis_swing_options *options;
    lis_user_lists lists;
    lis_accumulator *pool;
    bench *benches; /* one a worker */
    float *key;     /* [users] the random number of each */
    float *reach;   /* [items] the largest key that the item listens to */
} swing;

lis_swing_options lis_swing_defaults(void) {
    return (lis_swing_options){.alpha = 1, .max_users = 500};
}

static lis_status check_swing(const lis_swing_options *options, lis_error *err) {
    if (!(options->alpha >= 0) || !isfinite(options->alpha))
        return lis_fail(err, LIS_EARG, "swing: alpha is %g; it must be 0 or more", options->alpha);
    if (options->max_users < 0 || options->top_k < 0)
        return lis_fail(err, LIS_EARG,
                        "swing: max_users %" PRId64 " and top_k %" PRId64
                        " cannot be negative; use 0 for no limit",
                        options->max_users, options->top_k);
    return LIS_OK;
}

static int64_t longest(const int64_t *offset, int64_t n) {
    int64_t most = 0;
    for (int64_t k = 0; k < n; k++)
        if (offset[k + 1] - offset[k] > most) most = offset[k + 1] - offset[k];
    return most;
}

static void swing_free(swing *job, const lis_ctx *ctx) {
    lis_user_lists_free(&job->lists);
    lis_accumulators_free(job->pool, ctx);
    for (int w = 0; job->benches && w < ctx->threads; w++) {
        lis_free(job->benches[w].mark);
        lis_free(job->benches[w].common);
        lis_free(job->benches[w].user);
        lis_free(job->benches[w].key);
    }
    lis_free(job->benches);
    lis_free(job->key);
    lis_free(job->reach);
}

static lis_status take_benches(swing *job, const lis_ctx *ctx, lis_error *err) {
    size_t items = (size_t)job->lists.items;
    size_t list = (size_t)longest(job->lists.offset, job->lists.users);
    size_t users = (size_t)longest(job->lists.item_offset, job->lists.items);
    double bytes =
        (double)ctx->threads * ((double)items + 4.0 * (double)list + 8.0 * (double)users);
    job->benches = lis_calloc((size_t)ctx->threads, sizeof *job->benches);
    if (!job->benches) return lis_fail_nomem(err, "swing", bytes);
    for (int w = 0; w < ctx->threads; w++) {
        bench *b = &job->benches[w];
        b->mark = lis_calloc(items, sizeof *b->mark);
        b->common = lis_alloc(list, sizeof *b->common);
        b->user = lis_alloc(users, sizeof *b->user);
        b->key = lis_alloc(users, sizeof *b->key);
        if (!b->mark || !b->common || !b->user || !b->key)
            return lis_fail_nomem(err, "swing", bytes);
    }
    return LIS_OK;
}

/* The max_users smallest keys of each item: reach is the largest of them. */
static lis_status reach_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const swing *job = arg;
    const lis_user_lists *lists = &job->lists;
    bench *b = &job->benches[shard.worker];
    for (int64_t i = shard.begin; i < shard.end; i++) {
        const lis_meeting *meeting = lists->meeting + lists->item_offset[i];
        int64_t n = lists->item_offset[i + 1] - lists->item_offset[i];
        job->reach[i] = INFINITY;
        if (job->options->max_users == 0 || n <= job->options->max_users) continue;
        for (int64_t k = 0; k < n; k++) {
            b->user[k] = meeting[k].user;
            b->key[k] = -job->key[meeting[k].user];
        }
        n = lis_row_top(b->user, b->key, b->user, b->key, n, job->options->max_users);
        job->reach[i] = -b->key[0];
        for (int64_t k = 1; k < n; k++)
            job->reach[i] = fmaxf(job->reach[i], -b->key[k]);
    }
    return LIS_OK;
}

static lis_status swing_prepare(lis_ctx *ctx, swing *job, const lis_events *events,
                                lis_error *err) {
    LIS_TRY(check_swing(job->options, err));
    lis_list_rule rule = {job->options->max_per_user, -1, true};
    LIS_TRY(lis_user_lists_make(ctx, &job->lists, events, &rule, err));
    LIS_TRY(lis_accumulators_new(&job->pool, ctx, events->items, err));
    LIS_TRY(take_benches(job, ctx, err));
    job->key = lis_alloc((size_t)events->users, sizeof *job->key);
    job->reach = lis_alloc((size_t)events->items, sizeof *job->reach);
    if (!job->key || !job->reach)
        return lis_fail_nomem(err, "swing", 4.0 * (double)(events->users + events->items));
    for (int64_t u = 0; u < events->users; u++) /* 24 bits: exact in f32 */
        job->key[u] = (float)(lis_rng_hash(job->options->seed, "swing", (uint64_t)u) >> 40);
    return lis_parallel_for(ctx, events->items, ITEMS_PER_SHARD, reach_shard, job, err);
}

static inline bool listens(const swing *job, int32_t item, int32_t user) {
    return job->key[user] <= job->reach[item];
}

/* Adds what the pair {first, second} says; first's items are marked in the bench. */
static void add_pair(const swing *job, const bench *b, lis_accumulator *acc, int32_t first,
                     int32_t second) {
    const int64_t *offset = job->lists.offset;
    int64_t overlap = 0, votes = 0;
    for (int64_t q = offset[second]; q < offset[second + 1]; q++) {
        int32_t item = job->lists.item[q];
        overlap += b->mark[item] != 0;
        b->common[votes] = item;
        votes += b->mark[item] == 2 && listens(job, item, second);
    }
    if (votes < 2) return;
    double lengths =
        (double)(offset[first + 1] - offset[first]) * (double)(offset[second + 1] - offset[second]);
    double weight = 1 / (sqrt(lengths) * (job->options->alpha + (double)overlap));
    for (int64_t k = 0; k < votes; k++)
        lis_accumulator_add(acc, b->common[k], weight);
}

/* Row i of S: every pair of the users that item i listens to. */
static int64_t swing_row(void *arg, int64_t row, int worker, int32_t *column, float *value) {
    const swing *job = arg;
    const lis_user_lists *lists = &job->lists;
    lis_accumulator *acc = &job->pool[worker];
    bench *b = &job->benches[worker];
    int64_t users = 0;
    for (int64_t k = lists->item_offset[row]; k < lists->item_offset[row + 1]; k++)
        if (listens(job, (int32_t)row, lists->meeting[k].user))
            b->user[users++] = lists->meeting[k].user;
    for (int64_t first = 0; first + 1 < users; first++) {
        int32_t u = b->user[first];
        for (int64_t p = lists->offset[u]; p < lists->offset[u + 1]; p++)
            b->mark[lists->item[p]] = listens(job, lists->item[p], u) ? 2 : 1;
        for (int64_t second = first + 1; second < users; second++)
            add_pair(job, b, acc, u, b->user[second]);
        for (int64_t p = lists->offset[u]; p < lists->offset[u + 1]; p++)
            b->mark[lists->item[p]] = 0;
    }
    return lis_accumulator_drain(acc, row, 0, column, value);
}

lis_status lis_swing_build(lis_ctx *ctx, lis_csr *out, const lis_events *events,
                           const lis_swing_options *options, lis_error *err) {
    *out = (lis_csr){0};
    swing job = {.options = options};
    lis_status status = swing_prepare(ctx, &job, events, err);
    lis_meetings_rule rule = {"Swing",
                              "set top_k or lower it, lower max_per_user, keep fewer rows (keep)",
                              options->top_k, 2, 0};
    if (status == LIS_OK) status = lis_meetings_check(ctx, &job.lists, job.pool, &rule, err);
    if (status == LIS_OK)
        status = lis_rows_collect(ctx, out, events->items, events->items, options->top_k, swing_row,
                                  &job, err);
    swing_free(&job, ctx);
    return status;
}
