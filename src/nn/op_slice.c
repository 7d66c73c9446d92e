/* y = columns [from, to] of x, counted from 1, both included. */
#include <string.h>

#include "run.h"

enum { FROM, TO };

static const nn_option options[] = {
    [FROM] = {.name = "from", .kind = NN_INTEGER, .required = true, .low = 1, .high = 1 << 20},
    [TO] = {.name = "to", .kind = NN_INTEGER, .required = true, .low = 1, .high = 1 << 20},
    {.name = NULL}};

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_alike(graph, node, err));
    int64_t from = (int64_t)nn_option_of(node, FROM), to = (int64_t)nn_option_of(node, TO);
    int64_t width = nn_input(graph, node, 0)->width;
    if (from > to || to > width)
        return lis_fail(err, LIS_ERANGE, "slice '%s': columns %lld to %lld of '%s', which has %lld",
                        node->name, (long long)from, (long long)to, nn_input(graph, node, 0)->name,
                        (long long)width);
    node->width = to - from + 1;
    return LIS_OK;
}

static int64_t first_of(const nn_node *node) {
    return (int64_t)nn_option_of(node, FROM) - 1;
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    run->kernels->copy(y.at, y.ld, x.at + first_of(node), x.ld, y.rows, y.width, false);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix dy = nn_gradient_of(run, node), dx = nn_din(run, node, 0, &add);
    if (!dx.at) return;
    for (int64_t r = 0; !add && r < dx.rows; r++)
        memset(dx.at + r * dx.ld, 0, (size_t)dx.width * sizeof *dx.at);
    run->kernels->copy(dx.at + first_of(node), dx.ld, dy.at, dy.ld, dy.rows, dy.width, true);
}

const nn_op nn_op_slice = {.name = "slice",
                           .inputs_min = 1,
                           .inputs_max = 1,
                           .options = options,
                           .positional = {"from", "to"},
                           .plan = plan,
                           .forward = forward,
                           .backward = backward};
