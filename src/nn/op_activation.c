/* y = f(x), f one of the activations whose slope follows from y. */
#include "run.h"

enum { KIND };

static const nn_option options[] = {
    [KIND] = {"kind", NN_CHOICE, .required = true, .choices = nn_activation_names}, {.name = NULL}};

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_alike(graph, node, err));
    node->width = nn_input(graph, node, 0)->width;
    return LIS_OK;
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    run->kernels->copy(y.at, y.ld, x.at, x.ld, x.rows, x.width, false);
    run->kernels->activate(y.at, y.ld, y.rows, y.width, NULL,
                           (nn_activation)node->option[KIND].number);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix y = nn_value_of(run, node), dy = nn_gradient_of(run, node);
    nn_matrix dx = nn_din(run, node, 0, &add);
    if (dx.at)
        run->kernels->activate_back(dx.at, dx.ld, dy.at, dy.ld, y.at, y.ld, y.rows, y.width,
                                    (nn_activation)node->option[KIND].number, add);
}

const nn_op nn_op_activation = {.name = "activation",
                                .inputs_min = 1,
                                .inputs_max = 1,
                                .options = options,
                                .positional = {"kind"},
                                .plan = plan,
                                .forward = forward,
                                .backward = backward};
