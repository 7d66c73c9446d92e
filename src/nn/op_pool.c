/* y[r,:] = sum, or mean, of the events of row r; zeros where it has none. */
#include <string.h>

#include "run.h"

enum { MODE };
enum { MEAN, SUM };

static const char *const modes[] = {[MEAN] = "mean", [SUM] = "sum", NULL};
static const nn_option options[] = {[MODE] = {"mode", NN_CHOICE, .choices = modes}, {.name = NULL}};

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    const nn_node *in = nn_input(graph, node, 0);
    LIS_TRY(nn_expect_kind(graph, node, 0, NN_SEQUENCE, err));
    node->kind = NN_ROWS;
    node->width = in->width;
    node->trained = in->trained;
    return LIS_OK;
}

static float scale_of(const nn_node *node, int64_t length) {
    return node->option[MODE].number == MEAN && length > 0 ? 1.0f / (float)length : 1.0f;
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    const int32_t *offset = nn_offsets(run, nn_input_node(run, node, 0)->history);
    for (int64_t r = 0; r < y.rows; r++) {
        float *to = y.at + r * y.ld;
        float scale = scale_of(node, offset[r + 1] - offset[r]);
        memset(to, 0, (size_t)y.width * sizeof *to);
        for (int64_t t = offset[r]; t < offset[r + 1]; t++)
            run->kernels->axpy(to, x.at + t * x.ld, scale, y.width);
    }
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix dy = nn_gradient_of(run, node), dx = nn_din(run, node, 0, &add);
    if (!dx.at) return;
    const int32_t *offset = nn_offsets(run, nn_input_node(run, node, 0)->history);
    for (int64_t r = 0; r < dy.rows; r++) {
        float scale = scale_of(node, offset[r + 1] - offset[r]);
        for (int64_t t = offset[r]; t < offset[r + 1]; t++) {
            float *to = dx.at + t * dx.ld;
            if (!add) memset(to, 0, (size_t)dx.width * sizeof *to);
            run->kernels->axpy(to, dy.at + r * dy.ld, scale, dx.width);
        }
    }
}

const nn_op nn_op_pool = {.name = "pool",
                          .inputs_min = 1,
                          .inputs_max = 1,
                          .options = options,
                          .positional = {"mode"},
                          .plan = plan,
                          .forward = forward,
                          .backward = backward};
