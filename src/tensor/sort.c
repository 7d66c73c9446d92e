#include "lis/tensor/sort.h"

#include <string.h>

#include "block.h"
#include "lis/base/mem.h"
#include "lis/base/parallel.h"

enum { SHARD = 1 << 16, DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS };

/* Keys become unsigned numbers in the same order: signed integers by flipping the top bit; floats,
 * which sort by magnitude within a sign, by flipping the top bit of positives and all of negatives.
 * Adding 0 turns -0 into 0. */
static uint32_t key_of_f32(float x) {
    if (x != x) return UINT32_MAX;
    x += 0.0f;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 31 ? ~bits : bits | (uint32_t)1 << 31;
}

static uint64_t key_of_f64(double x) {
    if (x != x) return UINT64_MAX;
    x += 0.0;
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static uint64_t key_at(lis_dtype dtype, const void *key, int64_t i) {
    switch (dtype) {
    case LIS_F32:
        return key_of_f32(((const float *)key)[i]);
    case LIS_F64:
        return key_of_f64(((const double *)key)[i]);
    case LIS_I32:
        return (uint32_t)((const int32_t *)key)[i] ^ (uint32_t)1 << 31;
    case LIS_I64:
        return (uint64_t)((const int64_t *)key)[i] ^ (uint64_t)1 << 63;
    case LIS_U8:
        break;
    }
    return ((const uint8_t *)key)[i];
}

/* ---- one radix sort of words: 32 bits of key above 32 bits of position ---- */

typedef struct sorter {
    lis_ctx *ctx;
    lis_dtype dtype;
    const void *key;
    int64_t n;
    int half;                 /* which 32 bits of the key: 0 low, 1 high */
    bool first;               /* positions are 0, 1, ...; otherwise those of the last sort */
    int shift;                /* of the digit */
    uint64_t *from, *to;      /* words, exchanged after every pass */
    int64_t (*count)[DIGITS]; /* [shards]: how many, then where the next one goes */
} sorter;

static lis_status pack_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const sorter *s = arg;
    for (int64_t i = shard.begin; i < shard.end; i++) {
        uint32_t position = s->first ? (uint32_t)i : (uint32_t)s->from[i];
        uint64_t key = key_at(s->dtype, s->key, position) >> (32 * s->half);
        s->from[i] = key << 32 | position;
    }
    return LIS_OK;
}

static lis_status count_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const sorter *s = arg;
    int64_t *count = s->count[shard.index];
    memset(count, 0, sizeof *s->count);
    for (int64_t i = shard.begin; i < shard.end; i++)
        count[s->from[i] >> s->shift & (DIGITS - 1)]++;
    return LIS_OK;
}

static lis_status move_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const sorter *s = arg;
    int64_t *next = s->count[shard.index];
    for (int64_t i = shard.begin; i < shard.end; i++)
        s->to[next[s->from[i] >> s->shift & (DIGITS - 1)]++] = s->from[i];
    return LIS_OK;
}

/* Counts become places: digit by digit, and within a digit shard by shard, which keeps the sort
 * stable. False where one digit holds everything: nothing to move. */
static bool place(sorter *s) {
    int64_t shards = lis_shard_count(s->n, SHARD), at = 0;
    for (int digit = 0; digit < DIGITS; digit++) {
        int64_t before = at;
        for (int64_t shard = 0; shard < shards; shard++) {
            int64_t here = s->count[shard][digit];
            s->count[shard][digit] = at;
            at += here;
        }
        if (at - before == s->n) return false;
    }
    return true;
}

static lis_status sort_half(sorter *s, lis_error *err) {
    LIS_TRY(lis_parallel_for(s->ctx, s->n, SHARD, pack_shard, s, err));
    for (s->shift = 32; s->shift < 64; s->shift += DIGIT_BITS) {
        LIS_TRY(lis_parallel_for(s->ctx, s->n, SHARD, count_shard, s, err));
        if (!place(s)) continue;
        LIS_TRY(lis_parallel_for(s->ctx, s->n, SHARD, move_shard, s, err));
        uint64_t *sorted = s->to;
        s->to = s->from;
        s->from = sorted;
    }
    return LIS_OK;
}

