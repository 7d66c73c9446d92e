/* The k-core of a log, seen as a graph whose edges are rows: peel what is below, and what falls below
 * by that, until nothing does (Batagelj and Zaversnik 2003, in rounds). */
#include <stdbool.h>

#include "clean_rows.h"
#include "lis/base/mem.h"

/* Users or items, with the rows of each. */
typedef struct side {
    const int32_t *code; /* [rows] of the log */
    int64_t size, least;
    int32_t *count; /* [size] rows that are left */
    int64_t *first; /* [size + 1] in row */
    int32_t *row;   /* [rows] by code */
    int32_t *queue; /* [size] each code enters once: when it falls below */
    int64_t begin;  /* first of the queue that is not yet peeled */
    int64_t end;
} side;

static lis_status open_side(side *s, const int32_t *code, int64_t rows, int64_t size, int64_t least,
                            lis_error *err) {
    *s = (side){.code = code, .size = size, .least = least};
    s->count = lis_calloc((size_t)size, sizeof *s->count);
    s->first = lis_calloc((size_t)size + 2, sizeof *s->first);
    s->row = lis_alloc((size_t)rows, sizeof *s->row);
    s->queue = lis_alloc((size_t)size, sizeof *s->queue);
    if (s->count && s->first && s->row && s->queue) return LIS_OK;
    return lis_fail_nomem(err, "the rows of each user and item", 4.0 * (double)rows);
}

static void close_side(side *s) {
    lis_free(s->count);
    lis_free(s->first);
    lis_free(s->row);
    lis_free(s->queue);
}

/* Counting sort of the rows that are kept; then those below the least are the first in the queue. */
static void index_rows(side *s, const uint8_t *keep, int64_t rows) {
    int64_t *end = s->first + 1; /* moves on as rows are placed, and so becomes the true first */
    for (int64_t r = 0; r < rows; r++)
        if (keep[r]) s->count[s->code[r]]++;
    for (int64_t c = 0; c < s->size; c++)
        end[c + 1] = end[c] + s->count[c];
    for (int64_t r = 0; r < rows; r++)
        if (keep[r]) s->row[end[s->code[r]]++] = (int32_t)r;
    for (int64_t c = 0; c < s->size; c++)
        if (s->count[c] > 0 && s->count[c] < s->least) s->queue[s->end++] = (int32_t)c;
}

/* Drops the rows of the codes queue[begin .. end): those of the other side lose one each. *dropped
 * counts them. */
static lis_status peel(lis_ctx *ctx, side *s, int64_t end, side *other, uint8_t *keep,
                       int64_t *dropped, lis_error *err) {
    for (; s->begin < end; s->begin++) {
        int32_t code = s->queue[s->begin];
        LIS_TRY(lis_clean_poll(ctx, s->begin, err));
        for (int64_t k = s->first[code]; k < s->first[code + 1]; k++) {
            int32_t row = s->row[k], across = other->code[row];
            if (!keep[row]) continue;
            keep[row] = 0;
            s->count[code]--;
            ++*dropped;
            if (other->count[across]-- == other->least) other->queue[other->end++] = across;
        }
    }
    return LIS_OK;
}

static lis_status peel_all(lis_ctx *ctx, side *user, side *item, uint8_t *keep, int64_t *passes,
                           lis_error *err) {
    while (user->begin < user->end || item->begin < item->end) {
        int64_t users = user->end,
                items = item->end; /* what is below now; the rest is the next's */
        int64_t dropped = 0;
        LIS_TRY(peel(ctx, user, users, item, keep, &dropped, err));
        LIS_TRY(peel(ctx, item, items, user, keep, &dropped, err));
        *passes += dropped > 0;
    }
    return LIS_OK;
}

static int64_t count_left(const side *s) {
    int64_t left = 0;
    for (int64_t c = 0; c < s->size; c++)
        left += s->count[c] > 0;
    return left;
}

lis_status lis_clean_k_core(lis_ctx *ctx, uint8_t *keep, const lis_clean_rows *log,
                            int64_t least_user, int64_t least_item, lis_k_core *out,
                            lis_error *err) {
    side user = {0}, item = {0};
    *out = (lis_k_core){0};
    LIS_TRY(lis_clean_check(log, err));
    lis_status status = open_side(&user, log->user, log->rows, log->users, least_user, err);
    if (status == LIS_OK)
        status = open_side(&item, log->item, log->rows, log->items, least_item, err);
    if (status == LIS_OK) {
        for (int64_t r = 0; r < log->rows; r++)
            keep[r] = log->user[r] >= 0 && log->item[r] >= 0;
        index_rows(&user, keep, log->rows);
        index_rows(&item, keep, log->rows);
        status = peel_all(ctx, &user, &item, keep, &out->passes, err);
    }
    if (status == LIS_OK) {
        out->users = count_left(&user);
        out->items = count_left(&item);
        for (int64_t r = 0; r < log->rows; r++)
            out->rows += keep[r];
    }
    close_side(&user);
    close_side(&item);
    return status;
}
