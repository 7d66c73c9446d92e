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
    LIS_TRY(nn_expect_same_width(graph, node, err));
    node->scratch = nn_shard_items(graph, node) * node->width;
    return LIS_OK;
}

uint64_t nn_dropout_key(uint64_t seed, int node, int64_t step) {
    char purpose[48];
    snprintf(purpose, sizeof purpose, "dropout:%d:%lld", node, (long long)step);
    return lis_rng_key(seed, purpose);
}

void nn_dropout_mask(float *mask, int64_t width, double rate, uint64_t key, int64_t item) {
    lis_rng rng = lis_rng_at(key, (uint64_t)item);
    const uint64_t drop = (uint64_t)(rate * 65536.0);
    const float keep = (float)(1 / (1 - rate));
    uint64_t bits = 0;
    for (int64_t j = 0; j < width; j++, bits >>= 16) {
        if (j % 4 == 0) bits = lis_rng_next(&rng);
        mask[j] = (bits & 0xffff) < drop ? 0 : keep;
    }
}

/* Rows are numbered within the batch, events within the batch's widest layout. */
static int64_t first_item(const nn_run *run, const nn_node *node) {
    return run->first * nn_shard_items(run->model->graph, node) / LIS_NN_SHARD;
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    float *mask = nn_scratch(run, node);
    if (!run->training) {
        run->kernels->copy(y.at, y.ld, x.at, x.ld, x.rows, x.width, false);
        return;
    }
    int64_t first = first_item(run, node);
    uint64_t key = nn_dropout_key(run->model->graph->seed, node->number, run->step);
    for (int64_t r = 0; r < y.rows; r++)
        nn_dropout_mask(mask + r * y.width, y.width, nn_option_of(node, RATE), key, first + r);
    run->kernels->multiply(y.at, y.ld, x.at, x.ld, mask, y.width, y.rows, y.width, false);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix dy = nn_gradient_of(run, node), dx = nn_din(run, node, 0, &add);
    if (dx.at)
        run->kernels->multiply(dx.at, dx.ld, dy.at, dy.ld, nn_scratch(run, node), dy.width, dy.rows,
                               dy.width, add);
}

const nn_op nn_op_dropout = {.name = "dropout",
                             .inputs_min = 1,
                             .inputs_max = 1,
                             .options = options,
                             .positional = {"rate"},
                             .plan = plan,
                             .forward = forward,
                             .backward = backward};
