/* y = gain (x - mean) / sqrt(variance + eps) + bias, over the columns of each row (Ba, Kiros, Hinton
 * 2016). With n = the normalised row and g = dy gain:
 *     dx = (g - mean(g) - n mean(g n)) / sqrt(variance + eps) */
#include "run.h"

enum { GAIN, OFFSET };
static const float epsilon = 1e-5f;

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_same_width(graph, node, err));
    node->scratch = nn_shard_items(graph, node) * (node->width + 1);
    LIS_TRY(nn_add_parameter(graph, node, "gain", 1, node->width, NN_CONSTANT, 1, err));
    return nn_add_parameter(graph, node, "bias", 1, node->width, NN_ZEROS, 0, err);
}

static nn_layer_norm norm_of(const nn_run *run, const nn_node *node) {
    const int64_t rows = nn_items(run, node);
    float *normal = nn_scratch(run, node);
    return (nn_layer_norm){.rows = rows,
                           .width = node->width,
                           .normal = normal,
                           .inverse = normal + rows * node->width,
                           .gain = nn_parameter(run, node, GAIN)};
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    nn_layer_norm norm = norm_of(run, node);
    run->kernels->layer_norm(&norm, x.at, x.ld, nn_parameter(run, node, OFFSET), epsilon, y.at,
                             y.ld);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix dy = nn_gradient_of(run, node), dx = nn_din(run, node, 0, &add);
    nn_layer_norm norm = norm_of(run, node);
    run->kernels->column_sums(nn_dparameter(run, node, OFFSET), dy.at, dy.ld, dy.rows, dy.width);
    run->kernels->layer_norm_back(&norm, dy.at, dy.ld, nn_dparameter(run, node, GAIN), dx.at, dx.ld,
                                  add);
}

const nn_op nn_op_layer_norm = {.name = "layer_norm",
                                .inputs_min = 1,
                                .inputs_max = 1,
                                .plan = plan,
                                .forward = forward,
                                .backward = backward};
