#include "user_lists.h"

#include <inttypes.h>
#include <string.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "poll.h"
#include "rows.h"

enum { USERS_PER_SHARD = 512, INSERTION_MAX = 24 };

typedef struct {
    int64_t time; /* the row's number where the log has no times: input order is time order */
    int32_t item;
} visit;

void lis_user_lists_free(lis_user_lists *lists) {
    lis_free(lists->offset);
    lis_free(lists->item);
    lis_free(lists->item_offset);
    lis_free(lists->meeting);
    *lists = (lis_user_lists){0};
}

static inline bool passed_over(const lis_events *events, int64_t k) {
    return (events->keep && !events->keep[k]) || events->user[k] == -1 || events->item[k] == -1;
}

static lis_status check_events(const lis_ctx *ctx, const lis_events *events,
                               const lis_list_rule *rule, lis_error *err) {
    if (events->users < 0 || events->items < 0 || events->users > INT32_MAX ||
        events->items > INT32_MAX)
        return lis_fail(err, LIS_ESHAPE,
                        "%" PRId64 " users and %" PRId64 " items: each must lie in [0, %" PRId32
                        "]",
                        events->users, events->items, INT32_MAX);
    if (rule->max_gap >= 0 && !events->time)
        return lis_fail(err, LIS_EARG, "max_gap needs the events' times: pass `time` too");
    if (rule->max_per_user < 0)
        return lis_fail(err, LIS_EARG, "max_per_user is %" PRId64 "; use 0 for no limit",
                        rule->max_per_user);
    for (int64_t k = 0; k < events->n; k++) {
        int32_t user = events->user[k], item = events->item[k];
        LIS_TRY(lis_poll(ctx, k, err));
        if (user < -1 || user >= events->users)
            return lis_fail(err, LIS_ERANGE,
                            "user id %" PRId32 " of event %" PRId64 " is outside [0, %" PRId64
                            ") (-1 means missing)",
                            user, k, events->users);
        if (item < -1 || item >= events->items)
            return lis_fail(err, LIS_ERANGE,
                            "item id %" PRId32 " of event %" PRId64 " is outside [0, %" PRId64
                            ") (-1 means missing)",
                            item, k, events->items);
    }
    return LIS_OK;
}

/* By time, equal times by item. */
static inline bool before(visit a, visit b) {
    return a.time != b.time ? a.time < b.time : a.item < b.item;
}

static void sift_down(visit *list, int64_t root, int64_t n) {
    visit moving = list[root];
    for (int64_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && before(list[child], list[child + 1])) child++;
        if (!before(moving, list[child])) break;
        list[root] = list[child];
    }
    list[root] = moving;
}

static void sort_heap(visit *list, int64_t n) {
    for (int64_t root = n / 2; root-- > 0;)
        sift_down(list, root, n);
    for (int64_t last = n - 1; last > 0; last--) {
        visit top = list[0];
        list[0] = list[last];
        list[last] = top;
        sift_down(list, 0, last);
    }
}

static void sort_insertion(visit *list, int64_t n) {
    for (int64_t k = 1; k < n; k++) {
        visit moving = list[k];
        int64_t at = k;
        for (; at > 0 && before(moving, list[at - 1]); at--)
            list[at] = list[at - 1];
        list[at] = moving;
    }
}

/* Most lists come sorted, most others are short; heap sort has no bad case for the rest. */
static void sort_visits(visit *list, int64_t n) {
    int64_t sorted = 1;
    while (sorted < n && !before(list[sorted], list[sorted - 1]))
        sorted++;
    if (sorted >= n) return;
    if (n <= INSERTION_MAX)
        sort_insertion(list, n);
    else
        sort_heap(list, n);
}

/* Each item once, ascending. */
static int64_t make_set(visit *list, int64_t n) {
    for (int64_t k = 0; k < n; k++)
        list[k].time = 0;
    sort_visits(list, n);
    int64_t count = 0;
    for (int64_t k = 0; k < n; k++)
        if (k == 0 || list[k].item != list[k - 1].item) list[count++] = list[k];
    return count;
}

/* Everything between the raw events and the finished lists. */
typedef struct {
    visit *visits;   /* grouped by user, tidied to the front of each group */
    int64_t *offset; /* [users + 1] groups of visits */
    int64_t *length; /* [users + 1] entries that stay, at [u + 1] */
    const lis_list_rule *rule;
    lis_user_lists *out;
} grouping;

static lis_status group_by_user(const lis_ctx *ctx, grouping *group, const lis_events *events,
                                lis_error *err) {
    int64_t users = events->users;
    int64_t *offset = group->offset;
    for (int64_t k = 0; k < events->n; k++) {
        LIS_TRY(lis_poll(ctx, k, err));
        if (!passed_over(events, k)) offset[events->user[k] + 1]++;
    }
    lis_counts_to_offsets(offset, users);
    group->visits = lis_alloc((size_t)offset[users], sizeof *group->visits);
    if (!group->visits)
        return lis_fail_nomem(err, "events by user", (double)offset[users] * sizeof(visit));
    for (int64_t k = 0; k < events->n; k++) {
        LIS_TRY(lis_poll(ctx, k, err));
        if (passed_over(events, k)) continue;
        int64_t at = offset[events->user[k]]++;
        group->visits[at] = (visit){events->time ? events->time[k] : k, events->item[k]};
    }
    memmove(offset + 1, offset, (size_t)users * sizeof *offset);
    offset[0] = 0;
    return LIS_OK;
}

