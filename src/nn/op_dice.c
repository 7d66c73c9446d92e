/* Dice (Zhou et al. 2018): y = p x + (1 - p) a x, p = sigmoid(n), n = x normalised over the shard
 * (moments.h), a [width] trained from 0.
 *
 *     dx = dy (p + (1 - p) a) + the normalisation's gradient of dn = dy x (1 - a) p (1 - p) */
#include <string.h>

#include "moments.h"

enum { SLOPE, MOMENTS };

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_same_width(graph, node, err));
    node->scratch = nn_moments_scratch(graph, node) + 2 * nn_shard_items(graph, node) * node->width;
    LIS_TRY(nn_add_parameter(graph, node, "slope", 1, node->width, NN_ZEROS, 0, err));
    return nn_moments_plan(graph, node, err);
}

/* The two arrays behind the normalised rows: p, and room for slopes. */
static float *gate_of(const nn_run *run, const nn_node *node) {
    return nn_normal(run, node) + nn_shard_items(run->model->graph, node) * node->width;
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    const int64_t w = y.width;
    const float *a = nn_parameter(run, node, SLOPE);
    float *p = gate_of(run, node);
    nn_normalise(run, node, MOMENTS);
    memcpy(p, nn_normal(run, node), (size_t)(y.rows * w) * sizeof *p);
    run->kernels->activate(p, w, y.rows, w, NULL, NN_SIGMOID);
    for (int64_t r = 0; r < y.rows; r++)
        for (int64_t j = 0; j < w; j++) {
            float in = x.at[r * x.ld + j], gate = p[r * w + j];
            y.at[r * y.ld + j] = in * (gate + (1 - gate) * a[j]);
        }
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix x = nn_in(run, node, 0), dy = nn_gradient_of(run, node);
    nn_matrix dx = nn_din(run, node, 0, &add);
    const int64_t w = dy.width;
    const float *a = nn_parameter(run, node, SLOPE), *p = gate_of(run, node);
    float *da = nn_dparameter(run, node, SLOPE);
    float *slope = gate_of(run, node) + nn_shard_items(run->model->graph, node) * w;
    memset(da, 0, (size_t)w * sizeof *da);
    for (int64_t r = 0; r < dy.rows; r++)
        for (int64_t j = 0; j < w; j++) {
            float along = dy.at[r * dy.ld + j] * x.at[r * x.ld + j], gate = p[r * w + j];
            da[j] += along * (1 - gate);
            slope[r * w + j] = along * (1 - a[j]) * gate * (1 - gate);
        }
    nn_normalise_back(run, node, MOMENTS, slope);
    for (int64_t r = 0; dx.at && r < dy.rows; r++)
        for (int64_t j = 0; j < w; j++) {
            float *to = dx.at + r * dx.ld + j, gate = p[r * w + j];
            *to = (add ? *to : 0) + slope[r * w + j] +
                  dy.at[r * dy.ld + j] * (gate + (1 - gate) * a[j]);
        }
}

const nn_op nn_op_dice = {.name = "dice",
                          .inputs_min = 1,
                          .inputs_max = 1,
                          .plan = plan,
                          .forward = forward,
                          .backward = backward};
