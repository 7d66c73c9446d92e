/* Bayesian personalised ranking (Rendle et al. 2009): log(1 + e^-(a - b)), a the score of what was
 * preferred, b of what was not; da = -sigmoid(-(a - b)) = -db. */
#include "loss.h"

enum { BETTER, WORSE, WEIGHT };

static const nn_option options[] = {NN_LOSS_OPTIONS, {.name = NULL}};

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    return nn_loss_plan(graph, node, 2, err);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add_a, add_b;
    nn_matrix a = nn_in(run, node, BETTER), b = nn_in(run, node, WORSE);
    nn_matrix da = nn_din(run, node, BETTER, &add_a), db = nn_din(run, node, WORSE, &add_b);
    double loss[LIS_NN_SHARD], slope[LIS_NN_SHARD];
    for (int64_t r = 0; r < a.rows; r++) {
        loss[r] = (double)a.at[r * a.ld] - b.at[r * b.ld];
        slope[r] = 1;
    }
    run->kernels->log_loss(loss, slope, a.rows);
    for (int64_t r = 0; r < a.rows; r++) {
        double weight = nn_loss_weight(run, node, WEIGHT, r);
        nn_loss_put(run, da, add_a, r, weight, loss[r], slope[r]);
        nn_loss_put(run, db, add_b, r, weight, 0, -slope[r]);
    }
}

const nn_op nn_op_bpr = {.name = "bpr",
                         .inputs_min = 2,
                         .inputs_max = 3,
                         .options = options,
                         .plan = plan,
                         .forward = nn_loss_forward,
                         .backward = backward};
