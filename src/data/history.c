#include "lis/data/history.h"

#include <stdbool.h>
#include <string.h>

#include "history_draft.h"
#include "lis/base/mem.h"
#include "lis/base/parallel.h"

enum { USERS_A_SHARD = 512, ROWS_A_SHARD = 16384, RUN = 16 };

typedef struct event {
    int64_t time;
    int32_t item;
} event;

typedef struct builder {
    lis_history_draft draft;
    int64_t *first; /* [users + 1] user u's events are event[first[u] .. first[u + 1]) */
    event *event;   /* [events] */
} builder;

/* ---- checks ---- */

static lis_status bad_value(lis_error *err, const char *argument, int64_t row, int64_t value,
                            int64_t limit) {
    return lis_fail(err, LIS_ERANGE,
                    "history: %s[%lld] is %lld, wanted -1 (none) or a value in [0, %lld)", argument,
                    (long long)row, (long long)value, (long long)limit);
}

static lis_status check_rows(const lis_history_source *source, lis_error *err) {
    for (int64_t r = 0; r < source->rows; r++) {
        if (source->user[r] < -1 || source->user[r] >= source->users)
            return bad_value(err, "user", r, source->user[r], source->users);
        if (source->item[r] < -1) return bad_value(err, "item", r, source->item[r], INT32_MAX);
        if (source->seed && (source->seed[r] < -1 || source->seed[r] >= source->seeds))
            return bad_value(err, "seed", r, source->seed[r], source->seeds);
    }
    return LIS_OK;
}

static lis_status check_seeds(const lis_history_source *source, lis_error *err) {
    if (!source->seed) return LIS_OK;
    const int64_t *offset = source->seed_offset;
    if (offset[0] != 0)
        return lis_fail(err, LIS_EARG, "history: seed_offset[0] is %lld, wanted 0",
                        (long long)offset[0]);
    for (int64_t k = 0; k < source->seeds; k++)
        if (offset[k + 1] < offset[k])
            return lis_fail(err, LIS_EARG,
                            "history: seed_offset descends from %lld to %lld at list %lld",
                            (long long)offset[k], (long long)offset[k + 1], (long long)k);
    for (int64_t k = 0; k < offset[source->seeds]; k++)
        if (source->seed_item[k] < 0)
            return lis_fail(err, LIS_ERANGE, "history: seed_item[%lld] is %lld, wanted 0 or more",
                            (long long)k, (long long)source->seed_item[k]);
    return LIS_OK;
}

/* ---- events, user by user ---- */

static bool is_event(const lis_history_source *source, int64_t r) {
    return source->user[r] >= 0 && source->item[r] >= 0 && (!source->engaged || source->engaged[r]);
}

/* Counting sort by user: first[] is used as a cursor and moved back afterwards. */
static lis_status gather_events(builder *b, lis_error *err) {
    const lis_history_source *source = b->draft.source;
    b->first = lis_calloc((size_t)source->users + 1, sizeof *b->first);
    if (!b->first) return lis_fail_nomem(err, "history: users", (double)source->users * 8);
    for (int64_t r = 0; r < source->rows; r++)
        if (is_event(source, r)) b->first[source->user[r] + 1]++;
    for (int64_t u = 0; u < source->users; u++)
        b->first[u + 1] += b->first[u];
    b->draft.events = b->first[source->users];
    b->event = lis_alloc((size_t)b->draft.events, sizeof *b->event);
    if (!b->event) return lis_fail_nomem(err, "history: events", (double)b->draft.events * 16);
    for (int64_t r = 0; r < source->rows; r++)
        if (is_event(source, r))
            b->event[b->first[source->user[r]]++] =
                (event){.time = source->time[r], .item = source->item[r]};
    memmove(b->first + 1, b->first, (size_t)source->users * sizeof *b->first);
    b->first[0] = 0;
    return LIS_OK;
}

/* Both keep events of one time in their order. */
static void insertion_sort(event *at, int64_t n) {
    for (int64_t i = 1; i < n; i++) {
        event moving = at[i];
        int64_t j = i;
        for (; j > 0 && at[j - 1].time > moving.time; j--)
            at[j] = at[j - 1];
        at[j] = moving;
    }
}

static void merge_sort(event *at, event *scratch, int64_t n) {
    if (n <= RUN) {
        insertion_sort(at, n);
        return;
    }
    int64_t half = n / 2;
    merge_sort(at, scratch, half);
    merge_sort(at + half, scratch, n - half);
    memcpy(scratch, at, (size_t)half * sizeof *at);
    int64_t left = 0, right = half, out = 0;
    while (left < half && right < n)
        at[out++] = at[right].time < scratch[left].time ? at[right++] : scratch[left++];
    memcpy(at + out, scratch + left, (size_t)(half - left) * sizeof *at);
}

