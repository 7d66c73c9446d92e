#include "lis/data/history_stream.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "lis/base/mem.h"

struct lis_history_stream {
    int64_t users, max;
    int32_t *kept;   /* [users, max] latest items, oldest first, at the front of each row */
    int32_t *length; /* [users] how many are kept */
    int32_t *place;  /* [users] 1 + the user's number within the block at hand; 0 between blocks */
    int64_t last;    /* time of the last row */
    bool begun;
};

/* A user of the block. Its items lie end to end: those kept from before, then those of the block. */
typedef struct member {
    int32_t user;
    int32_t filled;  /* events of the block so far */
    int32_t visible; /* of them, strictly earlier than `time` */
    int32_t events;  /* in all of the block */
    int64_t time;    /* of its latest row */
    int64_t begin;   /* where its items begin */
} member;

typedef struct block {
    const lis_history_source *source;
    member *member; /* in order of appearance */
    int64_t members, room;
    int32_t *item;
    int64_t *begin, *end;
    int64_t events;
} block;

lis_status lis_history_stream_new(lis_history_stream **out, int64_t users, int64_t max,
                                  lis_error *err) {
    *out = NULL;
    if (users < 0 || users > INT32_MAX || max < 1 || max > INT32_MAX / 2)
        return lis_fail(err, LIS_EARG,
                        "a history stream of %" PRId64 " users and %" PRId64
                        " items each: wanted users in [0, 2^31) and 1 to 2^30 items",
                        users, max);
    lis_history_stream *stream = lis_calloc(1, sizeof *stream);
    if (!stream) return lis_fail_nomem(err, "a history stream", (double)sizeof *stream);
    stream->users = users;
    stream->max = max;
    stream->kept = lis_calloc((size_t)users * (size_t)max, sizeof *stream->kept);
    stream->length = lis_calloc((size_t)users, sizeof *stream->length);
    stream->place = lis_calloc((size_t)users, sizeof *stream->place);
    *out = stream;
    if (stream->kept && stream->length && stream->place) return LIS_OK;
    lis_history_stream_free(stream);
    *out = NULL;
    return lis_fail_nomem(err, "a history stream's users", (double)users * (4.0 * (double)max + 8));
}

void lis_history_stream_free(lis_history_stream *stream) {
    if (!stream) return;
    lis_free(stream->kept);
    lis_free(stream->length);
    lis_free(stream->place);
    lis_free(stream);
}

/* ---- checks */

static lis_status bad_code(const char *argument, int64_t row, int32_t value, int64_t limit,
                           lis_error *err) {
    return lis_fail(err, LIS_ERANGE,
                    "history stream: %s[%" PRId64 "] is %" PRId32 ", wanted -1 (none) or a value "
                    "in [0, %" PRId64 ")",
                    argument, row, value, limit);
}

static lis_status check_rows(const lis_history_stream *stream, const lis_history_source *source,
                             lis_error *err) {
    if (source->rows > INT32_MAX)
        return lis_fail(err, LIS_EARG, "history stream: a block has at most 2^31 - 1 rows");
    for (int64_t r = 0; r < source->rows; r++) {
        if (source->user[r] < -1 || source->user[r] >= stream->users)
            return bad_code("user", r, source->user[r], stream->users, err);
        if (source->item[r] < -1) return bad_code("item", r, source->item[r], INT32_MAX, err);
        if (r > 0 && source->time[r] < source->time[r - 1])
            return lis_fail(err, LIS_EARG,
                            "history stream: time[%" PRId64 "] is %" PRId64
                            ", earlier than the row before it: rows come in order of time",
                            r, source->time[r]);
    }
    if (stream->begun && source->rows > 0 && source->time[0] <= stream->last)
        return lis_fail(err, LIS_EARG,
                        "history stream: a block begins at time %" PRId64
                        ", the one before ended at %" PRId64
                        ": it must begin later, as rows of one time belong together",
                        source->time[0], stream->last);
    return LIS_OK;
}

/* ---- a block */

static bool is_event(const lis_history_source *source, int64_t r) {
    return source->item[r] >= 0 && (!source->engaged || source->engaged[r]);
}

