/* Training: y = x / (1 - rate) with probability 1 - rate, else 0 (Srivastava et al. 2014), from a
 * stream keyed by (seed, node, step, row): the same at any thread count. Prediction: y = x. */
#include "dropout.h"

#include <stdio.h>

#include "lis/base/rng.h"
#include "run.h"

enum { RATE };

static const nn_option options[] = {
    [RATE] = {.name = "rate", .kind = NN_NUMBER, .required = true, .low = 0, .high = 0.99},
    {.name = NULL}};

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    return nn_expect_same_width(graph, node, err);
}

nn_dropout nn_dropout_of(uint64_t seed, int node, int64_t step, double rate, int64_t first) {
    char purpose[48];
    snprintf(purpose, sizeof purpose, "dropout:%d:%lld", node, (long long)step);
    return (nn_dropout){.key = lis_rng_key(seed, purpose),
                        .first = first,
                        .drop = (uint32_t)(rate * 65536.0),
                        .keep = (float)(1 / (1 - rate))};
}

/* Rows are numbered within the batch, events within the batch's widest layout. */
static nn_dropout mask_of(const nn_run *run, const nn_node *node) {
    const lis_graph *graph = run->model->graph;
    const int64_t first = run->first * nn_shard_items(graph, node) / LIS_NN_SHARD;
    return nn_dropout_of(graph->seed, node->number, run->step, nn_option_of(node, RATE), first);
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    if (!run->training) {
        run->kernels->copy(y.at, y.ld, x.at, x.ld, x.rows, x.width, false);
        return;
    }
    nn_dropout mask = mask_of(run, node);
    run->kernels->dropout(&mask, y.at, y.ld, x.at, x.ld, x.rows, x.width, false);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix dy = nn_gradient_of(run, node), dx = nn_din(run, node, 0, &add);
    if (!dx.at) return;
    nn_dropout mask = mask_of(run, node);
    run->kernels->dropout(&mask, dx.at, dx.ld, dy.at, dy.ld, dy.rows, dy.width, add);
}

const nn_op nn_op_dropout = {.name = "dropout",
                             .inputs_min = 1,
                             .inputs_max = 1,
                             .options = options,
                             .positional = {"rate"},
                             .plan = plan,
                             .forward = forward,
                             .backward = backward};
