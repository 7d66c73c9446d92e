#include <string.h>

#include "history_draft.h"
#include "lis/base/hash.h"
#include "lis/base/mem.h"

/* A distinct (user, list) pair: its list, and behind it the user's first `events` events. */
typedef struct block {
    int32_t user, list;
    int64_t source; /* where the user's events begin in the draft */
    int64_t events; /* the most that a row of the pair sees */
    int64_t begin;  /* where the block begins in the new items */
} block;

typedef struct blocks {
    block *block; /* in order of first appearance */
    int64_t count;
    int64_t *slot; /* [mask + 1] number of a block, -1: free */
    uint64_t mask;
    int64_t *of_row; /* [rows] the row's block, -1: it has no seed */
} blocks;

static int64_t seeded_rows(const lis_history_source *source) {
    int64_t count = 0;
    for (int64_t r = 0; r < source->rows; r++)
        count += source->seed[r] >= 0;
    return count;
}

static lis_status open_blocks(blocks *b, const lis_history_source *source, lis_error *err) {
    int64_t most = seeded_rows(source);
    uint64_t slots = 16;
    while (slots < 2 * (uint64_t)most)
        slots *= 2;
    b->mask = slots - 1;
    b->slot = lis_alloc(slots, sizeof *b->slot);
    b->block = lis_alloc((size_t)most, sizeof *b->block);
    b->of_row = lis_alloc((size_t)source->rows, sizeof *b->of_row);
    if (!b->slot || !b->block || !b->of_row)
        return lis_fail_nomem(err, "history: seeds", (double)source->rows * 40);
    memset(b->slot, 0xff, slots * sizeof *b->slot);
    return LIS_OK;
}

static void close_blocks(blocks *b) {
    lis_free(b->slot);
    lis_free(b->block);
    lis_free(b->of_row);
}

static int64_t find_block(blocks *b, int32_t user, int32_t list, int64_t source) {
    int32_t key[2] = {user, list};
    uint64_t at = lis_hash(key, sizeof key, 0) & b->mask;
    for (; b->slot[at] >= 0; at = (at + 1) & b->mask) {
        const block *found = &b->block[b->slot[at]];
        if (found->user == user && found->list == list) return b->slot[at];
    }
    b->slot[at] = b->count;
    b->block[b->count] = (block){.user = user, .list = list, .source = source};
    return b->count++;
}

static void collect(blocks *b, const lis_history_draft *draft) {
    const lis_history_source *source = draft->source;
    for (int64_t r = 0; r < source->rows; r++) {
        b->of_row[r] = -1;
        if (source->seed[r] < 0) continue;
        int64_t k = find_block(b, source->user[r], source->seed[r], draft->begin[r]);
        int64_t events = draft->end[r] - draft->begin[r];
        if (events > b->block[k].events) b->block[k].events = events;
        b->of_row[r] = k;
    }
}

static int64_t seed_length(const lis_history_source *source, int32_t list) {
    return source->seed_offset[list + 1] - source->seed_offset[list];
}

static void fill_block(int32_t *item, const block *at, const lis_history_draft *draft) {
    const lis_history_source *source = draft->source;
    int64_t length = seed_length(source, at->list);
    memcpy(item + at->begin, source->seed_item + source->seed_offset[at->list],
           (size_t)length * sizeof *item);
    memcpy(item + at->begin + length, draft->item + at->source, (size_t)at->events * sizeof *item);
}

static lis_status append_blocks(blocks *b, lis_history_draft *draft, lis_error *err) {
    int64_t total = draft->events;
    for (int64_t k = 0; k < b->count; k++) {
        b->block[k].begin = total;
        total += seed_length(draft->source, b->block[k].list) + b->block[k].events;
    }
    int32_t *item = lis_alloc((size_t)total, sizeof *item);
    if (!item) return lis_fail_nomem(err, "history: seeds", (double)total * 4);
    memcpy(item, draft->item, (size_t)draft->events * sizeof *item);
    for (int64_t k = 0; k < b->count; k++)
        fill_block(item, &b->block[k], draft);
    lis_free(draft->item);
    draft->item = item;
    draft->events = total;
    return LIS_OK;
}

static void move_windows(const blocks *b, lis_history_draft *draft) {
    const lis_history_source *source = draft->source;
    for (int64_t r = 0; r < source->rows; r++) {
        if (b->of_row[r] < 0) continue;
        const block *at = &b->block[b->of_row[r]];
        int64_t events = draft->end[r] - draft->begin[r];
        draft->begin[r] = at->begin;
        draft->end[r] = at->begin + seed_length(source, at->list) + events;
    }
}

lis_status lis_history_add_seeds(lis_history_draft *draft, lis_error *err) {
    blocks b = {0};
    lis_status status = open_blocks(&b, draft->source, err);
    if (status == LIS_OK) {
        collect(&b, draft);
        status = append_blocks(&b, draft, err);
    }
    if (status == LIS_OK) move_windows(&b, draft);
    close_blocks(&b);
    return status;
}
