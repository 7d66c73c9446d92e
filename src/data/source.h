/* The bytes of an input file: mapped as they are, or unpacked where the file says that it is gzip or
 * zstd (by its first bytes, not by its name). */
#ifndef LIS_DATA_SOURCE_H
#define LIS_DATA_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/file.h"
#include "lis/base/status.h"

typedef struct lis_source {
    const char *bytes;
    size_t size;
    lis_file_map map; /* a plain file */
    char *unpacked;   /* owned; NULL for a plain file */
} lis_source;

/* A packed file may unpack to lis_unpack_limit(its size, unpack_max) bytes.
 * Errors: LIS_EIO; LIS_EFORMAT where the packed data is damaged, cut short or beyond the limit;
 * LIS_ENOMEM; LIS_EINTR. *source is zeroed on error. */
lis_status lis_source_open(lis_ctx *ctx, lis_source *source, const char *path, int64_t unpack_max,
                           lis_error *err);

/* The first `most` bytes (unpacked; fewer where the file is shorter), whatever comes behind them: to
 * see what kind of file it is. Errors as above, but for the limit. */
lis_status lis_source_open_head(lis_ctx *ctx, lis_source *source, const char *path, size_t most,
                                lis_error *err);

/* Turns text in Latin-1 (ISO 8859-1) into UTF-8; LIS_ENOMEM, and the source stays as it was. */
lis_status lis_source_from_latin1(lis_source *source, lis_error *err);

/* Leaves a zeroed struct; a zeroed struct is fine. */
void lis_source_close(lis_source *source);

#endif
