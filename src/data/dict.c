#include "lis/data/dict.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "lis/base/mem.h"

enum {
    FIRST_SLOTS = 64,
    FIRST_BYTES = 1024,
    BATCH = 128 /* strings looked up together, so that their cache misses overlap */
};

/* One place of the table. The hash decides nearly every comparison without touching the string. */
typedef struct slot {
    uint32_t hash;
    int32_t code; /* -1: free */
} slot;

struct lis_dict {
    atomic_int references;
    int64_t size, most;
    int64_t *start; /* [capacity + 1] string c is bytes[start[c] .. start[c + 1]) */
    int64_t capacity;
    char *bytes;
    int64_t byte_capacity;
    slot *slots;        /* [slot_mask + 1], at most half full */
    uint64_t slot_mask; /* a power of two, less one */
};

lis_status lis_dict_new(lis_dict **out, lis_error *err) {
    *out = NULL;
    lis_dict *dict = lis_calloc(1, sizeof *dict);
    if (!dict) return lis_fail_nomem(err, "a dictionary", (double)sizeof *dict);
    atomic_init(&dict->references, 1);
    dict->most = LIS_DICT_MAX;
    *out = dict;
    return LIS_OK;
}

lis_dict *lis_dict_retain(lis_dict *dict) {
    atomic_fetch_add_explicit(&dict->references, 1, memory_order_relaxed);
    return dict;
}

void lis_dict_release(lis_dict *dict) {
    if (!dict || atomic_fetch_sub_explicit(&dict->references, 1, memory_order_acq_rel) != 1) return;
    lis_free(dict->start);
    lis_free(dict->bytes);
    lis_free(dict->slots);
    lis_free(dict);
}

void lis_dict_limit(lis_dict *dict, int64_t most) {
    dict->most = most;
}

int64_t lis_dict_size(const lis_dict *dict) {
    return dict->size;
}

int64_t lis_dict_bytes(const lis_dict *dict) {
    int64_t slots = dict->slots ? (int64_t)dict->slot_mask + 1 : 0;
    return (int64_t)sizeof *dict + dict->capacity * (int64_t)sizeof *dict->start +
           dict->byte_capacity + slots * (int64_t)sizeof *dict->slots;
}

lis_text lis_dict_text(const lis_dict *dict, int32_t code) {
    if (code < 0 || code >= dict->size) return (lis_text){"", 0};
    int64_t begin = dict->start[code];
    return (lis_text){dict->bytes + begin, (size_t)(dict->start[code + 1] - begin)};
}

static uint32_t hash_of(lis_text text) {
    return (uint32_t)XXH3_64bits(text.bytes, text.length);
}

static bool same(const lis_dict *dict, int32_t code, lis_text text) {
    int64_t begin = dict->start[code];
    return (size_t)(dict->start[code + 1] - begin) == text.length &&
           memcmp(dict->bytes + begin, text.bytes, text.length) == 0;
}

/* The slot that holds `text`, or the free one where it belongs. The table must exist. */
static slot *probe(const lis_dict *dict, uint32_t hash, lis_text text) {
    uint64_t at = hash & dict->slot_mask;
    for (;;) {
        slot *found = &dict->slots[at];
        if (found->code < 0) return found;
        if (found->hash == hash && same(dict, found->code, text)) return found;
        at = (at + 1) & dict->slot_mask;
    }
}

int32_t lis_dict_find(const lis_dict *dict, lis_text text) {
    if (text.length == 0 || dict->size == 0) return -1;
    return probe(dict, hash_of(text), text)->code;
}

/* Room for `more` strings of `bytes` bytes in all; each array at least doubles when it grows. */
static bool reserve_strings(lis_dict *dict, int64_t more, int64_t bytes) {
    int64_t used = dict->size ? dict->start[dict->size] : 0;
    if (dict->size + more > dict->capacity) {
        int64_t capacity =
            dict->capacity * 2 > dict->size + more ? dict->capacity * 2 : dict->size + more;
        int64_t *start = lis_realloc(dict->start, (size_t)capacity + 1, sizeof *start);
        if (!start) return false;
        start[dict->size] = used;
        dict->start = start;
        dict->capacity = capacity;
    }
    if (used + bytes > dict->byte_capacity) {
        int64_t capacity = dict->byte_capacity ? dict->byte_capacity * 2 : FIRST_BYTES;
        if (capacity < used + bytes) capacity = used + bytes;
        char *grown = lis_realloc(dict->bytes, (size_t)capacity, 1);
        if (!grown) return false;
        dict->bytes = grown;
        dict->byte_capacity = capacity;
    }
    return true;
}

