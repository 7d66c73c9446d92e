/* y = gain n + bias, n = the columns normalised over the shard (Ioffe and Szegedy 2015; moments.h). */
#include <string.h>

#include "moments.h"

enum { GAIN, OFFSET, MOMENTS };

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_same_width(graph, node, err));
    node->scratch = nn_moments_scratch(graph, node) + nn_shard_items(graph, node) * node->width;
    LIS_TRY(nn_add_parameter(graph, node, "gain", 1, node->width, NN_CONSTANT, 1, err));
    LIS_TRY(nn_add_parameter(graph, node, "bias", 1, node->width, NN_ZEROS, 0, err));
    return nn_moments_plan(graph, node, err);
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix y = nn_value_of(run, node);
    const float *gain = nn_parameter(run, node, GAIN), *bias = nn_parameter(run, node, OFFSET);
    nn_normalise(run, node, MOMENTS);
    const float *n = nn_normal(run, node);
    for (int64_t r = 0; r < y.rows; r++)
        for (int64_t j = 0; j < y.width; j++)
            y.at[r * y.ld + j] = gain[j] * n[r * y.width + j] + bias[j];
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix dy = nn_gradient_of(run, node), dx = nn_din(run, node, 0, &add);
    const int64_t w = dy.width;
    const float *gain = nn_parameter(run, node, GAIN), *n = nn_normal(run, node);
    float *dgain = nn_dparameter(run, node, GAIN);
    float *slope = nn_normal(run, node) + nn_shard_items(run->model->graph, node) * w;
    run->kernels->column_sums(nn_dparameter(run, node, OFFSET), dy.at, dy.ld, dy.rows, w);
    memset(dgain, 0, (size_t)w * sizeof *dgain);
    for (int64_t r = 0; r < dy.rows; r++)
        for (int64_t j = 0; j < w; j++) {
            float here = dy.at[r * dy.ld + j];
            dgain[j] += here * n[r * w + j];
            slope[r * w + j] = here * gain[j];
        }
    nn_normalise_back(run, node, MOMENTS, slope);
    if (dx.at) run->kernels->copy(dx.at, dx.ld, slope, w, dx.rows, w, add);
}

const nn_op nn_op_batch_norm = {.name = "batch_norm",
                                .inputs_min = 1,
                                .inputs_max = 1,
                                .plan = plan,
                                .forward = forward,
                                .backward = backward};
