/* The dense half of a step: one arena of parameters, stepped in chunks, and copies of the weights of
 * linear layers packed for their two products (pack.h), kept in step with them: packing happens where
 * a chunk was just stepped, while it is in the cache. */
#ifndef LIS_NN_DENSE_H
#define LIS_NN_DENSE_H

#include "kernels.h"
#include "lis/nn/model.h"

/* Rows of one weight, or a run of several values of one that is not packed. */
typedef struct nn_chunk {
    int weight;
    int64_t begin, end; /* rows */
    double square;      /* of the last batch's gradient, where nn_dense_reduce was called */
} nn_chunk;

/* Where parameters, their gradients and packed copies lie. LIS_ENOMEM. */
lis_status nn_dense_plan(lis_model *model, lis_error *err);
void nn_dense_free(lis_model *model);

/* Packs all weights anew: a caller may have written to them. */
void nn_dense_pack(lis_model *model);

/* Leaves the sum of chunk c's gradients, in shard order, in the first shard's, and its square. */
void nn_dense_reduce(lis_model *model, int64_t c, int64_t shards);

/* Steps chunk c on the sum, in order, of the first `shards` shards' gradients, and packs it. */
void nn_dense_step(lis_model *model, int64_t c, const nn_rates *rates, int64_t shards);

#endif
