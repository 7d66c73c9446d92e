/* Two 32-byte registers. Compiled for AVX2 and BMI; called only where the processor has them. */
#include <immintrin.h>
#include <stdint.h>

typedef struct block {
    __m256i low, high;
} block;

static inline block load(const unsigned char *bytes) {
    return (block){_mm256_loadu_si256((const __m256i *)bytes),
                   _mm256_loadu_si256((const __m256i *)(bytes + 32))};
}

static inline uint64_t join(__m256i low, __m256i high) {
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(low) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

static inline uint64_t equal(block bytes, unsigned char wanted) {
    __m256i all = _mm256_set1_epi8((char)wanted);
    return join(_mm256_cmpeq_epi8(bytes.low, all), _mm256_cmpeq_epi8(bytes.high, all));
}

static inline uint64_t high(block bytes) {
    return join(bytes.low, bytes.high);
}

#include "scan_offsets.h"

#include "scan_kernel.h"

const lis_scan_kernel lis_scan_avx2 = {
    .name = "avx2", .marks = kernel_marks, .count = kernel_count};
