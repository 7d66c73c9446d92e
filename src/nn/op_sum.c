/* y = a + b + ..., all of one width. */
#include "run.h"

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_alike(graph, node, err));
    const nn_node *first = nn_input(graph, node, 0);
    node->width = first->width;
    for (int k = 1; k < node->inputs; k++) {
        const nn_node *in = nn_input(graph, node, k);
        if (in->width != first->width)
            return lis_fail(err, LIS_ESHAPE, "sum '%s': '%s' has %lld columns and '%s' has %lld",
                            node->name, first->name, (long long)first->width, in->name,
                            (long long)in->width);
    }
    return LIS_OK;
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
