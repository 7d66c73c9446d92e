/* Content hashes (XXH3, 64 bits, through xxHash): data fingerprints and checksums, not security. */
#ifndef LIS_BASE_HASH_H
#define LIS_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"

/* seed chains calls: hash of (a, b) = lis_hash(b, nb, lis_hash(a, na, 0)). */
uint64_t lis_hash(const void *bytes, size_t length, uint64_t seed);

/* Hash of a file's content: its blocks of 4 MiB are hashed in parallel, and then their hashes with
 * the size, so that it is not lis_hash of the bytes. Same at any thread count.
 * LIS_EIO, LIS_ENOMEM, LIS_EINTR. */
lis_status lis_hash_file(lis_ctx *ctx, const char *path, uint64_t *hash, lis_error *err);

#endif
