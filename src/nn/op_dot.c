/* Inner products of all pairs i < j of n inputs, row by row: y [n (n - 1) / 2], pair (1, 2) first,
 * then (1, 3), ... Two inputs give their dot product.
 *
 * da_i = sum over the pairs (i, j) of dy_ij a_j. */
#include <string.h>

#include "run.h"

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_same_width(graph, node, err));
    node->width = (int64_t)node->inputs * (node->inputs - 1) / 2;
    return LIS_OK;
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix y = nn_value_of(run, node);
    int64_t pair = 0;
    for (int i = 0; i < node->inputs; i++)
        for (int j = i + 1; j < node->inputs; j++, pair++) {
            nn_matrix a = nn_in(run, node, i), b = nn_in(run, node, j);
            for (int64_t r = 0; r < y.rows; r++)
                y.at[r * y.ld + pair] =
                    run->kernels->dot(a.at + r * a.ld, b.at + r * b.ld, a.width);
        }
}

static int64_t pair_of(int i, int j, int n) {
    int low = i < j ? i : j, high = i < j ? j : i;
    return (int64_t)low * (2 * n - low - 1) / 2 + high - low - 1;
}

static void backward(nn_run *run, const nn_node *node) {
    nn_matrix dy = nn_gradient_of(run, node);
    for (int i = 0; i < node->inputs; i++) {
        bool add;
        nn_matrix da = nn_din(run, node, i, &add);
        if (!da.at) continue;
        for (int64_t r = 0; r < dy.rows; r++) {
            float *to = da.at + r * da.ld;
            if (!add) memset(to, 0, (size_t)da.width * sizeof *to);
            for (int j = 0; j < node->inputs; j++) {
                if (j == i) continue;
                nn_matrix b = nn_in(run, node, j);
                float slope = dy.at[r * dy.ld + pair_of(i, j, node->inputs)];
                run->kernels->axpy(to, b.at + r * b.ld, slope, da.width);
            }
        }
    }
}

const nn_op nn_op_dot = {.name = "dot",
                         .inputs_min = 2,
                         .inputs_max = 256,
                         .plan = plan,
                         .forward = forward,
                         .backward = backward};
