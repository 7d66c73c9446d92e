/* y = gain (x - mean) / sqrt(variance + eps) + bias, over the columns of each row (Ba, Kiros, Hinton
 * 2016). With n = the normalised row and g = dy gain:
 *     dx = (g - mean(g) - n mean(g n)) / sqrt(variance + eps) */
#include <math.h>
#include <string.h>

#include "run.h"

enum { GAIN, OFFSET };
static const float epsilon = 1e-5f;

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_same_width(graph, node, err));
    node->scratch = nn_shard_items(graph, node) * (node->width + 1);
    LIS_TRY(nn_add_parameter(graph, node, "gain", 1, node->width, NN_CONSTANT, 1, err));
    return nn_add_parameter(graph, node, "bias", 1, node->width, NN_ZEROS, 0, err);
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    const float *gain = nn_parameter(run, node, GAIN), *bias = nn_parameter(run, node, OFFSET);
    const int64_t w = y.width;
    float *normal = nn_scratch(run, node), *inverse = normal + y.rows * w;
    for (int64_t r = 0; r < y.rows; r++) {
        const float *from = x.at + r * x.ld;
        float *n = normal + r * w, *to = y.at + r * y.ld;
        double mean = 0, square = 0;
        for (int64_t j = 0; j < w; j++)
            mean += from[j];
        mean /= (double)w;
        for (int64_t j = 0; j < w; j++)
            square += (from[j] - mean) * (from[j] - mean);
        inverse[r] = 1 / sqrtf((float)(square / (double)w) + epsilon);
        for (int64_t j = 0; j < w; j++) {
            n[j] = (from[j] - (float)mean) * inverse[r];
            to[j] = gain[j] * n[j] + bias[j];
        }
    }
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix dy = nn_gradient_of(run, node), dx = nn_din(run, node, 0, &add);
    const float *gain = nn_parameter(run, node, GAIN);
    float *dgain = nn_dparameter(run, node, GAIN);
    const int64_t w = dy.width;
    const float *normal = nn_scratch(run, node), *inverse = normal + dy.rows * w;
    run->kernels->column_sums(nn_dparameter(run, node, OFFSET), dy.at, dy.ld, dy.rows, w);
    memset(dgain, 0, (size_t)w * sizeof *dgain);
    for (int64_t r = 0; r < dy.rows; r++) {
        const float *slope = dy.at + r * dy.ld, *n = normal + r * w;
        double mean = 0, along = 0;
        for (int64_t j = 0; j < w; j++) {
            dgain[j] += slope[j] * n[j];
            mean += slope[j] * gain[j];
            along += slope[j] * gain[j] * n[j];
        }
        float m = (float)(mean / (double)w), a = (float)(along / (double)w);
        for (int64_t j = 0; dx.at && j < w; j++) {
            float *to = dx.at + r * dx.ld + j;
            *to = (add ? *to : 0) + (slope[j] * gain[j] - m - n[j] * a) * inverse[r];
        }
    }
}

const nn_op nn_op_layer_norm = {.name = "layer_norm",
                                .inputs_min = 1,
                                .inputs_max = 1,
                                .plan = plan,
                                .forward = forward,
                                .backward = backward};
