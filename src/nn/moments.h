/* Columns normalised over the rows of a shard: (x - mean) / sqrt(variance + eps), as batch_norm and
 * dice need it. In training the moments are the shard's own ("ghost" batches: Hoffer, Hubara and
 * Soudry 2017), so that a result depends on the batch alone and not on who computes it; in prediction
 * they are running averages over the batches trained. */
#ifndef LIS_NN_MOMENTS_H
#define LIS_NN_MOMENTS_H

#include "run.h"

/* The node's parameters `first` and first + 1 are the running mean and variance. */
lis_status nn_moments_plan(lis_graph *graph, nn_node *node, lis_error *err);

/* Floats of scratch, and the normalised rows [items, width] in it. */
int64_t nn_moments_scratch(const lis_graph *graph, const nn_node *node);
float *nn_normal(const nn_run *run, const nn_node *node);

void nn_normalise(nn_run *run, const nn_node *node, int first);

/* slope [items, width]: of the normalised rows; it becomes that of x. Also writes the averages'
 * gradients. */
void nn_normalise_back(nn_run *run, const nn_node *node, int first, float *slope);

#endif