/* Orders a user's visits and moves those that stay to the front; returns their number. */
static int64_t tidy_list(const lis_list_rule *rule, visit *list, int64_t n) {
    bool set = rule->distinct && rule->max_gap < 0;
    if (!set || rule->max_per_user > 0) sort_visits(list, n);
    if (rule->max_per_user > 0 && n > rule->max_per_user) {
        memmove(list, list + (n - rule->max_per_user), (size_t)rule->max_per_user * sizeof *list);
        n = rule->max_per_user;
    }
    return set ? make_set(list, n) : n;
}

static lis_status tidy_shard(void *arg, lis_shard shard, lis_error *err) {
    grouping *group = arg;
    for (int64_t u = shard.begin; u < shard.end; u++) {
        int64_t begin = group->offset[u], n = group->offset[u + 1] - begin;
        n = tidy_list(group->rule, group->visits + begin, n);
        if (n > INT32_MAX)
            return lis_fail(err, LIS_ERANGE,
                            "user %" PRId64 " has %" PRId64 " events: set max_per_user", u, n);
        group->length[u + 1] = n;
    }
    return LIS_OK;
}

static lis_status write_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const grouping *group = arg;
    lis_user_lists *out = group->out;
    for (int64_t u = shard.begin; u < shard.end; u++) {
        const visit *from = group->visits + group->offset[u];
        for (int64_t at = out->offset[u]; at < out->offset[u + 1]; at++)
            out->item[at] = from++->item;
    }
    return LIS_OK;
}

static lis_status write_lists(lis_ctx *ctx, grouping *group, lis_error *err) {
    lis_user_lists *out = group->out;
    LIS_TRY(lis_parallel_for(ctx, out->users, USERS_PER_SHARD, tidy_shard, group, err));
    lis_counts_to_offsets(group->length, out->users);
    out->offset = group->length;
    group->length = NULL;
    out->size = out->offset[out->users];
    out->item = lis_alloc((size_t)out->size, sizeof *out->item);
    if (!out->item) return lis_fail_nomem(err, "lists of items by user", 4.0 * (double)out->size);
    return lis_parallel_for(ctx, out->users, USERS_PER_SHARD, write_shard, group, err);
}

/* Deals the entries of one list to their items. Where the rule has a gap, `first` and `last` are the
 * two ends of a window that only moves forward; unsigned differences cannot overflow, whatever the
 * times. */
static void deal_list(grouping *group, int64_t user) {
    lis_user_lists *out = group->out;
    const visit *list = group->visits + group->offset[user];
    int64_t begin = out->offset[user], n = out->offset[user + 1] - begin;
    bool windowed = group->rule->max_gap >= 0;
    uint64_t gap = (uint64_t)group->rule->max_gap;
    int64_t first = 0, last = windowed ? 0 : n;
    for (int64_t k = 0; k < n; k++) {
        if (windowed) {
            uint64_t now = (uint64_t)list[k].time;
            while (now - (uint64_t)list[first].time > gap)
                first++;
            while (last < n && (last <= k || (uint64_t)list[last].time - now <= gap))
                last++;
        }
        int64_t at = out->item_offset[list[k].item]++;
        out->meeting[at] = (lis_meeting){begin + first, (int32_t)(last - first), (int32_t)user};
    }
}

static lis_status deal_to_items(const lis_ctx *ctx, grouping *group, lis_error *err) {
    lis_user_lists *out = group->out;
    int64_t *offset = lis_calloc((size_t)out->items + 1, sizeof *offset);
    out->item_offset = offset;
    out->meeting = lis_alloc((size_t)out->size, sizeof *out->meeting);
    if (!offset || !out->meeting)
        return lis_fail_nomem(err, "lists of users by item",
                              8.0 * (double)out->items + 16.0 * (double)out->size);
    for (int64_t p = 0; p < out->size; p++) {
        LIS_TRY(lis_poll(ctx, p, err));
        offset[out->item[p] + 1]++;
    }
    lis_counts_to_offsets(offset, out->items);
    for (int64_t u = 0, dealt = 0; u < out->users; u++) {
        int64_t next = dealt + out->offset[u + 1] - out->offset[u];
        bool due = u == 0 || dealt / LIS_POLL_STEPS != next / LIS_POLL_STEPS;
        if (due) LIS_TRY(lis_poll(ctx, 0, err));
        dealt = next;
        deal_list(group, u);
    }
    memmove(offset + 1, offset, (size_t)out->items * sizeof *offset);
    offset[0] = 0;
    return LIS_OK;
}

lis_status lis_user_lists_make(lis_ctx *ctx, lis_user_lists *out, const lis_events *events,
                               const lis_list_rule *rule, lis_error *err) {
    *out = (lis_user_lists){0};
    LIS_TRY(check_events(ctx, events, rule, err));
    out->users = events->users;
    out->items = events->items;
    size_t slots = (size_t)events->users + 1;
    grouping group = {.offset = lis_calloc(slots, sizeof(int64_t)),
                      .length = lis_calloc(slots, sizeof(int64_t)),
                      .rule = rule,
                      .out = out};
    lis_status status = LIS_OK;
    if (!group.offset || !group.length)
        status = lis_fail_nomem(err, "user offsets", 16.0 * (double)slots);
    if (status == LIS_OK) status = group_by_user(ctx, &group, events, err);
    if (status == LIS_OK) status = write_lists(ctx, &group, err);
    if (status == LIS_OK) status = deal_to_items(ctx, &group, err);
    lis_free(group.offset);
    lis_free(group.length);
    lis_free(group.visits);
    if (status != LIS_OK) lis_user_lists_free(out);
    return status;
}
