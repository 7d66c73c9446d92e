#include "cache_frame.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <zstd.h>

#include "bits.h"
#include "lis/base/hash.h"
#include "lis/base/mem.h"

/* ---- scratch */

void lis_frame_scratch_close(lis_frame_scratch *scratch) {
    lis_free(scratch->number);
    lis_free(scratch->packed);
    lis_free(scratch->stored);
    ZSTD_freeCCtx(scratch->compressor);
    ZSTD_freeDCtx(scratch->decompressor);
    *scratch = (lis_frame_scratch){0};
}

static lis_status grow(unsigned char **bytes, size_t *room, size_t wanted, lis_error *err) {
    if (wanted <= *room) return LIS_OK;
    lis_free(*bytes);
    *bytes = lis_alloc(wanted, 1);
    *room = *bytes ? wanted : 0;
    return *bytes ? LIS_OK : lis_fail_nomem(err, "a frame", (double)wanted);
}

/* ---- choosing a transform */

typedef struct plan {
    uint8_t transform, width;
    int64_t base, first;
    size_t packed;
} plan;

static plan plan_plain(lis_dtype dtype, int64_t n) {
    bool real = dtype == LIS_F32 || dtype == LIS_F64;
    return (plan){.transform = real ? LIS_FRAME_SHUFFLE : LIS_FRAME_PLAIN,
                  .packed = (size_t)n * lis_dtype_size(dtype)};
}

#define WIDEN(name, type)                                                                          \
    static void name(int64_t *number, const void *values, int64_t n) {                             \
        const type *from = values;                                                                 \
        for (int64_t i = 0; i < n; i++)                                                            \
            number[i] = from[i];                                                                   \
    }

WIDEN(widen_u8, uint8_t)
WIDEN(widen_i32, int32_t)

/* Floats as whole numbers; false where one is none, or is -0, whose sign would be lost. */
#define WHOLE(name, type, limit)                                                                   \
    static bool name(int64_t *number, const void *values, int64_t n) {                             \
        const type *from = values;                                                                 \
        for (int64_t i = 0; i < n; i++) {                                                          \
            if (!(from[i] > -(type)(limit) && from[i] < (type)(limit))) return false;              \
            number[i] = (int64_t)from[i];                                                          \
            if ((type)number[i] != from[i] || (number[i] == 0 && signbit(from[i]))) return false;  \
        }                                                                                          \
        return true;                                                                               \
    }

WHOLE(whole_f32, float, 1 << 24)
WHOLE(whole_f64, double, INT64_C(1) << 53)

static bool as_numbers(int64_t *number, lis_dtype dtype, const void *values, int64_t n) {
    switch (dtype) {
    case LIS_U8:
        widen_u8(number, values, n);
        return true;
    case LIS_I32:
        widen_i32(number, values, n);
        return true;
    case LIS_I64:
        memcpy(number, values, (size_t)n * sizeof *number);
        return true;
    case LIS_F32:
        return whole_f32(number, values, n);
    case LIS_F64:
        return whole_f64(number, values, n);
    }
    return false;
}

static plan plan_pack(const int64_t *number, int64_t n, uint8_t transform) {
    int64_t least = number[0], most = number[0];
    for (int64_t i = 1; i < n; i++) {
        least = number[i] < least ? number[i] : least;
        most = number[i] > most ? number[i] : most;
    }
    unsigned width = lis_bits_of((uint64_t)most - (uint64_t)least);
    return (plan){.transform = transform,
                  .width = (uint8_t)width,
                  .base = least,
                  .packed = width <= LIS_CACHE_WIDTH_MAX ? lis_bits_bytes(n, width) : SIZE_MAX};
}

/* Differences are taken modulo 2^64, which sums undo whether they overflowed or not. */
static plan plan_delta(const int64_t *number, int64_t n) {
    int64_t least = INT64_MAX, most = INT64_MIN;
    for (int64_t i = 1; i < n; i++) {
        int64_t step = (int64_t)((uint64_t)number[i] - (uint64_t)number[i - 1]);
        least = step < least ? step : least;
        most = step > most ? step : most;
    }
    if (n < 2) least = most = 0;
    unsigned width = lis_bits_of((uint64_t)most - (uint64_t)least);
    return (plan){.transform = LIS_FRAME_DELTA,
                  .width = (uint8_t)width,
                  .base = least,
                  .first = number[0],
                  .packed = width <= LIS_CACHE_WIDTH_MAX ? lis_bits_bytes(n - 1, width) : SIZE_MAX};
}

