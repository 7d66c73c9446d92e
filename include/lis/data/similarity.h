/* A row's history as vectors: its mean, and how similar the row's item is to it.
 *
 * Vectors are looked up at item code + offset of the row, so that one table can hold a copy of every
 * item a fold: offset = fold * items. Similarity in tiers after SimTier (Sheng et al., "Enhancing
 * Taobao Display Advertising with Multimodal Representations", 2024): the shares of the history
 * whose cosine falls into each bin. */
#ifndef LIS_DATA_SIMILARITY_H
#define LIS_DATA_SIMILARITY_H

#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/data/history.h"
#include "lis/tensor/tensor.h"

/* out[r, :] = mean of the vectors of the latest `max` items that row r sees; zeros where it sees
 * none.
 *   out     [n, d] f32   written, n = history->rows; must not overlap vectors
 *   vectors [v, d] f32   borrowed, contiguous
 *   offset  [n]    i32   borrowed; NULL: 0
 * Threads: rows in shards; same bytes at any number of threads and with every instruction set.
 * Allocates nothing.
 * Errors: LIS_ESHAPE, LIS_EDTYPE; LIS_ERANGE names the first row with a code outside [0, v);
 * LIS_EARG where max < 0; LIS_EINTR. */
lis_status lis_history_mean(lis_ctx *ctx, const lis_tensor *out, const lis_history *history,
                            const lis_tensor *vectors, const lis_tensor *offset, int64_t max,
                            lis_error *err);

enum {
    LIS_SIMILARITY_HEAD = 4, /* columns in front of the tiers */
    LIS_TIERS_MAX = 256
};

typedef struct lis_tiers {
    int64_t count;      /* of bins, in [0, LIS_TIERS_MAX] */
    const float *edges; /* [count - 1] ascending; bin = number of edges <= cosine. NULL: equal
                           widths over [-1, 1] */
} lis_tiers;

/* Cosines of row r's target with the latest `max` items of its history, summed up as
 * out[r, :] = { mean, largest, of the latest item, mean of the largest three, share a tier... };
 * zeros where the history is empty or the target is -1.
 *   out     [n, LIS_SIMILARITY_HEAD + tiers->count] f32   written, n = history->rows
 *   target  [n]    i32   borrowed; item code or -1
 *   vectors [v, d] f32   borrowed, contiguous; rows of length 1 or 0, so that a product is a cosine
 *                        (clamped to [-1, 1])
 *   offset  [n]    i32   borrowed, for target and history alike; NULL: 0
 * Threads and errors as lis_history_mean; LIS_EARG also for edges out of order. */
lis_status lis_history_similarity(lis_ctx *ctx, const lis_tensor *out, const lis_history *history,
                                  const lis_tensor *target, const lis_tensor *vectors,
                                  const lis_tensor *offset, int64_t max, const lis_tiers *tiers,
                                  lis_error *err);

#endif
