/* Eight packed numbers at a time: their bytes are shuffled into eight lanes, each lane is shifted to
 * its first bit and masked. Compiled for AVX2; called only where the processor has it. */
#include <immintrin.h>

#include "bits.h"

enum { GROUP_BYTES = 32 }; /* read for a group, at most */

typedef struct lanes {
    __m256i place, shift, mask;
    size_t half; /* where the last four of a group begin */
} lanes;

/* Lane j of a half begins at bit j * width, the second half's at 4 * width. */
static lanes lanes_of(unsigned width) {
    unsigned char place[32];
    uint32_t shift[8];
    for (unsigned j = 0; j < 8; j++) {
        unsigned bit = j < 4 ? j * width : (4 * width & 7) + (j - 4) * width;
        shift[j] = bit & 7;
        for (unsigned k = 0; k < 4; k++)
            place[4 * j + k] = (unsigned char)((bit >> 3) + k);
    }
    return (lanes){.place = _mm256_loadu_si256((const __m256i *)place),
                   .shift = _mm256_loadu_si256((const __m256i *)shift),
                   .mask = _mm256_set1_epi32((int)((UINT32_C(1) << width) - 1)),
                   .half = width * 4 >> 3};
}

static inline __m256i group(const lanes *at, const unsigned char *from) {
    __m128i low = _mm_loadu_si128((const __m128i *)from);
    __m128i high = _mm_loadu_si128((const __m128i *)(from + at->half));
    __m256i bytes = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    __m256i words = _mm256_shuffle_epi8(bytes, at->place);
    return _mm256_and_si256(_mm256_srlv_epi32(words, at->shift), at->mask);
}

static void store_u8(uint8_t *out, __m256i v) {
    v = _mm256_and_si256(v, _mm256_set1_epi32(0xff));
    __m128i halves = _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    _mm_storel_epi64((__m128i *)out, _mm_packus_epi16(halves, halves));
}

static void store_i64(int64_t *out, __m256i v, __m256i base) {
    __m256i low = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(v));
    __m256i high = _mm256_cvtepu32_epi64(_mm256_extracti128_si256(v, 1));
    _mm256_storeu_si256((__m256i *)out, _mm256_add_epi64(low, base));
    _mm256_storeu_si256((__m256i *)(out + 4), _mm256_add_epi64(high, base));
}

static void store_f64(double *out, __m256i v) {
    _mm256_storeu_pd(out, _mm256_cvtepi32_pd(_mm256_castsi256_si128(v)));
    _mm256_storeu_pd(out + 4, _mm256_cvtepi32_pd(_mm256_extracti128_si256(v, 1)));
}

#define EACH_GROUP(store)                                                                          \
    for (; i + 8 <= n && end - from >= GROUP_BYTES; i += 8, from += width) {                       \
        __m256i v = group(&at, from);                                                              \
        store;                                                                                     \
    }

int64_t lis_bits_unpack_avx2(void *out, lis_dtype dtype, const unsigned char *from, int64_t n,
                             unsigned width, int64_t base) {
    const unsigned char *end = from + lis_bits_bytes(n, width);
    bool small = base >= INT32_MIN / 2 && base <= INT32_MAX / 2;
    if (width == 0 || width > LIS_BITS_AVX2_MAX) return 0;
    lanes at = lanes_of(width);
    __m256i base32 = _mm256_set1_epi32((int)(uint32_t)(uint64_t)base);
    __m256i base64 = _mm256_set1_epi64x(base);
    int64_t i = 0;
    if (dtype == LIS_I32)
        EACH_GROUP(
            _mm256_storeu_si256((__m256i *)((int32_t *)out + i), _mm256_add_epi32(v, base32)))
    else if (dtype == LIS_I64)
        EACH_GROUP(store_i64((int64_t *)out + i, v, base64))
    else if (dtype == LIS_U8)
        EACH_GROUP(store_u8((uint8_t *)out + i, _mm256_add_epi32(v, base32)))
    else if (dtype == LIS_F64 && small)
        EACH_GROUP(store_f64((double *)out + i, _mm256_add_epi32(v, base32)))
    else if (dtype == LIS_F32 && small)
        EACH_GROUP(
            _mm256_storeu_ps((float *)out + i, _mm256_cvtepi32_ps(_mm256_add_epi32(v, base32))))
    return i;
}
