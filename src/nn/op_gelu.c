/* y = x Phi(x) by the tanh approximation (Hendrycks and Gimpel 2016):
 *     y = x / 2 (1 + t), t = tanh(u), u = sqrt(2 / pi) (x + 0.044715 x^3)
 *     dy/dx = (1 + t) / 2 + x / 2 (1 - t^2) sqrt(2 / pi) (1 + 3 * 0.044715 x^2) */
#include <math.h>

#include "run.h"

static const float root = 0.7978845608f, cubic = 0.044715f;

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    return nn_expect_same_width(graph, node, err);
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    for (int64_t r = 0; r < y.rows; r++) {
        const float *from = x.at + r * x.ld;
        float *to = y.at + r * y.ld;
        for (int64_t j = 0; j < y.width; j++)
            to[j] = root * (from[j] + cubic * from[j] * from[j] * from[j]);
        run->kernels->activate(to, y.ld, 1, y.width, NULL, NN_TANH);
        for (int64_t j = 0; j < y.width; j++)
            to[j] = 0.5f * from[j] * (1 + to[j]);
    }
}

static float slope(float x) {
    float t = tanhf(root * (x + cubic * x * x * x));
    return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * root * (1 + 3 * cubic * x * x);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix x = nn_in(run, node, 0), dy = nn_gradient_of(run, node);
    nn_matrix dx = nn_din(run, node, 0, &add);
    for (int64_t r = 0; dx.at && r < dy.rows; r++)
        for (int64_t j = 0; j < dy.width; j++) {
            float *to = dx.at + r * dx.ld + j;
            *to = (add ? *to : 0) + dy.at[r * dy.ld + j] * slope(x.at[r * x.ld + j]);
        }
}

const nn_op nn_op_gelu = {.name = "gelu",
                          .inputs_min = 1,
                          .inputs_max = 1,
                          .plan = plan,
                          .forward = forward,
                          .backward = backward};
