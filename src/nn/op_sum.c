/* y = a + b + ..., all of one width. */
#include "run.h"

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    return nn_expect_same_width(graph, node, err);
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix y = nn_value_of(run, node);
    for (int k = 0; k < node->inputs; k++) {
        nn_matrix x = nn_in(run, node, k);
        run->kernels->copy(y.at, y.ld, x.at, x.ld, y.rows, y.width, k > 0);
    }
}

static void backward(nn_run *run, const nn_node *node) {
    nn_matrix dy = nn_gradient_of(run, node);
    for (int k = 0; k < node->inputs; k++) {
        bool add;
        nn_matrix dx = nn_din(run, node, k, &add);
        if (dx.at) run->kernels->copy(dx.at, dx.ld, dy.at, dy.ld, dy.rows, dy.width, add);
    }
}

const nn_op nn_op_sum = {.name = "sum",
                         .inputs_min = 1,
                         .inputs_max = 4096,
                         .plan = plan,
                         .forward = forward,
                         .backward = backward};
