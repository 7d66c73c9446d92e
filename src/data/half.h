/* Sixteen-bit floats, widened: exact, both kinds are part of f32. */
#ifndef LIS_DATA_HALF_H
#define LIS_DATA_HALF_H

#include <stdint.h>
#include <string.h>

/* Bits of an IEEE half: subnormals are scaled, all others get their exponent moved. */
static inline float lis_from_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, rest = half & 0x7fff;
    if (rest < 0x0400) {
        float small = (float)rest * 0x1p-24F;
        return sign ? -small : small;
    }
    uint32_t bits = rest >= 0x7c00 ? sign | 0x7f800000 | (rest & 0x3ff) << 13
                                   : sign | ((rest << 13) + (112U << 23));
    float out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

/* Bits of a bfloat16: the upper half of an f32. */
static inline float lis_from_bfloat(uint16_t upper) {
    uint32_t bits = (uint32_t)upper << 16;
    float out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

#endif
