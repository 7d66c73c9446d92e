/* Eight bytes at a time in a general register. */
#include <stdint.h>

typedef struct block {
    uint64_t word[8];
} block;

static block load(const unsigned char *bytes) {
    block out;
    for (int w = 0; w < 8; w++) {
        uint64_t word = 0;
        for (int i = 7; i >= 0; i--)
            word = word << 8 | bytes[8 * w + i];
        out.word[w] = word;
    }
    return out;
}

/* The top bits of eight bytes, side by side: the product moves bit 8i + 7 to bit 56 + i. */
static uint64_t top_bits(uint64_t word) {
    return ((word >> 7 & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080)) >> 56;
}

static uint64_t equal(block bytes, unsigned char wanted) {
    const uint64_t lows = UINT64_C(0x7f7f7f7f7f7f7f7f);
    uint64_t mask = 0;
    for (int w = 0; w < 8; w++) {
        uint64_t other = bytes.word[w] ^ wanted * UINT64_C(0x0101010101010101);
        uint64_t zero = ~(((other & lows) + lows) | other | lows);
        mask |= top_bits(zero) << 8 * w;
    }
    return mask;
}

static uint64_t high(block bytes) {
    uint64_t mask = 0;
    for (int w = 0; w < 8; w++)
        mask |= top_bits(bytes.word[w]) << 8 * w;
    return mask;
}

#include "scan_offsets.h"

#include "scan_kernel.h"

const lis_scan_kernel lis_scan_portable = {
    .name = "portable", .marks = kernel_marks, .count = kernel_count};
