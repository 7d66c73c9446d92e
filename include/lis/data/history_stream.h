/* Histories "as of" (history.h) of a log that is read block after block, in order of time.
 *
 * The stream keeps the latest `max` items of every user, 4 bytes each, and nothing of the rows. A
 * block's rows see what their users engaged with in earlier blocks and, strictly earlier, in this
 * one: the latest `max` items of each window are those that the index of the whole log holds. Rows
 * that share a time belong into one block, since they must not see each other. */
#ifndef LIS_DATA_HISTORY_STREAM_H
#define LIS_DATA_HISTORY_STREAM_H

#include "lis/data/history.h"

typedef struct lis_history_stream lis_history_stream;

/* User codes are below `users`; max >= 1. Memory: users x (4 max + 8) bytes, touched as users appear.
 * LIS_EARG, LIS_ENOMEM. */
lis_status lis_history_stream_new(lis_history_stream **out, int64_t users, int64_t max,
                                  lis_error *err);
void lis_history_stream_free(lis_history_stream *stream); /* NULL: nothing */

/* The histories of the next block, and what its rows leave for the blocks behind it. Times ascend,
 * and the first is later than the last of the block before. source->users does not count; seeds are
 * not taken. `out` NULL: the block is only passed over.
 * Memory: 28 bytes a row while it runs, 16 a row and 4 an event in *out.
 * Errors: LIS_ERANGE names the first bad row and argument, LIS_EARG the first row out of order;
 * LIS_ENOMEM. On error the stream is as before, and *out zeroed. */
lis_status lis_history_stream_next(lis_history_stream *stream, lis_history *out,
                                   const lis_history_source *source, lis_error *err);

#endif
