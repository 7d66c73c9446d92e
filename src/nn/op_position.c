/* A trained vector for the age of each event of a history: y[t,:] = p[age of t,:], the latest event
 * having age 0. Added to a sequence it tells attention about order. */
#include <string.h>

#include "run.h"

enum { DIM };

static const nn_option options[] = {
    [DIM] = {.name = "dim", .kind = NN_INTEGER, .required = true, .low = 1, .high = 4096},
    {.name = NULL}};

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_kind(graph, node, 0, NN_HISTORY, err));
    const nn_node *history = nn_input(graph, node, 0);
    node->kind = NN_SEQUENCE;
    node->history = history->history;
    node->width = (int64_t)nn_option_of(node, DIM);
    return nn_add_parameter(graph, node, "vector", history->max_len, node->width, NN_NORMAL, 0.01,
                            err);
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix y = nn_value_of(run, node);
    const float *p = nn_parameter(run, node, 0);
    const int32_t *offset = nn_offsets(run, node->history);
    for (int64_t r = 0; r < run->rows; r++)
        for (int64_t t = offset[r]; t < offset[r + 1]; t++)
            memcpy(y.at + t * y.ld, p + (offset[r + 1] - 1 - t) * y.width,
                   (size_t)y.width * sizeof *p);
}

static void backward(nn_run *run, const nn_node *node) {
    nn_matrix dy = nn_gradient_of(run, node);
    float *dp = nn_dparameter(run, node, 0);
    const int32_t *offset = nn_offsets(run, node->history);
    int64_t ages = nn_input_node(run, node, 0)->max_len;
    memset(dp, 0, (size_t)(ages * dy.width) * sizeof *dp);
    for (int64_t r = 0; r < run->rows; r++)
        for (int64_t t = offset[r]; t < offset[r + 1]; t++)
            run->kernels->axpy(dp + (offset[r + 1] - 1 - t) * dy.width, dy.at + t * dy.ld, 1,
                               dy.width);
}

const nn_op nn_op_position = {.name = "position",
                              .inputs_min = 1,
                              .inputs_max = 1,
                              .options = options,
                              .plan = plan,
                              .forward = forward,
                              .backward = backward};
