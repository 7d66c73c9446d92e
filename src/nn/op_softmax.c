/* Rows: softmax over the columns of each row. Sequence: over the events of each row, column by column
 * (attention weights). dx = y (dy - sum of y dy over the same elements). */
#include <math.h>

#include "run.h"

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    return nn_expect_same_width(graph, node, err);
}

/* n elements, `step` floats apart. */
static void softmax(const float *x, float *y, int64_t n, int64_t step_x, int64_t step_y) {
    float most = n > 0 ? x[0] : 0;
    double sum = 0;
    for (int64_t i = 1; i < n; i++)
        most = x[i * step_x] > most ? x[i * step_x] : most;
    for (int64_t i = 0; i < n; i++)
        sum += y[i * step_y] = expf(x[i * step_x] - most);
    for (int64_t i = 0; i < n; i++)
        y[i * step_y] /= (float)sum;
}

static void slopes(const float *y, const float *dy, float *dx, int64_t n, int64_t step_y,
                   int64_t step_dy, int64_t step_dx, bool add) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += y[i * step_y] * dy[i * step_dy];
    for (int64_t i = 0; i < n; i++) {
        float *to = dx + i * step_dx;
        *to = (add ? *to : 0) + y[i * step_y] * (dy[i * step_dy] - (float)sum);
    }
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    if (node->kind == NN_ROWS) {
        for (int64_t r = 0; r < y.rows; r++)
            run->kernels->softmax(y.at + r * y.ld, x.at + r * x.ld, y.width);
        return;
    }
    const int32_t *offset = nn_offsets(run, node->history);
    for (int64_t r = 0; r < run->rows; r++)
        for (int64_t j = 0; j < y.width; j++)
            softmax(x.at + offset[r] * x.ld + j, y.at + offset[r] * y.ld + j,
                    offset[r + 1] - offset[r], x.ld, y.ld);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix y = nn_value_of(run, node), dy = nn_gradient_of(run, node);
    nn_matrix dx = nn_din(run, node, 0, &add);
    if (!dx.at) return;
    if (node->kind == NN_ROWS) {
        for (int64_t r = 0; r < y.rows; r++)
            run->kernels->softmax_back(dx.at + r * dx.ld, y.at + r * y.ld, dy.at + r * dy.ld,
                                       y.width, add);
        return;
    }
    const int32_t *offset = nn_offsets(run, node->history);
    for (int64_t r = 0; r < run->rows; r++)
        for (int64_t j = 0; j < y.width; j++)
            slopes(y.at + offset[r] * y.ld + j, dy.at + offset[r] * dy.ld + j,
                   dx.at + offset[r] * dx.ld + j, offset[r + 1] - offset[r], y.ld, dy.ld, dx.ld,
                   add);
}

const nn_op nn_op_softmax = {.name = "softmax",
                             .inputs_min = 1,
                             .inputs_max = 1,
                             .plan = plan,
                             .forward = forward,
                             .backward = backward};
