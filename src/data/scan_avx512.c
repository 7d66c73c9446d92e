/* One 64-byte register. Compiled for AVX-512 BW and BMI; called only where the processor has them. */
#include <immintrin.h>
#include <stdint.h>

typedef __m512i block;

static inline block load(const unsigned char *bytes) {
    return _mm512_loadu_si512(bytes);
}

static inline uint64_t equal(block bytes, unsigned char wanted) {
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8((char)wanted));
}

static inline uint64_t high(block bytes) {
    return _mm512_movepi8_mask(bytes);
}

/* Offsets of the set bits: sixteen at a time, the marked ones of a counting vector moved together. */
static inline uint32_t *write_offsets(uint32_t *at, uint64_t marks, uint32_t base) {
    const __m512i count = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    for (unsigned part = 0; part < 64; part += 16) {
        __mmask16 wanted = (__mmask16)(marks >> part);
        __m512i offset = _mm512_add_epi32(count, _mm512_set1_epi32((int)(base + part)));
        _mm512_storeu_si512(at, _mm512_maskz_compress_epi32(wanted, offset));
        at += __builtin_popcount(wanted);
    }
    return at;
}

#include "scan_kernel.h"

const lis_scan_kernel lis_scan_avx512 = {
    .name = "avx512", .marks = kernel_marks, .count = kernel_count};
