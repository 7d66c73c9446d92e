/* A file of delimited text or JSON lines as tables of some rows each, in memory that does not grow with
 * the file: what is larger than memory is read block after block.
 *
 * Together the tables are the one that lis_delimited_read or lis_jsonl_read gives, but for types that
 * nobody declared: those are guessed from the first lines and the first block, and a later field that
 * does not fit is an error that says which type to declare. The strings of a column have one dictionary,
 * shared by all its tables, which grows with each block; codes are numbered by first appearance in the
 * file.
 *
 * A plain file is mapped and its pages are given back behind each block; one in gzip, zstd or Latin-1
 * goes through a buffer of at most two blocks, or twice the longest line and 16 MiB. A plain file must not shrink meanwhile. */
#ifndef LIS_DATA_BLOCKS_H
#define LIS_DATA_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/data/delimited.h"

typedef struct lis_blocks lis_blocks;

/* Reads the header and looks at the first lines. json: JSON lines, of whose options those of
 * lis_jsonl_read count. Path and options are borrowed for the call.
 * Errors: as lis_delimited_read has them for its first lines; *out is NULL then. */
lis_status lis_blocks_open(lis_ctx *ctx, lis_blocks **out, const char *path, bool json,
                           const lis_delimited_options *options, lis_error *err);

/* The next table: records of about `bytes` bytes of text (>= 1), one record at least; *out is zeroed
 * where the file has no more.
 * Threads: same table at any number.
 * Errors: as lis_delimited_read, with lines numbered as in the whole file, and LIS_EFORMAT for a field
 * that does not fit a guess; *out is zeroed. After LIS_EINTR and LIS_ENOMEM the call may be repeated. */
lis_status lis_blocks_next(lis_ctx *ctx, lis_blocks *blocks, int64_t bytes, lis_table *out,
                           lis_error *err);

/* The number, from 1, of the line on which row `row` (from 0) of the latest table begins. */
int64_t lis_blocks_line(const lis_blocks *blocks, int64_t row);

/* What the file looks like; borrowed. The delimiter is NULL for JSON lines. Columns are all of the
 * file's, kept or not. */
const char *lis_blocks_delimiter(const lis_blocks *blocks);
int64_t lis_blocks_columns(const lis_blocks *blocks);
const char *lis_blocks_name(const lis_blocks *blocks, int64_t column);

/* How far it is: bytes of the file that were read, of its size. */
void lis_blocks_progress(const lis_blocks *blocks, int64_t *read, int64_t *size);

/* NULL: nothing. Tables and dictionaries that were given stay good. */
void lis_blocks_close(lis_blocks *blocks);

#endif
