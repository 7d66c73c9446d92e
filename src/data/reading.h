/* From a schema to a table: cuts the file into shards, reads them together, joins what they read. */
#ifndef LIS_DATA_READING_H
#define LIS_DATA_READING_H

#include "lis/base/ctx.h"
#include "schema.h"

/* Types that were guesses may be widened in the schema, and the file read again. Errors and threads
 * as lis_delimited_read; *out is only written on success. shard_bytes 0: chosen. */
lis_status lis_reading_run(lis_ctx *ctx, lis_table *out, lis_schema *schema, int64_t shard_bytes,
                           lis_error *err);

#endif