static bool reserve_slots(lis_dict *dict, int64_t more) {
    uint64_t have = dict->slots ? dict->slot_mask + 1 : 0;
    uint64_t want = have ? have : FIRST_SLOTS;
    while (want < 2 * (uint64_t)(dict->size + more))
        want *= 2;
    if (want == have) return true;
    slot *slots = lis_alloc(want, sizeof *slots);
    if (!slots) return false;
    memset(slots, 0xff, want * sizeof *slots);
    for (uint64_t i = 0; i < have; i++) {
        if (dict->slots[i].code < 0) continue;
        uint64_t at = dict->slots[i].hash & (want - 1);
        while (slots[at].code >= 0)
            at = (at + 1) & (want - 1);
        slots[at] = dict->slots[i];
    }
    lis_free(dict->slots);
    dict->slots = slots;
    dict->slot_mask = want - 1;
    return true;
}

static lis_status reserve(lis_dict *dict, const lis_text *text, int64_t n, lis_error *err) {
    int64_t bytes = 0;
    for (int64_t i = 0; i < n; i++)
        bytes += (int64_t)text[i].length;
    if (reserve_strings(dict, n, bytes) && reserve_slots(dict, n)) return LIS_OK;
    return lis_fail_nomem(err, "a dictionary", 2.0 * (double)lis_dict_bytes(dict));
}

static lis_status append(lis_dict *dict, slot *place, uint32_t hash, lis_text text,
                         lis_error *err) {
    if (dict->size >= dict->most)
        return lis_fail(err, LIS_ERANGE,
                        "a dictionary holds at most %lld different strings and this column has "
                        "more; hash the ids into fewer before writing the log",
                        (long long)dict->most);
    int64_t begin = dict->start[dict->size];
    memcpy(dict->bytes + begin, text.bytes, text.length);
    *place = (slot){.hash = hash, .code = (int32_t)dict->size};
    dict->size++;
    dict->start[dict->size] = begin + (int64_t)text.length;
    return LIS_OK;
}

/* A few strings in three passes, each of which asks the cache for what the next one reads. */
static lis_status add_batch(lis_dict *dict, const lis_text *text, int64_t n, int32_t *code,
                            lis_error *err) {
    uint32_t hash[BATCH];
    LIS_TRY(reserve(dict, text, n, err));
    for (int64_t i = 0; i < n; i++) {
        hash[i] = hash_of(text[i]);
        __builtin_prefetch(&dict->slots[hash[i] & dict->slot_mask]);
    }
    for (int64_t i = 0; i < n; i++) {
        int32_t likely = dict->slots[hash[i] & dict->slot_mask].code;
        __builtin_prefetch(&dict->start[likely < 0 ? dict->size : likely]);
    }
    for (int64_t i = 0; i < n; i++) {
        code[i] = -1;
        if (text[i].length == 0) continue;
        slot *place = probe(dict, hash[i], text[i]);
        if (place->code < 0) LIS_TRY(append(dict, place, hash[i], text[i], err));
        code[i] = place->code;
    }
    return LIS_OK;
}

lis_status lis_dict_add(lis_dict *dict, const lis_text *text, int64_t n, int32_t *code,
                        lis_error *err) {
    for (int64_t begin = 0; begin < n; begin += BATCH) {
        int64_t count = n - begin < BATCH ? n - begin : BATCH;
        LIS_TRY(add_batch(dict, text + begin, count, code + begin, err));
    }
    return LIS_OK;
}

lis_status lis_dict_merge(lis_dict *into, const lis_dict *from, int32_t *code, lis_error *err) {
    lis_text text[BATCH];
    for (int64_t begin = 0; begin < from->size; begin += BATCH) {
        int64_t count = from->size - begin < BATCH ? from->size - begin : BATCH;
        for (int64_t i = 0; i < count; i++)
            text[i] = lis_dict_text(from, (int32_t)(begin + i));
        LIS_TRY(add_batch(into, text, count, code + begin, err));
    }
    return LIS_OK;
}
