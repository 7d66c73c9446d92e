/* Second-order factorisation machine (Rendle 2010): y = sum over pairs i < j of v_i . v_j
 *     = (|s|^2 - sum_i |v_i|^2) / 2, s = sum_i v_i;  dv_i = dy (s - v_i). */
#include <string.h>

#include "run.h"

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_same_width(graph, node, err));
    node->scratch = nn_shard_items(graph, node) * node->width;
    node->width = 1;
    return LIS_OK;
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix y = nn_value_of(run, node);
    float *s = nn_scratch(run, node);
    int64_t dim = nn_in(run, node, 0).width;
    for (int k = 0; k < node->inputs; k++) {
        nn_matrix v = nn_in(run, node, k);
        run->kernels->fm(s, y.at, y.ld, v.at, v.ld, v.rows, dim, k > 0);
    }
    for (int64_t r = 0; r < y.rows; r++) {
        const float *sum = s + r * dim;
        y.at[r * y.ld] = 0.5f * (run->kernels->dot(sum, sum, dim) - y.at[r * y.ld]);
    }
}

static void backward(nn_run *run, const nn_node *node) {
    nn_matrix dy = nn_gradient_of(run, node);
    const float *s = nn_scratch(run, node);
    for (int k = 0; k < node->inputs; k++) {
        bool add;
        nn_matrix v = nn_in(run, node, k), dv = nn_din(run, node, k, &add);
        if (dv.at)
            run->kernels->fm_back(dv.at, dv.ld, add, dy.at, dy.ld, s, v.at, v.ld, dy.rows, v.width);
    }
}

const nn_op nn_op_fm = {.name = "fm",
                        .inputs_min = 1,
                        .inputs_max = 4096,
                        .plan = plan,
                        .forward = forward,
                        .backward = backward};
