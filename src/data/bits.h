/* Whole numbers in as few bits as the largest needs, lowest bits first, end to end. */
#ifndef LIS_DATA_BITS_H
#define LIS_DATA_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lis/tensor/tensor.h"

/* Bits of the largest of values that lie in [0, most]; 0 for most 0. */
unsigned lis_bits_of(uint64_t most);

/* Bytes that n numbers of `width` bits take, the slack behind them included; 0 for width 0. */
size_t lis_bits_bytes(int64_t n, unsigned width);

/* Packs value[i] - base. to [lis_bits_bytes] is written whole; width <= LIS_CACHE_WIDTH_MAX, and
 * every difference fits it. */
void lis_bits_pack(unsigned char *to, const int64_t *value, int64_t n, unsigned width,
                   int64_t base);

/* out[i] = base + the i-th number, converted to the type: integers wrap, floats are exact up to
 * their mantissa. from [lis_bits_bytes] holds any bytes. */
void lis_bits_unpack(void *out, lis_dtype dtype, const unsigned char *from, int64_t n,
                     unsigned width, int64_t base);

/* The same without vector registers. */
void lis_bits_unpack_portable(void *out, lis_dtype dtype, const unsigned char *from, int64_t n,
                              unsigned width, int64_t base);

/* The first of the n numbers with vectors: how many were unpacked, a multiple of eight; 0 where the
 * width is beyond LIS_BITS_AVX2_MAX, or 0. Reads nothing behind lis_bits_bytes(n, width). */
enum { LIS_BITS_AVX2_MAX = 25 };
int64_t lis_bits_unpack_avx2(void *out, lis_dtype dtype, const unsigned char *from, int64_t n,
                             unsigned width, int64_t base);

/* The same number by number, with nothing hoisted: the tests' oracle. */
uint64_t lis_bits_get_naive(const unsigned char *from, int64_t i, unsigned width);

#endif
