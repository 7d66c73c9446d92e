/* (z - t)^2 against a column t; dz = 2 (z - t). */
#include "loss.h"

enum { SCORE, TARGET, WEIGHT };

static const nn_option options[] = {NN_LOSS_OPTIONS, {.name = NULL}};

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    return nn_loss_plan(graph, node, 1, err);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix z = nn_in(run, node, SCORE), dz = nn_din(run, node, SCORE, &add);
    nn_matrix t = nn_in(run, node, TARGET);
    for (int64_t r = 0; r < z.rows; r++) {
        double off = (double)z.at[r * z.ld] - t.at[r * t.ld];
        nn_loss_put(run, dz, add, r, nn_loss_weight(run, node, WEIGHT, r), off * off, 2 * off);
    }
}

const nn_op nn_op_squared_error = {.name = "squared_error",
                                   .inputs_min = 2,
                                   .inputs_max = 3,
                                   .options = options,
                                   .plan = plan,
                                   .forward = nn_loss_forward,
                                   .backward = backward};