/* The smallest, where a slower one must earn its keep: differences a quarter, packing an eighth. */
static plan choose(int64_t *number, lis_dtype dtype, const void *values, int64_t n) {
    plan best = plan_plain(dtype, n);
    if (!as_numbers(number, dtype, values, n)) return best;
    bool real = dtype == LIS_F32 || dtype == LIS_F64;
    plan pack = plan_pack(number, n, real ? LIS_FRAME_NUMBER : LIS_FRAME_PACK);
    if (pack.packed < best.packed / 8 * 7) best = pack;
    if (dtype != LIS_I32 && dtype != LIS_I64) return best;
    plan delta = plan_delta(number, n);
    if (delta.packed < best.packed / 4 * 3) best = delta;
    return best;
}

/* ---- encoding */

static void shuffle(unsigned char *to, const unsigned char *from, int64_t n, size_t size) {
    for (size_t b = 0; b < size; b++)
        for (int64_t i = 0; i < n; i++)
            *to++ = from[(size_t)i * size + b];
}

static void unshuffle(unsigned char *to, const unsigned char *from, int64_t n, size_t size) {
    for (size_t b = 0; b < size; b++)
        for (int64_t i = 0; i < n; i++)
            to[(size_t)i * size + b] = *from++;
}

static void transform(unsigned char *to, const plan *p, int64_t *number, const void *values,
                      int64_t n, size_t size) {
    switch (p->transform) {
    case LIS_FRAME_PLAIN:
        memcpy(to, values, (size_t)n * size);
        return;
    case LIS_FRAME_SHUFFLE:
        shuffle(to, values, n, size);
        return;
    case LIS_FRAME_DELTA:
        for (int64_t i = n - 1; i > 0; i--)
            number[i] = (int64_t)((uint64_t)number[i] - (uint64_t)number[i - 1]);
        lis_bits_pack(to, number + 1, n - 1, p->width, p->base);
        return;
    default:
        lis_bits_pack(to, number, n, p->width, p->base);
    }
}

/* scratch->stored gets the frame that zstd makes of scratch->packed; its size, or 0 where that is
 * not worth unpacking. */
static lis_status squeeze(lis_frame_scratch *scratch, size_t packed, int level, size_t *size,
                          lis_error *err) {
    *size = 0;
    if (level == 0 || packed < 64) return LIS_OK;
    if (!scratch->compressor) scratch->compressor = ZSTD_createCCtx();
    if (!scratch->compressor) return lis_fail_nomem(err, "a zstd writer", 1 << 20);
    size_t got = ZSTD_compressCCtx(scratch->compressor, scratch->stored, scratch->stored_room,
                                   scratch->packed, packed, level);
    if (ZSTD_isError(got))
        return lis_fail(err, LIS_ENOMEM, "zstd cannot pack a frame: %s", ZSTD_getErrorName(got));
    if (got < packed / 4 * 3) *size = got;
    return LIS_OK;
}

lis_status lis_frame_encode(lis_frame_scratch *scratch, lis_frame_record *record, lis_dtype dtype,
                            const void *values, int64_t n, int level, lis_error *err) {
    if (n > scratch->elements) {
        lis_free(scratch->number);
        scratch->number = lis_alloc((size_t)n, sizeof *scratch->number);
        scratch->elements = scratch->number ? n : 0;
        if (!scratch->number) return lis_fail_nomem(err, "a frame", (double)n * 8);
    }
    plan p = {.transform = LIS_FRAME_PLAIN, .packed = (size_t)n * lis_dtype_size(dtype)};
    if (level > 0) p = choose(scratch->number, dtype, values, n);
    LIS_TRY(grow(&scratch->packed, &scratch->packed_room, p.packed, err));
    size_t room = ZSTD_compressBound(p.packed), squeezed;
    LIS_TRY(grow(&scratch->stored, &scratch->stored_room, room, err));
    transform(scratch->packed, &p, scratch->number, values, n, lis_dtype_size(dtype));
    LIS_TRY(squeeze(scratch, p.packed, level, &squeezed, err));
    if (squeezed == 0 && p.packed > 0) memcpy(scratch->stored, scratch->packed, p.packed);
    size_t stored = squeezed ? squeezed : p.packed;
    *record = (lis_frame_record){.hash = lis_hash(scratch->stored, stored, 0),
                                 .base = p.base,
                                 .first = p.first,
                                 .stored = (uint32_t)stored,
                                 .packed = (uint32_t)p.packed,
                                 .transform = p.transform,
                                 .width = p.width,
                                 .zstd = squeezed > 0};
    return LIS_OK;
}

