/* y = a - b. */
#include "run.h"

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    return nn_expect_same_width(graph, node, err);
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix a = nn_in(run, node, 0), b = nn_in(run, node, 1), y = nn_value_of(run, node);
    run->kernels->copy(y.at, y.ld, a.at, a.ld, y.rows, y.width, false);
    for (int64_t r = 0; r < y.rows; r++)
        run->kernels->axpy(y.at + r * y.ld, b.at + r * b.ld, -1, y.width);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix dy = nn_gradient_of(run, node), da = nn_din(run, node, 0, &add);
    if (da.at) run->kernels->copy(da.at, da.ld, dy.at, dy.ld, dy.rows, dy.width, add);
    nn_matrix db = nn_din(run, node, 1, &add);
    for (int64_t r = 0; db.at && r < dy.rows; r++) {
        float *to = db.at + r * db.ld;
        const float *from = dy.at + r * dy.ld;
        for (int64_t j = 0; j < dy.width; j++)
            to[j] = (add ? to[j] : 0) - from[j];
    }
}

const nn_op nn_op_difference = {.name = "difference",
                                .inputs_min = 2,
                                .inputs_max = 2,
                                .plan = plan,
                                .forward = forward,
                                .backward = backward};
