/* Weighted sum pooling: y[r,:] = sum over the events t of row r of w[t] x[t,:].
 *
 * dw[t] = dy[r,:] . x[t,:];  dx[t,:] = w[t] dy[r,:]. */
#include <string.h>

#include "run.h"

enum { WEIGHTS, SEQUENCE };

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_kind(graph, node, WEIGHTS, NN_SEQUENCE, err));
    LIS_TRY(nn_expect_alike(graph, node, err));
    const nn_node *w = nn_input(graph, node, WEIGHTS);
    if (w->width != 1)
        return lis_fail(err, LIS_ESHAPE, "weighted '%s': weights '%s' have %lld columns, wanted 1",
                        node->name, w->name, (long long)w->width);
    node->kind = NN_ROWS;
    node->history = -1;
    node->width = nn_input(graph, node, SEQUENCE)->width;
    return LIS_OK;
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix w = nn_in(run, node, WEIGHTS), x = nn_in(run, node, SEQUENCE);
    nn_matrix y = nn_value_of(run, node);
    const int32_t *offset = nn_offsets(run, nn_input_node(run, node, SEQUENCE)->history);
    for (int64_t r = 0; r < y.rows; r++) {
        float *to = y.at + r * y.ld;
        memset(to, 0, (size_t)y.width * sizeof *to);
        for (int64_t t = offset[r]; t < offset[r + 1]; t++)
            run->kernels->axpy(to, x.at + t * x.ld, w.at[t * w.ld], y.width);
    }
}

static void backward(nn_run *run, const nn_node *node) {
    bool add_w, add_x;
    nn_matrix w = nn_in(run, node, WEIGHTS), x = nn_in(run, node, SEQUENCE);
    nn_matrix dw = nn_din(run, node, WEIGHTS, &add_w), dx = nn_din(run, node, SEQUENCE, &add_x);
    nn_matrix dy = nn_gradient_of(run, node);
    const int32_t *offset = nn_offsets(run, nn_input_node(run, node, SEQUENCE)->history);
    for (int64_t r = 0; r < dy.rows; r++)
        for (int64_t t = offset[r]; t < offset[r + 1]; t++) {
            const float *slope = dy.at + r * dy.ld;
            if (dw.at) {
                float sum = run->kernels->dot(slope, x.at + t * x.ld, x.width);
                dw.at[t * dw.ld] = sum + (add_w ? dw.at[t * dw.ld] : 0);
            }
            if (!dx.at) continue;
            float *to = dx.at + t * dx.ld;
            if (!add_x) memset(to, 0, (size_t)dx.width * sizeof *to);
            run->kernels->axpy(to, slope, w.at[t * w.ld], dx.width);
        }
}

const nn_op nn_op_weighted = {.name = "weighted",
                              .inputs_min = 2,
                              .inputs_max = 2,
                              .plan = plan,
                              .forward = forward,
                              .backward = backward};