/* ---- decoding */

static bool fits_type(uint8_t transform, lis_dtype dtype) {
    bool real = dtype == LIS_F32 || dtype == LIS_F64;
    switch (transform) {
    case LIS_FRAME_PLAIN:
        return true;
    case LIS_FRAME_PACK:
        return !real;
    case LIS_FRAME_DELTA:
        return dtype == LIS_I32 || dtype == LIS_I64;
    default:
        return real;
    }
}

const char *lis_frame_flaw(const lis_frame_record *record, lis_dtype dtype, int64_t n) {
    if (record->transform >= LIS_FRAME_TRANSFORMS || !fits_type(record->transform, dtype))
        return "has a transform that its type has not";
    if (record->width > LIS_CACHE_WIDTH_MAX) return "has too many bits an element";
    bool whole = record->transform == LIS_FRAME_PLAIN || record->transform == LIS_FRAME_SHUFFLE;
    int64_t numbers = record->transform == LIS_FRAME_DELTA ? n - 1 : n;
    size_t packed =
        whole ? (size_t)n * lis_dtype_size(dtype) : lis_bits_bytes(numbers, record->width);
    if (record->packed != packed) return "has a size that does not fit its elements";
    if (record->zstd > 1 || (!record->zstd && record->stored != record->packed))
        return "has a stored size that does not fit";
    for (size_t i = 0; i < sizeof record->reserved; i++)
        if (record->reserved[i]) return "has reserved bytes that are not zero";
    return NULL;
}

static lis_status expand(lis_frame_scratch *scratch, const lis_frame_record *record,
                         const unsigned char *stored, const unsigned char **packed,
                         lis_error *err) {
    *packed = stored;
    if (!record->zstd) return LIS_OK;
    LIS_TRY(grow(&scratch->packed, &scratch->packed_room, record->packed, err));
    if (!scratch->decompressor) scratch->decompressor = ZSTD_createDCtx();
    if (!scratch->decompressor) return lis_fail_nomem(err, "a zstd reader", 1 << 17);
    size_t got = ZSTD_decompressDCtx(scratch->decompressor, scratch->packed, record->packed, stored,
                                     record->stored);
    if (ZSTD_isError(got)) return lis_fail(err, LIS_EFORMAT, "%s", ZSTD_getErrorName(got));
    if (got != record->packed)
        return lis_fail(err, LIS_EFORMAT, "unpacks to %zu bytes instead of %u", got,
                        (unsigned)record->packed);
    *packed = scratch->packed;
    return LIS_OK;
}

#define SUM_UP(name, type, wide)                                                                   \
    static void name(type *out, int64_t n, type first) {                                           \
        wide sum = (wide)first;                                                                    \
        out[0] = first;                                                                            \
        for (int64_t i = 1; i < n; i++) {                                                          \
            sum += (wide)out[i];                                                                   \
            out[i] = (type)sum;                                                                    \
        }                                                                                          \
    }

SUM_UP(sum_up_i32, int32_t, uint32_t)
SUM_UP(sum_up_i64, int64_t, uint64_t)

static void restore(const lis_frame_record *record, const unsigned char *packed, lis_dtype dtype,
                    int64_t n, void *out) {
    size_t size = lis_dtype_size(dtype);
    switch (record->transform) {
    case LIS_FRAME_PLAIN:
        memcpy(out, packed, (size_t)n * size);
        return;
    case LIS_FRAME_SHUFFLE:
        unshuffle(out, packed, n, size);
        return;
    case LIS_FRAME_DELTA:
        lis_bits_unpack((char *)out + size, dtype, packed, n - 1, record->width, record->base);
        if (dtype == LIS_I32)
            sum_up_i32(out, n, (int32_t)record->first);
        else
            sum_up_i64(out, n, record->first);
        return;
    default:
        lis_bits_unpack(out, dtype, packed, n, record->width, record->base);
    }
}

lis_status lis_frame_decode(lis_frame_scratch *scratch, const lis_frame_record *record,
                            const unsigned char *stored, lis_dtype dtype, int64_t n, void *out,
                            lis_error *err) {
    const unsigned char *packed;
    if (lis_hash(stored, record->stored, 0) != record->hash)
        return lis_fail(err, LIS_EFORMAT, LIS_FRAME_DAMAGED);
    LIS_TRY(expand(scratch, record, stored, &packed, err));
    restore(record, packed, dtype, n, out);
    return LIS_OK;
}
