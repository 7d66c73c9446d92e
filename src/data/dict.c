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
    BATCH = 128, /* strings looked up together, so that their cache misses overlap */
    PLACE_BITS = 40
};

/* A slot of the table is one word: the upper bits of the string's hash, which decide nearly every
 * comparison, and the place of its record among the bytes, plus 1; 0 is a free slot.
 *
 * A record is a code, a length and the string, end to end: what a lookup reads lies in one or two
 * cache lines. */
typedef struct record {
    int32_t code;
    uint32_t length;
    char text[];
} record;

struct lis_dict {
    atomic_int references;
    int64_t size, most;
    int64_t *place; /* [capacity] where the record of each code begins */
    int64_t capacity;
    char *bytes; /* records */
    int64_t byte_size, byte_capacity;
    uint64_t *slots;    /* [slot_mask + 1], at most half full */
    uint64_t slot_mask; /* a power of two, less one */
};

static const uint64_t place_mask = (UINT64_C(1) << PLACE_BITS) - 1;

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
    lis_free(dict->place);
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
    return (int64_t)sizeof *dict + dict->capacity * (int64_t)sizeof *dict->place +
           dict->byte_capacity + slots * (int64_t)sizeof *dict->slots;
}

/* Records follow each other without padding, so their numbers may lie at any address. */
static record head_at(const lis_dict *dict, int64_t place) {
    record head;
    memcpy(&head, dict->bytes + place, sizeof head);
    return head;
}

lis_text lis_dict_text(const lis_dict *dict, int32_t code) {
    if (code < 0 || code >= dict->size) return (lis_text){"", 0};
    int64_t place = dict->place[code];
    return (lis_text){dict->bytes + place + sizeof(record), head_at(dict, place).length};
}

static uint64_t hash_of(lis_text text) {
    return XXH3_64bits(text.bytes, text.length);
}

static uint64_t eight_at(const char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static uint32_t four_at(const char *bytes) {
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Ids are short: up to 16 bytes are compared as two words that may overlap. */
static bool same_bytes(const char *a, const char *b, size_t n) {
    if (n > 16) return memcmp(a, b, n) == 0;
    if (n >= 8)
        return ((eight_at(a) ^ eight_at(b)) | (eight_at(a + n - 8) ^ eight_at(b + n - 8))) == 0;
    if (n >= 4) return ((four_at(a) ^ four_at(b)) | (four_at(a + n - 4) ^ four_at(b + n - 4))) == 0;
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i]) return false;
    return true;
}

/* The code of `text`, or -1 and in *at the free slot where it belongs. The table must exist. */
static inline int32_t probe(const lis_dict *dict, uint64_t hash, lis_text text, uint64_t *at) {
    for (*at = hash & dict->slot_mask;; *at = (*at + 1) & dict->slot_mask) {
        uint64_t slot = dict->slots[*at];
        if (slot == 0) return -1;
        if ((slot ^ hash) >> PLACE_BITS) continue;
        int64_t place = (int64_t)(slot & place_mask) - 1;
        record head = head_at(dict, place);
        if (head.length == text.length &&
            same_bytes(dict->bytes + place + sizeof head, text.bytes, text.length))
            return head.code;
    }
}

int32_t lis_dict_find(const lis_dict *dict, lis_text text) {
    uint64_t at;
    if (text.length == 0 || dict->size == 0) return -1;
    return probe(dict, hash_of(text), text, &at);
}

/* Room for `more` strings of `bytes` bytes in all; each array at least doubles when it grows. */
static bool reserve_records(lis_dict *dict, int64_t more, int64_t bytes) {
    if (dict->size + more > dict->capacity) {
        int64_t capacity =
            dict->capacity * 2 > dict->size + more ? dict->capacity * 2 : dict->size + more;
        int64_t *place = lis_realloc(dict->place, (size_t)capacity, sizeof *place);
        if (!place) return false;
        dict->place = place;
        dict->capacity = capacity;
    }
    int64_t need = dict->byte_size + bytes + more * (int64_t)sizeof(record);
    if (need > dict->byte_capacity) {
        int64_t capacity = dict->byte_capacity ? dict->byte_capacity * 2 : FIRST_BYTES;
        if (capacity < need) capacity = need;
        char *grown = lis_realloc(dict->bytes, (size_t)capacity, 1);
        if (!grown) return false;
        dict->bytes = grown;
        dict->byte_capacity = capacity;
    }
    return true;
}

