#include "cache_name.h"
#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "lis/data/cache_parts.h"

enum { ROWS_A_BLOCK = 1 << 16 };

/* Lengths of the windows, a block of rows at a time. */
static lis_status put_lengths(lis_ctx *ctx, lis_cache_writer *writer, int64_t index,
                              const lis_history *history, int64_t *seen, lis_error *err) {
    for (int64_t begin = 0; begin < history->rows; begin += ROWS_A_BLOCK) {
        int64_t n = history->rows - begin < ROWS_A_BLOCK ? history->rows - begin : ROWS_A_BLOCK;
        for (int64_t k = 0; k < n; k++)
            seen[k] = history->end[begin + k] - history->begin[begin + k];
        LIS_TRY(lis_cache_append(ctx, writer, index, seen, n, err));
    }
    return LIS_OK;
}

lis_status lis_cache_put_history(lis_ctx *ctx, lis_cache_writer *writer, const char *name,
                                 const lis_history *history, lis_error *err) {
    lis_part_name part;
    int64_t index;
    LIS_TRY(lis_cache_put(ctx, writer, lis_part_of(&part, name, "item"), LIS_I32, LIS_CACHE_PART,
                          history->item, history->events, err));
    LIS_TRY(lis_cache_put(ctx, writer, lis_part_of(&part, name, "begin"), LIS_I64, LIS_CACHE_PART,
                          history->begin, history->rows, err));
    LIS_TRY(lis_cache_add(writer, lis_part_of(&part, name, "seen"), LIS_I64, LIS_CACHE_PART, &index,
                          err));
    int64_t *seen = lis_alloc(ROWS_A_BLOCK, sizeof *seen);
    if (!seen) return lis_fail_nomem(err, "a history's rows", ROWS_A_BLOCK * 8);
    lis_status status = put_lengths(ctx, writer, index, history, seen, err);
    lis_free(seen);
    return status;
}

bool lis_cache_has_history(const lis_cache *cache, const char *name) {
    return lis_cache_has_part(cache, name, "seen");
}

typedef struct windows {
    const lis_cache *cache;
    const char *name;
    const int64_t *begin;
    int64_t *end; /* lengths, until they become ends */
    int64_t events;
} windows;

/* begin and length are in [0, events], each for itself. */
static lis_status end_windows(void *arg, lis_shard shard, lis_error *err) {
    const windows *w = arg;
    for (int64_t r = shard.begin; r < shard.end; r++) {
        w->end[r] += w->begin[r];
        if (w->end[r] > w->events)
            return lis_fail(err, LIS_EFORMAT,
                            "'%s': history '%s', row %lld sees events up to %lld of %lld",
                            lis_cache_path(w->cache), w->name, (long long)r, (long long)w->end[r],
                            (long long)w->events);
    }
    return LIS_OK;
}

lis_status lis_cache_read_history(lis_ctx *ctx, const lis_cache *cache, const char *name,
                                  int64_t rows, int64_t items, lis_history *out, lis_error *err) {
    int64_t events = -1;
    void *item = NULL, *begin = NULL, *end = NULL;
    lis_cache_range codes = {.low = 0, .limit = items};
    *out = (lis_history){0};
    LIS_TRY(lis_cache_take(ctx, cache, name, "item", LIS_I32, &codes, &events, &item, err));
    lis_cache_range places = {.low = 0, .limit = events + 1};
    lis_status status =
        lis_cache_take(ctx, cache, name, "begin", LIS_I64, &places, &rows, &begin, err);
    if (status == LIS_OK)
        status = lis_cache_take(ctx, cache, name, "seen", LIS_I64, &places, &rows, &end, err);
    if (status == LIS_OK) {
        windows w = {.cache = cache, .name = name, .begin = begin, .end = end, .events = events};
        status = lis_parallel_for(ctx, rows, ROWS_A_BLOCK, end_windows, &w, err);
    }
    *out = (lis_history){.rows = rows, .events = events, .item = item, .begin = begin, .end = end};
    if (status != LIS_OK) lis_history_free(out);
    return status;
}
