/* What losses share: a mean over the batch, each row times its weight where one is given, all times
 * the loss's share among several. A loss and its gradient are found together, in backward. */
#ifndef LIS_NN_LOSS_H
#define LIS_NN_LOSS_H

#include "run.h"

/* Option 0 of every loss: share = 1. */
#define NN_LOSS_OPTIONS                                                                            \
    { .name = "share", .kind = NN_NUMBER, .otherwise = 1, .low = 0, .high = 1e6 }

/* Inputs [0, scores) are trained rows of one column; the others (target, weight) are rows of one
 * column that no parameter moves. Makes the node a loss. */
lis_status nn_loss_plan(lis_graph *graph, nn_node *node, int scores, lis_error *err);

/* Losses do nothing forward. */
void nn_loss_forward(nn_run *run, const nn_node *node);

/* What row r's loss is multiplied by before the mean; `weight` is the input that may be given. */
static inline double nn_loss_weight(const nn_run *run, const nn_node *node, int weight, int64_t r) {
    double share = nn_option_of(node, 0);
    if (weight >= node->inputs) return share;
    nn_matrix w = nn_in(run, node, weight);
    return share * w.at[r * w.ld];
}

/* Adds loss * weight to the run, and sets or adds slope * weight / batch rows at row r of dz. */
static inline void nn_loss_put(nn_run *run, nn_matrix dz, bool add, int64_t r, double weight,
                               double loss, double slope) {
    run->loss += weight * loss;
    if (!dz.at) return;
    float *to = dz.at + r * dz.ld;
    *to = (add ? *to : 0) + run->scale * (float)(weight * slope);
}

#endif
