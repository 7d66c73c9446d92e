#include "lis/metric/radix.h"

#include <stdbool.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"

enum {
    WIDE = 11,           /* bits of a digit: three passes for a score, measured 20 % under 8 bits */
    NARROW = 8,          /* for short runs, where clearing the counts is what costs */
    SHARDS_MAX = 64,     /* enough for any balance, few enough for the counts to stay in cache */
    SHARD_MIN = 1 << 15, /* a shorter shard costs more to start than to sort */
    SHORT_RUN = 48       /* insertion sort wins below, measured */
};

typedef struct pass {
    uint64_t *from, *to;
    int64_t *counts; /* [shards][digits]: first counts, then the next place of each digit */
    int64_t digits;
    int shift;
    uint64_t mask;
} pass;

static int64_t digit_of(uint64_t row, int shift, uint64_t mask) {
    return (int64_t)((row >> shift) & mask);
}

static lis_status count_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const pass *p = arg;
    int64_t *counts = p->counts + shard.index * p->digits;
    memset(counts, 0, (size_t)p->digits * sizeof *counts);
    for (int64_t i = shard.begin; i < shard.end; i++)
        counts[digit_of(p->from[i], p->shift, p->mask)]++;
    return LIS_OK;
}

static lis_status scatter_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const pass *p = arg;
    int64_t *place = p->counts + shard.index * p->digits;
    for (int64_t i = shard.begin; i < shard.end; i++)
        p->to[place[digit_of(p->from[i], p->shift, p->mask)]++] = p->from[i];
    return LIS_OK;
}

/* Counts become first places: by digit, then by shard, which is what makes the sort stable.
 * False where one digit holds every row, and the pass would only copy. */
static bool plan_places(const pass *p, int64_t shards, int64_t n) {
    int64_t next = 0;
    for (int64_t d = 0; d < p->digits; d++) {
        int64_t first = next;
        for (int64_t *at = p->counts + d; at < p->counts + shards * p->digits; at += p->digits) {
            int64_t here = *at;
            *at = next;
            next += here;
        }
        if (next - first == n) return false;
    }
    return true;
}

/* The digit at `shift`, no wider than the bits that are left below `high`. */
static void choose_digit(pass *p, int shift, int high, int width) {
    int bits = high - shift < width ? high - shift : width;
    p->shift = shift;
    p->digits = INT64_C(1) << bits;
    p->mask = (uint64_t)p->digits - 1;
}

static void swap(uint64_t **a, uint64_t **b) {
    uint64_t *held = *a;
    *a = *b;
    *b = held;
}

lis_status lis_radix_sort(lis_ctx *ctx, uint64_t *rows, uint64_t *scratch, int64_t n, int low,
                          int high, uint64_t **sorted, lis_error *err) {
    int64_t shard_size = (n - 1) / SHARDS_MAX + 1;
    if (shard_size < SHARD_MIN) shard_size = SHARD_MIN;
    int64_t shards = lis_shard_count(n, shard_size);
    pass p = {.from = rows, .to = scratch};
    p.counts = lis_alloc((size_t)shards << WIDE, sizeof *p.counts);
    if (!p.counts)
        return lis_fail_nomem(err, "the counts of a sort",
                              (double)(shards << WIDE) * sizeof *p.counts);

    lis_status status = LIS_OK;
    for (int shift = low; shift < high && status == LIS_OK; shift += WIDE) {
        choose_digit(&p, shift, high, WIDE);
        status = lis_parallel_for(ctx, n, shard_size, count_shard, &p, err);
        if (status != LIS_OK || !plan_places(&p, shards, n)) continue;
        status = lis_parallel_for(ctx, n, shard_size, scatter_shard, &p, err);
        swap(&p.from, &p.to);
    }
    lis_free(p.counts);
    *sorted = p.from;
    return status;
}

static void insertion_sort(uint64_t *rows, int64_t n, int low, uint64_t mask) {
    for (int64_t i = 1; i < n; i++) {
        uint64_t row = rows[i], key = (row >> low) & mask;
        int64_t at = i;
        for (; at > 0 && ((rows[at - 1] >> low) & mask) > key; at--)
            rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

uint64_t *lis_radix_sort_alone(uint64_t *rows, uint64_t *scratch, int64_t n, int low, int high) {
    if (n <= SHORT_RUN) {
        insertion_sort(rows, n, low, UINT64_MAX >> (64 - (high - low)));
        return rows;
    }
    int64_t counts[1 << NARROW];
    pass p = {.from = rows, .to = scratch, .counts = counts};
    for (int shift = low; shift < high; shift += NARROW) {
        choose_digit(&p, shift, high, NARROW);
        lis_shard all = {.begin = 0, .end = n};
        (void)count_shard(&p, all, NULL);
        if (!plan_places(&p, 1, n)) continue;
        (void)scatter_shard(&p, all, NULL);
        swap(&p.from, &p.to);
    }
    return p.from;
}