static bool in_order(const event *at, int64_t n) {
    for (int64_t i = 1; i < n; i++)
        if (at[i].time < at[i - 1].time) return false;
    return true;
}

/* Most logs are written in order of time, and then nothing is sorted or allocated. */
static lis_status sort_users(void *arg, lis_shard shard, lis_error *err) {
    builder *b = arg;
    event *scratch = NULL;
    int64_t room = 0;
    lis_status status = LIS_OK;
    for (int64_t u = shard.begin; u < shard.end && status == LIS_OK; u++) {
        event *at = b->event + b->first[u];
        int64_t n = b->first[u + 1] - b->first[u];
        if (in_order(at, n)) continue;
        if (n / 2 > room) {
            lis_free(scratch);
            room = n;
            scratch = lis_alloc((size_t)room, sizeof *scratch);
            if (!scratch) status = lis_fail_nomem(err, "history: sorting", (double)room * 16);
        }
        if (status == LIS_OK) merge_sort(at, scratch, n);
    }
    lis_free(scratch);
    return status;
}

static lis_status copy_items(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    builder *b = arg;
    for (int64_t k = shard.begin; k < shard.end; k++)
        b->draft.item[k] = b->event[k].item;
    return LIS_OK;
}

/* ---- windows ---- */

/* Number of events whose time is strictly earlier. */
static int64_t earlier(const event *at, int64_t n, int64_t time) {
    int64_t low = 0;
    while (n > 0) {
        int64_t half = n / 2;
        if (at[low + half].time < time) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low;
}

static lis_status find_windows(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    builder *b = arg;
    const lis_history_source *source = b->draft.source;
    for (int64_t r = shard.begin; r < shard.end; r++) {
        int32_t user = source->user[r];
        int64_t begin = user < 0 ? 0 : b->first[user];
        int64_t n = user < 0 ? 0 : b->first[user + 1] - begin;
        b->draft.begin[r] = begin;
        b->draft.end[r] = begin + earlier(b->event + begin, n, source->time[r]);
    }
    return LIS_OK;
}

static lis_status build(lis_ctx *ctx, builder *b, lis_error *err) {
    lis_history_draft *draft = &b->draft;
    const lis_history_source *source = draft->source;
    LIS_TRY(check_seeds(source, err));
    LIS_TRY(check_rows(source, err));
    LIS_TRY(gather_events(b, err));
    draft->item = lis_alloc((size_t)draft->events, sizeof *draft->item);
    draft->begin = lis_alloc((size_t)source->rows, sizeof *draft->begin);
    draft->end = lis_alloc((size_t)source->rows, sizeof *draft->end);
    if (!draft->item || !draft->begin || !draft->end)
        return lis_fail_nomem(err, "history",
                              (double)draft->events * 4 + (double)source->rows * 16);
    LIS_TRY(lis_parallel_for(ctx, source->users, USERS_A_SHARD, sort_users, b, err));
    LIS_TRY(lis_parallel_for(ctx, draft->events, ROWS_A_SHARD, copy_items, b, err));
    LIS_TRY(lis_parallel_for(ctx, source->rows, ROWS_A_SHARD, find_windows, b, err));
    return source->seed ? lis_history_add_seeds(draft, err) : LIS_OK;
}

lis_status lis_history_new(lis_ctx *ctx, lis_history *out, const lis_history_source *source,
                           lis_error *err) {
    *out = (lis_history){0};
    builder b = {.draft = {.source = source}};
    lis_status status = build(ctx, &b, err);
    lis_free(b.first);
    lis_free(b.event);
    *out = (lis_history){.rows = source->rows,
                         .events = b.draft.events,
                         .item = b.draft.item,
                         .begin = b.draft.begin,
                         .end = b.draft.end};
    if (status != LIS_OK) lis_history_free(out);
    return status;
}

void lis_history_free(lis_history *history) {
    lis_free((void *)history->item);
    lis_free((void *)history->begin);
    lis_free((void *)history->end);
    *history = (lis_history){0};
}

void lis_history_lengths(const lis_history *history, int64_t max, int32_t *length) {
    for (int64_t r = 0; r < history->rows; r++) {
        int64_t n = history->end[r] - history->begin[r];
        n = n < max ? n : max;
        length[r] = n < INT32_MAX ? (int32_t)n : INT32_MAX;
    }
}
