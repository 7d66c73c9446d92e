#include "moments.h"

#include <math.h>
#include <string.h>

static const float epsilon = 1e-5f;

lis_status nn_moments_plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_add_average(graph, node, "mean", node->width, NN_ZEROS, err));
    return nn_add_average(graph, node, "variance", node->width, NN_CONSTANT, err);
}

/* Scratch: mean, variance, inverse [width] each, then the normalised rows. */
int64_t nn_moments_scratch(const lis_graph *graph, const nn_node *node) {
    return (3 + nn_shard_items(graph, node)) * node->width;
}

float *nn_normal(const nn_run *run, const nn_node *node) {
    return nn_scratch(run, node) + 3 * node->width;
}

void nn_normalise(nn_run *run, const nn_node *node, int first) {
    nn_matrix x = nn_in(run, node, 0);
    const int64_t w = node->width;
    float *mean = nn_scratch(run, node), *variance = mean + w, *inverse = variance + w;
    if (run->training && x.rows > 0) {
        run->kernels->moments(mean, variance, x.at, x.ld, x.rows, w);
    } else {
        memcpy(mean, nn_parameter(run, node, first), (size_t)w * sizeof *mean);
        memcpy(variance, nn_parameter(run, node, first + 1), (size_t)w * sizeof *mean);
    }
    for (int64_t j = 0; j < w; j++)
        inverse[j] = 1 / sqrtf(variance[j] + epsilon);
    run->kernels->normalise(nn_normal(run, node), x.at, x.ld, mean, inverse, x.rows, w);
}

void nn_normalise_back(nn_run *run, const nn_node *node, int first, float *slope) {
    const int64_t w = node->width, items = nn_items(run, node);
    const float *mean = nn_scratch(run, node), *variance = mean + w, *inverse = variance + w;
    float *dmean = nn_dparameter(run, node, first),
          *dvariance = nn_dparameter(run, node, first + 1);
    const float share = run->scale * (float)run->rows;
    for (int64_t j = 0; j < w; j++) {
        dmean[j] = share * mean[j];
        dvariance[j] = share * variance[j];
    }
    if (items > 0) run->kernels->normalise_back(slope, nn_normal(run, node), inverse, items, w);
}
