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

#include "scan_kernel.h"

const lis_scan_kernel lis_scan_avx512 = {
    .name = "avx512", .marks = kernel_marks, .count = kernel_count};
