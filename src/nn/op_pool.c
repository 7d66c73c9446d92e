/* y[r,:] = sum, or mean, of the events of row r; zeros where it has none. */
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
        int64_t length = offset[r + 1] - offset[r];
        run->kernels->sum_rows(y.at + r * y.ld, x.at + offset[r] * x.ld, x.ld, length, y.width,
                               scale_of(node, length));
    }
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix dy = nn_gradient_of(run, node), dx = nn_din(run, node, 0, &add);
    if (!dx.at) return;
    const int32_t *offset = nn_offsets(run, nn_input_node(run, node, 0)->history);
    for (int64_t r = 0; r < dy.rows; r++) {
        const float *slope = dy.at + r * dy.ld;
        float scale = scale_of(node, offset[r + 1] - offset[r]);
        for (int64_t t = offset[r]; t < offset[r + 1]; t++) {
            float *to = dx.at + t * dx.ld;
            if (add)
                run->kernels->axpy(to, slope, scale, dx.width);
            else
                for (int64_t j = 0; j < dx.width; j++)
                    to[j] = scale * slope[j];
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
