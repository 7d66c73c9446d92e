/* Some rows of a shard, taken apart into fields but not yet converted.
 *
 * Whoever splits a format fills raw fields and calls flush: columns are converted one after the
 * other, each in one tight loop. */
#ifndef LIS_DATA_BATCH_H
#define LIS_DATA_BATCH_H

#include "shard.h"

typedef struct lis_batch {
    lis_ctx *ctx;
    const lis_schema *schema;
    lis_shard_rows *shard;
    const lis_sink *sink;
    unsigned seen;       /* LIS_SEEN_* of the bytes that the rows were split from */
    int64_t rows, room;  /* filled, at most */
    lis_text *raw;       /* [columns][room] fields as they stand */
    const char **row_at; /* [room] where each row begins, of formats whose fields may be copies */
    lis_text *clean;     /* [room] one column's content */
    lis_arena scratch;   /* copies that live as long as the batch */
    lis_text *piece;     /* [piece_room] elements of one column's lists */
    int64_t piece_room;
} lis_batch;

/* LIS_ENOMEM; lis_batch_close in any case. */
lis_status lis_batch_open(lis_batch *b, lis_ctx *ctx, const lis_schema *schema,
                          lis_shard_rows *shard, const lis_sink *sink, lis_error *err);
void lis_batch_close(lis_batch *b);

/* The fields of one column, row after row. */
static inline lis_text *lis_batch_column(const lis_batch *b, int64_t column) {
    return b->raw + column * b->room;
}

/* Converts the rows into the sinks and empties the batch. The error is that of the lowest bad row. */
lis_status lis_batch_flush(lis_batch *b, lis_error *err);

#endif
