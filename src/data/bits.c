#include "bits.h"

#include <string.h>

#include "cache_format.h"

unsigned lis_bits_of(uint64_t most) {
    return most ? 64 - (unsigned)__builtin_clzll(most) : 0;
}

size_t lis_bits_bytes(int64_t n, unsigned width) {
    if (width == 0) return 0;
    return ((size_t)n * width + 7) / 8 + LIS_CACHE_SLACK;
}

static uint64_t word_at(const unsigned char *from) {
    uint64_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

static uint64_t mask_of(unsigned width) {
    return (UINT64_C(1) << width) - 1;
}

void lis_bits_pack(unsigned char *to, const int64_t *value, int64_t n, unsigned width,
                   int64_t base) {
    if (width == 0) return; /* there may be no bytes at all */
    memset(to, 0, lis_bits_bytes(n, width));
    size_t bit = 0;
    for (int64_t i = 0; i < n; i++, bit += width) {
        uint64_t word = word_at(to + bit / 8) | ((uint64_t)value[i] - (uint64_t)base) << (bit % 8);
        memcpy(to + bit / 8, &word, sizeof word);
    }
}

/* Eight numbers of `width` bits fill `width` bytes, so that the place of each of the eight within
 * them is the same in every group. */
#define UNPACK(name, type, convert)                                                                \
    static void name(type *out, const unsigned char *from, int64_t n, unsigned width,              \
                     uint64_t base) {                                                              \
        const uint64_t mask = mask_of(width);                                                      \
        int64_t i = 0;                                                                             \
        for (; i + 8 <= n; i += 8, from += width)                                                  \
            for (unsigned j = 0; j < 8; j++)                                                       \
                out[i + j] = convert(                                                              \
                    base + ((word_at(from + (j * width >> 3)) >> (j * width & 7)) & mask));        \
        for (unsigned j = 0; i + j < n; j++)                                                       \
            out[i + j] =                                                                           \
                convert(base + ((word_at(from + (j * width >> 3)) >> (j * width & 7)) & mask));    \
    }

#define AS_U8(x)  (uint8_t)(x)
#define AS_I32(x) (int32_t)(uint32_t)(x)
#define AS_I64(x) (int64_t)(x)
#define AS_F32(x) (float)(int64_t)(x)
#define AS_F64(x) (double)(int64_t)(x)

UNPACK(unpack_u8, uint8_t, AS_U8)
UNPACK(unpack_i32, int32_t, AS_I32)
UNPACK(unpack_i64, int64_t, AS_I64)
UNPACK(unpack_f32, float, AS_F32)
UNPACK(unpack_f64, double, AS_F64)

/* What numbers of no bits are read from: there may be no bytes at all. */
static const unsigned char nothing[LIS_CACHE_SLACK];

void lis_bits_unpack_portable(void *out, lis_dtype dtype, const unsigned char *from, int64_t n,
                              unsigned width, int64_t base) {
    if (width == 0) from = nothing;
    switch (dtype) {
    case LIS_U8:
        unpack_u8(out, from, n, width, (uint64_t)base);
        return;
    case LIS_I32:
        unpack_i32(out, from, n, width, (uint64_t)base);
        return;
    case LIS_I64:
        unpack_i64(out, from, n, width, (uint64_t)base);
        return;
    case LIS_F32:
        unpack_f32(out, from, n, width, (uint64_t)base);
        return;
    case LIS_F64:
        unpack_f64(out, from, n, width, (uint64_t)base);
        return;
    }
}

void lis_bits_unpack(void *out, lis_dtype dtype, const unsigned char *from, int64_t n,
                     unsigned width, int64_t base) {
    int64_t done = 0;
    if (width == 0) from = nothing;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2"))
        done = lis_bits_unpack_avx2(out, dtype, from, n, width, base);
#endif
    lis_bits_unpack_portable((char *)out + (size_t)done * lis_dtype_size(dtype), dtype,
                             from + (size_t)done / 8 * width, n - done, width, base);
}

uint64_t lis_bits_get_naive(const unsigned char *from, int64_t i, unsigned width) {
    uint64_t number = 0;
    for (unsigned b = 0; b < width; b++) {
        size_t bit = (size_t)i * width + b;
        number |= (uint64_t)(from[bit / 8] >> bit % 8 & 1) << b;
    }
    return number;
}
