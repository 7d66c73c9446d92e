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

static void find_moments(nn_matrix x, float *mean, float *variance) {
    for (int64_t j = 0; j < x.width; j++) {
        double sum = 0, square = 0;
        for (int64_t r = 0; r < x.rows; r++)
            sum += x.at[r * x.ld + j];
        sum /= (double)x.rows;
        for (int64_t r = 0; r < x.rows; r++)
            square += (x.at[r * x.ld + j] - sum) * (x.at[r * x.ld + j] - sum);
        mean[j] = (float)sum;
        variance[j] = (float)(square / (double)x.rows);
    }
}

void nn_normalise(nn_run *run, const nn_node *node, int first) {
    nn_matrix x = nn_in(run, node, 0);
    const int64_t w = node->width;
    float *mean = nn_scratch(run, node), *variance = mean + w, *inverse = variance + w;
    float *normal = nn_normal(run, node);
    if (run->training && x.rows > 0) {
        find_moments(x, mean, variance);
    } else {
        memcpy(mean, nn_parameter(run, node, first), (size_t)w * sizeof *mean);
        memcpy(variance, nn_parameter(run, node, first + 1), (size_t)w * sizeof *mean);
    }
    for (int64_t j = 0; j < w; j++)
        inverse[j] = 1 / sqrtf(variance[j] + epsilon);
    for (int64_t r = 0; r < x.rows; r++)
        for (int64_t j = 0; j < w; j++)
            normal[r * w + j] = (x.at[r * x.ld + j] - mean[j]) * inverse[j];
}

void nn_normalise_back(nn_run *run, const nn_node *node, int first, float *slope) {
    const int64_t w = node->width, items = nn_items(run, node);
    const float *mean = nn_scratch(run, node), *variance = mean + w, *inverse = variance + w;
    const float *normal = nn_normal(run, node);
    float *dmean = nn_dparameter(run, node, first),
          *dvariance = nn_dparameter(run, node, first + 1);
    const float share = run->scale * (float)run->rows;
    for (int64_t j = 0; j < w; j++) {
        double sum = 0, along = 0;
        dmean[j] = share * mean[j];
        dvariance[j] = share * variance[j];
        for (int64_t r = 0; r < items; r++) {
            sum += slope[r * w + j];
            along += slope[r * w + j] * normal[r * w + j];
        }
        float s = (float)(sum / (double)items), a = (float)(along / (double)items);
        for (int64_t r = 0; r < items; r++)
            slope[r * w + j] = (slope[r * w + j] - s - normal[r * w + j] * a) * inverse[j];
    }
}
