/* gzip and zstd: told by their first bytes, and unpacked piece by piece. */
#ifndef LIS_DATA_UNPACK_H
#define LIS_DATA_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lis/base/status.h"

enum { LIS_UNPACK_MIN = 1 << 26 };

/* Whether the bytes begin as gzip or zstd data do. */
bool lis_unpack_knows(const unsigned char *bytes, size_t size);

/* What `size` packed bytes may unpack to: unpack_max, or where that is 0 a hundred times their number
 * and at least LIS_UNPACK_MIN, which real logs never reach and a decompression bomb passes at once. */
size_t lis_unpack_limit(size_t size, int64_t unpack_max);

/* LIS_EFORMAT for a file that unpacks to more. */
lis_status lis_unpack_fail_limit(const char *path, size_t limit, lis_error *err);

typedef struct lis_unpacker lis_unpacker;

/* All members or frames of packed bytes that lis_unpack_knows. `path`, for messages, and the bytes are
 * borrowed until closing. LIS_ENOMEM, and *out is NULL. */
lis_status lis_unpacker_open(lis_unpacker **out, const char *path, const unsigned char *bytes,
                             size_t size, lis_error *err);
void lis_unpacker_close(lis_unpacker *unpacker); /* NULL: nothing */

/* One step: the next bytes into to[0..room), room >= 1; *made of them, which may be none before the
 * end. Errors: LIS_EFORMAT names the format, the place and the reason; LIS_ENOMEM. */
lis_status lis_unpacker_step(lis_unpacker *unpacker, char *to, size_t room, size_t *made,
                             lis_error *err);

/* Whether all is unpacked. */
bool lis_unpacker_ended(const lis_unpacker *unpacker);

/* Packed bytes that were taken so far. */
size_t lis_unpacker_taken(const lis_unpacker *unpacker);

#endif
