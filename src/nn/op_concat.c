/* y = [a, b, ...]. Inputs that the plan has placed inside y cost nothing; the others are copied.
 * Given last, inputs that nothing trains cost no gradient either: those columns are beyond reach. */
#include "run.h"

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_alike(graph, node, err));
    for (int k = 0; k < node->inputs; k++) {
        const nn_node *in = nn_input(graph, node, k);
        if (in->trained) node->reach = node->width + in->reach;
        node->width += in->width;
    }
    return LIS_OK;
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix y = nn_value_of(run, node);
    float *to = y.at;
    for (int k = 0; k < node->inputs; k++) {
        nn_matrix x = nn_in(run, node, k);
        if (x.at != to) run->kernels->copy(to, y.ld, x.at, x.ld, x.rows, x.width, false);
        to += x.width;
    }
}

static void backward(nn_run *run, const nn_node *node) {
    const float *from = nn_gradient_of(run, node).at;
    int64_t ld = nn_gradient_of(run, node).ld;
    for (int k = 0; k < node->inputs; k++) {
        bool add;
        nn_matrix dx = nn_din(run, node, k, &add);
        if (dx.at) run->kernels->copy(dx.at, dx.ld, from, ld, dx.rows, dx.width, add);
        from += nn_input_node(run, node, k)->width;
    }
}

const nn_op nn_op_concat = {.name = "concat",
                            .inputs_min = 1,
                            .inputs_max = 4096,
                            .plan = plan,
                            .forward = forward,
                            .backward = backward};
