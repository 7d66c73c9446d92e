/* Logistic loss of logit z against a column t in [0, 1]: another task's label, or a soft one. */
#include "loss.h"

enum { LOGIT, TARGET, WEIGHT };

static const nn_option options[] = {NN_LOSS_OPTIONS, {.name = NULL}};

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    return nn_loss_plan(graph, node, 1, err);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix z = nn_in(run, node, LOGIT), dz = nn_din(run, node, LOGIT, &add);
    nn_matrix t = nn_in(run, node, TARGET);
    double loss[LIS_NN_SHARD], slope[LIS_NN_SHARD];
    for (int64_t r = 0; r < z.rows; r++) {
        loss[r] = z.at[r * z.ld];
        slope[r] = t.at[r * t.ld];
    }
    run->kernels->log_loss(loss, slope, z.rows);
    for (int64_t r = 0; r < z.rows; r++)
        nn_loss_put(run, dz, add, r, nn_loss_weight(run, node, WEIGHT, r), loss[r], slope[r]);
}

const nn_op nn_op_cross_entropy = {.name = "cross_entropy",
                                   .inputs_min = 2,
                                   .inputs_max = 3,
                                   .options = options,
                                   .plan = plan,
                                   .forward = nn_loss_forward,
                                   .backward = backward};
