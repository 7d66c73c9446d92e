/* y = x where x > 0, else a x, with a [width] trained from 0.25 (He et al. 2015). */
#include "run.h"

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_same_width(graph, node, err));
    return nn_add_parameter(graph, node, "slope", 1, node->width, NN_CONSTANT, 0.25, err);
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    run->kernels->prelu(y.at, y.ld, x.at, x.ld, nn_parameter(run, node, 0), y.rows, y.width);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix x = nn_in(run, node, 0), dy = nn_gradient_of(run, node);
    nn_matrix dx = nn_din(run, node, 0, &add);
    run->kernels->prelu_back(dx.at, dx.ld, nn_dparameter(run, node, 0), dy.at, dy.ld, x.at, x.ld,
                             nn_parameter(run, node, 0), dy.rows, dy.width, add);
}

const nn_op nn_op_prelu = {.name = "prelu",
                           .inputs_min = 1,
                           .inputs_max = 1,
                           .plan = plan,
                           .forward = forward,
                           .backward = backward};
