/* A text file as its lines: ids that name the rows of a .npy file, lists of names. */
#ifndef LIS_DATA_LINES_H
#define LIS_DATA_LINES_H

#include <stddef.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/data/table.h"

/* A table of one text column, "line": every line without its end (LF or CRLF), blank ones too; a
 * byte order mark is skipped; gzip and zstd are unpacked; behind the last line end there is no line.
 * Errors: LIS_EIO; LIS_EFORMAT with path and line for a NUL byte or invalid UTF-8; LIS_ENOMEM.
 * *out is overwritten, and zeroed on error. */
lis_status lis_lines_read(lis_ctx *ctx, lis_table *out, const char *path, lis_error *err);

/* The same from memory; `path` only names the bytes in messages. */
lis_status lis_lines_parse(lis_table *out, const char *path, const char *bytes, size_t size,
                           lis_error *err);

enum { LIS_LINES_HEAD = 1 << 16 };

/* The lines that lie whole in the file's first LIS_LINES_HEAD bytes (unpacked), or the beginning of
 * the first where even that is longer: enough to tell one kind of file from another. */
lis_status lis_lines_head(lis_ctx *ctx, lis_table *out, const char *path, lis_error *err);

#endif
