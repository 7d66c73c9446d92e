/* A feed: the columns of a log, bound to a model's inputs by name.
 *
 * Binding checks every id once, so that the training loop does not. Columns are borrowed: they must
 * stay alive and unchanged while the feed is used. One feed serves any number of fits and
 * predictions of models built from the same graph. */
#ifndef LIS_NN_FEED_H
#define LIS_NN_FEED_H

#include <stdint.h>

#include "lis/base/status.h"
#include "lis/data/history.h"
#include "lis/nn/model.h"

typedef struct lis_feed lis_feed;

/* A feed of `rows` rows with nothing bound. Errors: LIS_ENOMEM. */
lis_status lis_feed_new(lis_feed **out, const lis_model *model, int64_t rows, lis_error *err);
void lis_feed_free(lis_feed *feed); /* NULL: nothing */

/* ids [rows] i32 for an `ids` input, each in [0, vocab); -1 (missing) embeds as zeros.
 * Errors, here and below: LIS_EARG (no such input, or of another kind), LIS_ERANGE (names the input
 * and the first bad row), LIS_ESHAPE. */
lis_status lis_feed_ids(lis_feed *feed, const char *input, const int32_t *ids, lis_error *err);

/* values [rows, width] f32 for a `dense` input. */
lis_status lis_feed_dense(lis_feed *feed, const char *input, const float *values, int64_t width,
                          lis_error *err);

/* Frozen vectors for a `dense` input: row r reads table[index[r], :]. table [entries, width] f32,
 * index [rows] i32 in [0, entries) or -1 (zeros). No gradient flows into the table. */
lis_status lis_feed_frozen(lis_feed *feed, const char *input, const float *table, int64_t entries,
                           int64_t width, const int32_t *index, lis_error *err);

/* Frozen vectors for a `frozen` input: the event with item i of row r reads table[offset[r] + i, :].
 * table [entries, width] f32; offset [rows] i32 in [0, entries - vocab], NULL: 0 everywhere. */
lis_status lis_feed_events(lis_feed *feed, const char *input, const float *table, int64_t entries,
                           int64_t width, const int32_t *offset, lis_error *err);

/* A history of `rows` rows for a `history` input, its items in [0, vocab). A row reads its latest
 * max_len items. The struct is copied, its arrays are borrowed. LIS_ERANGE also where a row's window
 * does not lie within the events. */
lis_status lis_feed_history(lis_feed *feed, const char *input, const lis_history *history,
                            lis_error *err);

/* label [rows] u8, zero or not; needed by fit, not by predict. */
lis_status lis_feed_label(lis_feed *feed, const uint8_t *label, lis_error *err);

#endif
