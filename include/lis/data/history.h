/* Histories "as of": what a user had engaged with strictly before each row of a log.
 *
 * Row r sees the items of its user's engaged rows whose time is strictly earlier than its own, oldest
 * first. Rows that share a timestamp never see each other, so the candidates of one impression, or
 * twenty ratings stored with one second, leak nothing among themselves. Rows may come in any order.
 *
 * The index is one array of items, user after user in time order, and a window per row into it:
 * memory O(rows + events), however long the histories are. A cap on the length is applied when
 * reading: the latest `max` items of [begin, end).
 *
 * Seeds are histories from before the log began, as the clicked-news column of MIND: each row may
 * name one list of items that stands before everything its user does in the log. */
#ifndef LIS_DATA_HISTORY_H
#define LIS_DATA_HISTORY_H

#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"

typedef struct lis_history {
    int64_t rows;         /* rows of the log */
    int64_t events;       /* length of item */
    const int32_t *item;  /* [events] item codes, >= 0; owned */
    const int64_t *begin; /* [rows] row r sees item[begin[r] .. end[r]); owned */
    const int64_t *end;   /* [rows] owned */
} lis_history;

/* What a history is made from; every array is borrowed for the call. */
typedef struct lis_history_source {
    int64_t rows;
    int64_t users;          /* user codes are in [0, users) */
    const int32_t *user;    /* [rows]; -1: no user; sees at most its seed, and is not seen */
    const int32_t *item;    /* [rows]; -1: the row is not seen by others */
    const int64_t *time;    /* [rows] any unit */
    const uint8_t *engaged; /* [rows] non-zero: later rows of the user see this one; NULL: all */

    const int32_t *seed;        /* [rows] list that row r starts from, -1: none; NULL: no seeds */
    int64_t seeds;              /* number of lists */
    const int64_t *seed_offset; /* [seeds + 1] ascending from 0 */
    const int32_t *seed_item;   /* [seed_offset[seeds]] item codes, oldest first */
} lis_history_source;

/* Builds the index. Engaged rows of one user and one time keep their order in the log.
 *
 * With seeds, every distinct (user, list) pair owns a copy of the list and of as many of the user's
 * events as a row of the pair sees, so that each row stays one window; rows of a user that name the
 * same list share it.
 *
 * Threads: the result does not depend on the thread count. Memory: 16 bytes a row, 4 an event, and
 * while building 20 bytes an event, 8 a user and, with seeds, 40 a row.
 * Errors: LIS_ERANGE names the first bad row and argument; LIS_EARG where seed_offset descends;
 * LIS_ENOMEM, LIS_EINTR. *out is overwritten; on error it is zeroed. */
lis_status lis_history_new(lis_ctx *ctx, lis_history *out, const lis_history_source *source,
                           lis_error *err);

/* Leaves a zeroed struct; a zeroed struct is fine. */
void lis_history_free(lis_history *history);

/* The latest `max` items that row r sees, oldest first, and their number in *length.
 * Borrowed; r in [0, rows) and max >= 0 are the caller's promise. */
static inline const int32_t *lis_history_view(const lis_history *history, int64_t r, int64_t max,
                                              int64_t *length) {
    int64_t begin = history->begin[r], end = history->end[r];
    if (end - begin > max) begin = end - max;
    *length = end - begin;
    return history->item + begin;
}

/* length[r] = min(items that row r sees, max), all rows. length [rows] is written. */
void lis_history_lengths(const lis_history *history, int64_t max, int32_t *length);

#endif
