/* One shard of a delimited file: a range of whole records, read into its own rows of the columns. */
#ifndef LIS_DATA_SHARD_H
#define LIS_DATA_SHARD_H

#include "lis/base/ctx.h"
#include "schema.h"

/* Where a column's values go; the array is shared by all shards, each writes its own rows. */
typedef struct lis_sink {
    void *values; /* i32 codes, f64, f32, i64; text and list: i64 [rows + 1], the end of row r at
                     [r + 1] */
} lis_sink;

/* Bytes of a text column, one shard's. */
typedef struct lis_bytes {
    char *bytes;
    int64_t size, capacity;
} lis_bytes;

/* Elements of a list column, one shard's. */
typedef struct lis_elements {
    int32_t *code; /* local to the shard */
    float *mark;   /* NULL where elements carry none */
    int64_t size, capacity;
} lis_elements;

typedef struct lis_shard_rows {
    const char *begin, *end; /* whole records */
    int64_t first_row;       /* its first row in the sinks */
    int64_t rows;            /* filled by the reader; at most what was counted */
    lis_dict **dict;         /* [columns] of string and list columns, codes local to the shard; the
                                first one's are those of the whole */
    lis_bytes *text;         /* [columns] of text columns; ends are relative to it */
    lis_elements *list;      /* [columns] of list columns; ends are relative to it */
    bool failed;             /* the reader returned an error */
    int64_t widen;           /* an inferred column that a field does not fit, or -1 */
    lis_column_type widen_to;
} lis_shard_rows;

/* dict, text and list empty, [columns] each; released by lis_shard_close in any case. The first shard
 * goes on with the dictionaries that the schema has. LIS_ENOMEM. */
lis_status lis_shard_open(lis_shard_rows *shard, const lis_schema *schema, bool first,
                          lis_error *err);
void lis_shard_close(lis_shard_rows *shard, const lis_schema *schema);

/* Reads every record. On LIS_EFORMAT with shard->widen >= 0 the file is fine and the type was not. */
lis_status lis_shard_read(lis_ctx *ctx, lis_shard_rows *shard, const lis_schema *schema,
                          const lis_sink *sink, lis_error *err);

/* The same for JSON lines. */
lis_status lis_shard_read_json(lis_ctx *ctx, lis_shard_rows *shard, const lis_schema *schema,
                               const lis_sink *sink, lis_error *err);

#endif
