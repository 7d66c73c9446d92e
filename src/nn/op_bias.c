/* y = x + b, b [width]. */
#include "run.h"

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_same_width(graph, node, err));
    return nn_add_parameter(graph, node, "bias", 1, node->width, NN_ZEROS, 0, err);
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    run->kernels->copy(y.at, y.ld, x.at, x.ld, x.rows, x.width, false);
    run->kernels->activate(y.at, y.ld, y.rows, y.width, nn_parameter(run, node, 0), NN_LINEAR);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix dy = nn_gradient_of(run, node), dx = nn_din(run, node, 0, &add);
    run->kernels->column_sums(nn_dparameter(run, node, 0), dy.at, dy.ld, dy.rows, dy.width);
    if (dx.at) run->kernels->copy(dx.at, dx.ld, dy.at, dy.ld, dy.rows, dy.width, add);
}

const nn_op nn_op_bias = {.name = "bias",
                          .inputs_min = 1,
                          .inputs_max = 1,
                          .plan = plan,
                          .forward = forward,
                          .backward = backward};