lis_status lis_argsort(lis_ctx *ctx, int32_t *order, lis_dtype dtype, const void *key, int64_t n,
                       lis_error *err) {
    if (n > INT32_MAX)
        return lis_fail(err, LIS_ERANGE, "cannot sort %lld keys: positions are i32", (long long)n);
    sorter s = {.ctx = ctx, .dtype = dtype, .key = key, .n = n, .first = true};
    uint64_t *words = lis_alloc((size_t)n, 2 * sizeof *words);
    s.count = lis_alloc((size_t)lis_shard_count(n, SHARD), sizeof *s.count);
    lis_status status = LIS_OK;
    if (!words || !s.count) {
        status = lis_fail_nomem(err, "sorting", 16.0 * (double)n);
    } else {
        s.from = words;
        s.to = words + n;
        status = sort_half(&s, err);
        if (status == LIS_OK && lis_dtype_size(dtype) == 8) {
            s.first = false;
            s.half = 1;
            status = sort_half(&s, err);
        }
    }
    if (status == LIS_OK)
        for (int64_t i = 0; i < n; i++)
            order[i] = (int32_t)(uint32_t)s.from[i];
    lis_free(words);
    lis_free(s.count);
    return status;
}

lis_status lis_tensor_argsort(lis_ctx *ctx, lis_tensor *out, const lis_tensor *keys,
                              lis_error *err) {
    char text[LIS_TENSOR_TEXT];
    if (keys->ndim != 1)
        return lis_fail(err, LIS_ESHAPE, "'keys': wanted one dimension, got %s",
                        lis_tensor_describe(keys, text));
    lis_tensor copy = {0}, made;
    if (!lis_tensor_contiguous(keys)) LIS_TRY(lis_tensor_copy_as(&copy, keys, keys->dtype, err));
    const void *data = copy.data ? copy.data : keys->data;
    lis_status status = lis_tensor_new_1d(&made, LIS_I32, keys->shape[0], err);
    if (status == LIS_OK) {
        status = lis_argsort(ctx, lis_i32(&made), keys->dtype, data, keys->shape[0], err);
        if (status == LIS_OK)
            *out = made;
        else
            lis_tensor_release(&made);
    }
    lis_tensor_release(&copy);
    return status;
}

/* Keeps in order[] the first position of every run of equal keys; returns their number. */
static int64_t keep_distinct(int32_t *order, lis_dtype dtype, const void *key, int64_t n) {
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++)
        if (kept == 0 || key_at(dtype, key, order[i]) != key_at(dtype, key, order[kept - 1]))
            order[kept++] = order[i];
    return kept;
}

static lis_status unique_of(lis_ctx *ctx, lis_tensor *out, const lis_tensor *flat, int32_t *order,
                            lis_error *err) {
    int64_t n = lis_tensor_size(flat);
    LIS_TRY(lis_argsort(ctx, order, flat->dtype, flat->data, n, err));
    int64_t kept = keep_distinct(order, flat->dtype, flat->data, n);
    LIS_TRY(lis_tensor_new_1d(out, flat->dtype, kept, err));
    size_t size = lis_dtype_size(flat->dtype);
    for (int64_t i = 0; i < kept; i++)
        memcpy((char *)out->data + (size_t)i * size, element_at(flat, order[i]), size);
    return LIS_OK;
}

lis_status lis_tensor_unique(lis_ctx *ctx, lis_tensor *out, const lis_tensor *in, lis_error *err) {
    lis_tensor copy = {0};
    if (!lis_tensor_contiguous(in)) LIS_TRY(lis_tensor_copy_as(&copy, in, in->dtype, err));
    int64_t n = lis_tensor_size(in);
    int32_t *order = lis_alloc((size_t)n, sizeof *order);
    lis_status status = order ? unique_of(ctx, out, copy.data ? &copy : in, order, err)
                              : lis_fail_nomem(err, "sorting", 4.0 * (double)n);
    lis_free(order);
    lis_tensor_release(&copy);
    return status;
}
