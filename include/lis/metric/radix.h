/* Radix sort of packed 64-bit rows: the one sort behind AUC, GAUC and DeLong. */
#ifndef LIS_METRIC_RADIX_H
#define LIS_METRIC_RADIX_H

#include <stdint.h>
#include <string.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"

/* A u32 that orders as the float does: -inf < ... < -0 = +0 < ... < +inf. NaN has no place and is
 * the caller's to refuse. Adding 0 makes -0 into +0, so that the two tie. */
static inline uint32_t lis_radix_key(float x) {
    uint32_t bits;
    x += 0.0f;
    memcpy(&bits, &x, sizeof bits);
    return bits ^ ((uint32_t)((int32_t)bits >> 31) | 0x80000000u);
}

/* Sorts rows ascending by bits [low, high), stably; bits outside travel along. O(n) a digit.
 *   rows, scratch  [n] u64   both overwritten; must not overlap
 *   *sorted                  whichever of the two holds the result
 * Threads: per-shard counts and scatters, a cut that depends on n alone; same bytes at any count.
 * Errors: LIS_ENOMEM, LIS_EINTR. Allocates: the counts, at most 1 MiB, freed before return. */
lis_status lis_radix_sort(lis_ctx *ctx, uint64_t *rows, uint64_t *scratch, int64_t n, int low,
                          int high, uint64_t **sorted, lis_error *err);

/* The same on the calling thread, allocating nothing; for the many short runs of one user. Returns
 * the array that holds the result. Insertion sort where n is small. */
uint64_t *lis_radix_sort_alone(uint64_t *rows, uint64_t *scratch, int64_t n, int low, int high);

#endif
