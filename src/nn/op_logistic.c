/* Logistic loss on the logit z, mean over the batch: log(1 + e^z) - y z; dz = sigmoid(z) - y.
 *
 * The loss and its gradient are found together, in backward: prediction needs neither. */
#include <math.h>

#include "run.h"

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    const nn_node *in = nn_input(graph, node, 0);
    LIS_TRY(nn_expect_kind(graph, node, 0, NN_ROWS, err));
    if (in->width != 1)
        return lis_fail(err, LIS_ESHAPE, "logistic '%s': '%s' has %lld columns, wanted 1 (a logit)",
                        node->name, in->name, (long long)in->width);
    if (!in->trained)
        return lis_fail(err, LIS_EARG, "logistic '%s': '%s' depends on no parameter", node->name,
                        in->name);
    node->kind = NN_LOSS;
    node->trained = true;
    return LIS_OK;
}

static void forward(nn_run *run, const nn_node *node) {
    (void)run;
    (void)node;
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix z = nn_in(run, node, 0), dz = nn_din(run, node, 0, &add);
    for (int64_t r = 0; r < z.rows; r++) {
        double logit = z.at[r * z.ld], small = exp(-fabs(logit));
        double y = run->feed->label[run->row[r]] != 0;
        run->loss += (logit > 0 ? logit : 0) + log1p(small) - y * logit;
        double probability = (logit > 0 ? 1 : small) / (1 + small);
        float slope = run->scale * (float)(probability - y);
        dz.at[r * dz.ld] = slope + (add ? dz.at[r * dz.ld] : 0);
    }
}

const nn_op nn_op_logistic = {.name = "logistic",
                              .inputs_min = 1,
                              .inputs_max = 1,
                              .plan = plan,
                              .forward = forward,
                              .backward = backward};
