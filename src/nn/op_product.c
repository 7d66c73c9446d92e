/* y = a * b, elementwise; da = dy * b, db = dy * a. */
#include "run.h"

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    return nn_expect_same_width(graph, node, err);
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix a = nn_in(run, node, 0), b = nn_in(run, node, 1), y = nn_value_of(run, node);
    run->kernels->multiply(y.at, y.ld, a.at, a.ld, b.at, b.ld, y.rows, y.width, false);
}

static void backward(nn_run *run, const nn_node *node) {
    nn_matrix dy = nn_gradient_of(run, node);
    for (int k = 0; k < 2; k++) {
        bool add;
        nn_matrix dx = nn_din(run, node, k, &add), other = nn_in(run, node, 1 - k);
        if (dx.at)
            run->kernels->multiply(dx.at, dx.ld, dy.at, dy.ld, other.at, other.ld, dy.rows,
                                   dy.width, add);
    }
}

const nn_op nn_op_product = {.name = "product",
                             .inputs_min = 2,
                             .inputs_max = 2,
                             .plan = plan,
                             .forward = forward,
                             .backward = backward};
