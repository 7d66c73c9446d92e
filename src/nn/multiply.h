/* Products of a shard's rows with a packed parameter of a node. */
#ifndef LIS_NN_MULTIPLY_H
#define LIS_NN_MULTIPLY_H

#include "run.h"

/* y = activation(x W + bias), W the node's parameter k [x.width, y.width], packed. */
void nn_multiply_weight(const nn_run *run, const nn_node *node, int k, nn_matrix x, nn_matrix y,
                        const float *bias, nn_activation activation);

/* dW = x' dy, and dx = (or +=) dy W' where dx.at. */
void nn_multiply_back(const nn_run *run, const nn_node *node, int k, nn_matrix x, nn_matrix dy,
                      nn_matrix dx, bool add);

#endif
