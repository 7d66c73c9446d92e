/* y = x Phi(x) by the tanh approximation (Hendrycks and Gimpel 2016):
 *     y = x / 2 (1 + t), t = tanh(u), u = sqrt(2 / pi) (x + 0.044715 x^3)
 *     dy/dx = (1 + t) / 2 + x / 2 (1 - t^2) sqrt(2 / pi) (1 + 3 * 0.044715 x^2) */
#include "run.h"

static const float root = 0.7978845608f, cubic = 0.044715f;

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_same_width(graph, node, err));
    node->scratch = nn_shard_items(graph, node) * node->width; /* t */
    return LIS_OK;
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    const int64_t w = y.width;
    float *t = nn_scratch(run, node);
    for (int64_t r = 0; r < y.rows; r++)
        for (int64_t j = 0; j < w; j++) {
            float in = x.at[r * x.ld + j];
            t[r * w + j] = root * (in + cubic * in * in * in);
        }
    run->kernels->activate(t, w, y.rows, w, NULL, NN_TANH);
    for (int64_t r = 0; r < y.rows; r++)
        for (int64_t j = 0; j < w; j++)
            y.at[r * y.ld + j] = 0.5f * x.at[r * x.ld + j] * (1 + t[r * w + j]);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix x = nn_in(run, node, 0), dy = nn_gradient_of(run, node);
    nn_matrix dx = nn_din(run, node, 0, &add);
    const float *kept = nn_scratch(run, node);
    for (int64_t r = 0; dx.at && r < dy.rows; r++)
        for (int64_t j = 0; j < dy.width; j++) {
            float in = x.at[r * x.ld + j], t = kept[r * dy.width + j];
            float slope =
                0.5f * (1 + t) + 0.5f * in * (1 - t * t) * root * (1 + 3 * cubic * in * in);
            float *to = dx.at + r * dx.ld + j;
            *to = (add ? *to : 0) + dy.at[r * dy.ld + j] * slope;
        }
}

const nn_op nn_op_gelu = {.name = "gelu",
                          .inputs_min = 1,
                          .inputs_max = 1,
                          .plan = plan,
                          .forward = forward,
                          .backward = backward};
