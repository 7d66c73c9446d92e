/* y = activation(x W + b), W [in, units], b [units].
 *
 * dY <- dy * activation'(y) in place; dW = x' dY; db = sum of dY's rows; dx = dY W'. */
#include <math.h>

#include "multiply.h"

enum { UNITS, ACTIVATION, BIAS };
enum { WEIGHT, OFFSET };

static const char *const yes_no[] = {"no", "yes", NULL};

static const nn_option options[] = {
    [UNITS] = {"units", NN_INTEGER, .required = true, .low = 1, .high = 65536},
    [ACTIVATION] = {"activation", NN_CHOICE, .choices = nn_activation_names},
    [BIAS] = {"bias", NN_CHOICE, .otherwise = 1, .choices = yes_no},
    {.name = NULL}};

static bool has_bias(const nn_node *node) {
    return node->option[BIAS].number != 0;
}

static nn_activation activation_of(const nn_node *node) {
    return (nn_activation)node->option[ACTIVATION].number;
}

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_alike(graph, node, err));
    int64_t in = nn_input(graph, node, 0)->width;
    node->width = (int64_t)node->option[UNITS].number;
    /* Glorot and Bengio 2010 */
    double limit = sqrt(6.0 / (double)(in + node->width));
    LIS_TRY(nn_add_parameter(graph, node, "weight", in, node->width, NN_UNIFORM, limit, err));
    if (node->width > 1) nn_pack_parameter(graph, node, WEIGHT);
    if (!has_bias(node)) return LIS_OK;
    return nn_add_parameter(graph, node, "bias", 1, node->width, NN_ZEROS, 0, err);
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    const float *w = nn_parameter(run, node, WEIGHT);
    const float *b = has_bias(node) ? nn_parameter(run, node, OFFSET) : NULL;
    if (y.width > 1)
        nn_multiply_weight(run, node, WEIGHT, x, y, b, activation_of(node));
    else
        run->kernels->unit(y.at, y.ld, x.at, x.ld, x.rows, x.width, w, b, activation_of(node));
}

static void backward(nn_run *run, const nn_node *node) {
    bool add;
    nn_matrix x = nn_in(run, node, 0), y = nn_value_of(run, node);
    nn_matrix dy = nn_gradient_of(run, node), dx = nn_din(run, node, 0, &add);
    float *db = has_bias(node) ? nn_dparameter(run, node, OFFSET) : NULL;
    if (db || activation_of(node) != NN_LINEAR)
        run->kernels->slope_sums(dy.at, dy.ld, y.at, y.ld, y.rows, y.width, activation_of(node),
                                 db);
    dx.width = nn_input_node(run, node, 0)->reach;
    if (y.width > 1)
        nn_multiply_back(run, node, WEIGHT, x, dy, dx, add);
    else
        run->kernels->unit_back(nn_dparameter(run, node, WEIGHT), dx.at, dx.ld, add, dy.at, dy.ld,
                                x.at, x.ld, x.rows, x.width, nn_parameter(run, node, WEIGHT));
}

const nn_op nn_op_linear = {.name = "linear",
                            .inputs_min = 1,
                            .inputs_max = 1,
                            .options = options,
                            .plan = plan,
                            .forward = forward,
                            .backward = backward};
