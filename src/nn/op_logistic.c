/* Logistic loss of logit z against the feed's label y: log(1 + e^z) - y z; dz = sigmoid(z) - y. */
#include "loss.h"

enum { LOGIT, WEIGHT };

static const nn_option options[] = {NN_LOSS_OPTIONS, {.name = NULL}};

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    return nn_loss_plan(graph, node, 1, err);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix z = nn_in(run, node, LOGIT), dz = nn_din(run, node, LOGIT, &add);
    double loss[LIS_NN_SHARD], slope[LIS_NN_SHARD];
    uint8_t label[LIS_NN_SHARD]; /* side by side, so that no branch has to guess them */
    for (int64_t r = 0; r < z.rows; r++) {
        loss[r] = z.at[r * z.ld];
        label[r] = run->feed->label[run->row[r]];
    }
    for (int64_t r = 0; r < z.rows; r++)
        slope[r] = label[r] != 0;
    run->kernels->log_loss(loss, slope, z.rows);
    for (int64_t r = 0; r < z.rows; r++)
        nn_loss_put(run, dz, add, r, nn_loss_weight(run, node, WEIGHT, r), loss[r], slope[r]);
}

const nn_op nn_op_logistic = {.name = "logistic",
                              .inputs_min = 1,
                              .inputs_max = 2,
                              .options = options,
                              .plan = plan,
                              .forward = nn_loss_forward,
                              .backward = backward};