static lis_status add_member(lis_history_stream *stream, block *b, int32_t user, lis_error *err) {
    if (b->members == b->room) {
        int64_t room = b->room ? 2 * b->room : 1024;
        member *grown = lis_realloc(b->member, (size_t)room, sizeof *grown);
        if (!grown) return lis_fail_nomem(err, "a block's users", (double)room * sizeof *grown);
        b->member = grown;
        b->room = room;
    }
    b->member[b->members++] = (member){.user = user, .time = INT64_MIN};
    stream->place[user] = (int32_t)b->members;
    return LIS_OK;
}

/* Who is in the block, with how many events; where everybody's items will lie. */
static lis_status find_members(lis_history_stream *stream, block *b, lis_error *err) {
    for (int64_t r = 0; r < b->source->rows; r++) {
        int32_t user = b->source->user[r];
        if (user < 0) continue;
        if (stream->place[user] == 0) LIS_TRY(add_member(stream, b, user, err));
        b->member[stream->place[user] - 1].events += is_event(b->source, r);
    }
    for (int64_t m = 0; m < b->members; m++) {
        b->member[m].begin = b->events;
        b->events += stream->length[b->member[m].user] + b->member[m].events;
    }
    return LIS_OK;
}

static lis_status allocate(block *b, bool windows, lis_error *err) {
    b->item = lis_alloc((size_t)b->events, sizeof *b->item);
    if (windows) {
        b->begin = lis_alloc((size_t)b->source->rows, sizeof *b->begin);
        b->end = lis_alloc((size_t)b->source->rows, sizeof *b->end);
    }
    if (b->item && (!windows || (b->begin && b->end))) return LIS_OK;
    return lis_fail_nomem(err, "a block's histories",
                          (double)b->events * 4 + (double)b->source->rows * 16);
}

/* One walk in order of time: a row looks first, and is seen afterwards. */
static void walk(const lis_history_stream *stream, block *b) {
    const lis_history_source *source = b->source;
    for (int64_t m = 0; m < b->members; m++) {
        int32_t user = b->member[m].user;
        memcpy(b->item + b->member[m].begin, stream->kept + (int64_t)user * stream->max,
               (size_t)stream->length[user] * sizeof *b->item);
    }
    for (int64_t r = 0; r < source->rows; r++) {
        int32_t user = source->user[r];
        if (user < 0) {
            if (b->begin) b->begin[r] = b->end[r] = 0;
            continue;
        }
        member *m = &b->member[stream->place[user] - 1];
        int64_t before = m->begin + stream->length[user];
        if (source->time[r] != m->time) m->visible = m->filled;
        m->time = source->time[r];
        if (b->begin) {
            b->begin[r] = m->begin;
            b->end[r] = before + m->visible;
        }
        if (is_event(source, r)) b->item[before + m->filled++] = source->item[r];
    }
}

static void keep_latest(lis_history_stream *stream, const block *b) {
    for (int64_t m = 0; m < b->members; m++) {
        int32_t user = b->member[m].user;
        int64_t have = (int64_t)stream->length[user] + b->member[m].events;
        int64_t keep = have < stream->max ? have : stream->max;
        memcpy(stream->kept + (int64_t)user * stream->max,
               b->item + b->member[m].begin + have - keep, (size_t)keep * sizeof *b->item);
        stream->length[user] = (int32_t)keep;
    }
    if (b->source->rows == 0) return;
    stream->last = b->source->time[b->source->rows - 1];
    stream->begun = true;
}

lis_status lis_history_stream_next(lis_history_stream *stream, lis_history *out,
                                   const lis_history_source *source, lis_error *err) {
    if (out) *out = (lis_history){0};
    LIS_TRY(check_rows(stream, source, err));
    block b = {.source = source};
    lis_status status = find_members(stream, &b, err);
    if (status == LIS_OK) status = allocate(&b, out != NULL, err);
    if (status == LIS_OK) {
        walk(stream, &b);
        keep_latest(stream, &b);
    }
    for (int64_t m = 0; m < b.members; m++)
        stream->place[b.member[m].user] = 0;
    lis_free(b.member);
    lis_history made = {
        .rows = source->rows, .events = b.events, .item = b.item, .begin = b.begin, .end = b.end};
    if (out && status == LIS_OK)
        *out = made;
    else
        lis_history_free(&made);
    return status;
}