/* The lower bits of a hash are not kept, so growing asks for it again. */
static bool reserve_slots(lis_dict *dict, int64_t more) {
    uint64_t have = dict->slots ? dict->slot_mask + 1 : 0;
    uint64_t want = have ? have : FIRST_SLOTS;
    while (want < 2 * (uint64_t)(dict->size + more))
        want *= 2;
    if (want == have) return true;
    uint64_t *slots = lis_calloc(want, sizeof *slots);
    if (!slots) return false;
    for (int64_t c = 0; c < dict->size; c++) {
        uint64_t hash = hash_of(lis_dict_text(dict, (int32_t)c)), at = hash & (want - 1);
        while (slots[at])
            at = (at + 1) & (want - 1);
        slots[at] = (hash & ~place_mask) | (uint64_t)(dict->place[c] + 1);
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
    if (reserve_records(dict, n, bytes) && reserve_slots(dict, n)) return LIS_OK;
    return lis_fail_nomem(err, "a dictionary", 2.0 * (double)lis_dict_bytes(dict));
}

static lis_status append(lis_dict *dict, uint64_t at, uint64_t hash, lis_text text,
                         lis_error *err) {
    if (dict->size >= dict->most)
        return lis_fail(err, LIS_ERANGE,
                        "a dictionary holds at most %lld different strings and this column has "
                        "more; hash the ids into fewer before writing the log",
                        (long long)dict->most);
    record head = {.code = (int32_t)dict->size, .length = (uint32_t)text.length};
    char *to = dict->bytes + dict->byte_size;
    if (text.length > UINT32_MAX || dict->byte_size >= (int64_t)place_mask)
        return lis_fail(err, LIS_ERANGE, "a dictionary holds strings of up to 4 GiB, 1 TiB in all");
    memcpy(to, &head, sizeof head);
    memcpy(to + sizeof head, text.bytes, text.length);
    dict->slots[at] = (hash & ~place_mask) | (uint64_t)(dict->byte_size + 1);
    dict->place[dict->size++] = dict->byte_size;
    dict->byte_size += (int64_t)(sizeof head + text.length);
    return LIS_OK;
}

/* A few strings in three passes, each of which asks the cache for what the next one reads. */
static lis_status add_batch(lis_dict *dict, const lis_text *text, int64_t n, int32_t *code,
                            lis_error *err) {
    uint64_t hash[BATCH], at;
    LIS_TRY(reserve(dict, text, n, err));
    for (int64_t i = 0; i < n; i++) {
        hash[i] = hash_of(text[i]);
        __builtin_prefetch(&dict->slots[hash[i] & dict->slot_mask]);
    }
    for (int64_t i = 0; i < n; i++)
        __builtin_prefetch(dict->bytes + (dict->slots[hash[i] & dict->slot_mask] & place_mask));
    for (int64_t i = 0; i < n; i++) {
        code[i] = -1;
        if (text[i].length == 0) continue;
        code[i] = probe(dict, hash[i], text[i], &at);
        if (code[i] >= 0) continue;
        LIS_TRY(append(dict, at, hash[i], text[i], err));
        code[i] = (int32_t)dict->size - 1;
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

lis_status lis_dict_fill(lis_dict *dict, const int32_t *length, int64_t n, const char *bytes,
                         lis_error *err) {
    int64_t total = 0;
    for (int64_t c = 0; c < n; c++)
        total += length[c];
    if (n > dict->most || total >= (int64_t)place_mask - n * (int64_t)sizeof(record))
        return lis_fail(err, LIS_ERANGE, "%lld strings of %lld bytes are too many for a dictionary",
                        (long long)n, (long long)total);
    if (!reserve_records(dict, n, total))
        return lis_fail_nomem(err, "a dictionary", (double)total + (double)n * sizeof(record));
    char *to = dict->bytes;
    for (int64_t c = 0; c < n; c++) {
        record head = {.code = (int32_t)c, .length = (uint32_t)length[c]};
        dict->place[c] = to - dict->bytes;
        memcpy(to, &head, sizeof head);
        memcpy(to + sizeof head, bytes, head.length);
        to += sizeof head + head.length;
        bytes += head.length;
    }
    dict->size = n;
    dict->byte_size = to - dict->bytes;
    if (!reserve_slots(dict, 0)) return lis_fail_nomem(err, "a dictionary", 16.0 * (double)n);
    return LIS_OK;
}
