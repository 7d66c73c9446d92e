/* Content hashes (XXH3, 64 bits, through xxHash): data fingerprints and checksums, not security. */
#ifndef LIS_BASE_HASH_H
#define LIS_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* seed chains calls: hash of (a, b) = lis_hash(b, nb, lis_hash(a, na, 0)). */
uint64_t lis_hash(const void *bytes, size_t length, uint64_t seed);

#endif
