/* y = x, and no gradient passes: what lies upstream learns from its other readers only. */
#include "run.h"

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_same_width(graph, node, err));
    node->trained = false;
    return LIS_OK;
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    run->kernels->copy(y.at, y.ld, x.at, x.ld, x.rows, x.width, false);
}

const nn_op nn_op_stop = {
    .name = "stop", .inputs_min = 1, .inputs_max = 1, .plan = plan, .forward = forward};
