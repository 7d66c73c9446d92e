/* y = x where x > 0, else a x, with a [width] trained from 0.25 (He et al. 2015). */
#include <string.h>

#include "run.h"

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_same_width(graph, node, err));
    return nn_add_parameter(graph, node, "slope", 1, node->width, NN_CONSTANT, 0.25, err);
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    const float *a = nn_parameter(run, node, 0);
    for (int64_t r = 0; r < y.rows; r++)
        for (int64_t j = 0; j < y.width; j++) {
            float in = x.at[r * x.ld + j];
            y.at[r * y.ld + j] = in > 0 ? in : a[j] * in;
        }
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix x = nn_in(run, node, 0), dy = nn_gradient_of(run, node);
    nn_matrix dx = nn_din(run, node, 0, &add);
    const float *a = nn_parameter(run, node, 0);
    float *da = nn_dparameter(run, node, 0);
    memset(da, 0, (size_t)dy.width * sizeof *da);
    for (int64_t r = 0; r < dy.rows; r++)
        for (int64_t j = 0; j < dy.width; j++) {
            float in = x.at[r * x.ld + j], slope = dy.at[r * dy.ld + j];
            if (!(in > 0)) da[j] += slope * in;
            if (!dx.at) continue;
            float *to = dx.at + r * dx.ld + j;
            *to = (add ? *to : 0) + (in > 0 ? slope : a[j] * slope);
        }
}

const nn_op nn_op_prelu = {.name = "prelu",
                           .inputs_min = 1,
                           .inputs_max = 1,
                           .plan = plan,
                           .forward = forward,
                           .backward = backward};
