/* bf16: the upper half of a f32, that is 8 bits of significand.
 *
 * Two neighbours along a product's inner dimension make one pair, the first in the upper half, which
 * is the one that the processor's VDPBF16PS adds first. */
#ifndef LIS_NN_BF16_H
#define LIS_NN_BF16_H

#include <stdint.h>
#include <string.h>

/* Rounded to nearest, ties to even, as the processor does: numbers below 2^-126 become 0, NaN stays.
 * The lower half is clear. */
static inline uint32_t nn_bf16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint32_t size = bits & 0x7fffffffu;
    uint32_t rounded = bits + 0x7fffu + (bits >> 16 & 1u);
    rounded = size > 0x7f800000u ? bits | 0x400000u : rounded;
    return (size < 0x800000u ? bits & 0x80000000u : rounded) & 0xffff0000u;
}

static inline uint32_t nn_pair(float first, float second) {
    return nn_bf16(first) | nn_bf16(second) >> 16;
}

#endif
