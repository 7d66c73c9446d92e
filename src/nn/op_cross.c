/* Cross layer of DCN-v2 (Wang et al. 2021): y = x0 * (x W + b) + x, elementwise product, with W
 * [width, width], or of low rank: W = U V, U [width, rank], V [rank, width].
 *
 *     dz = dy * x0 of z = x W + b;  dx0 = dy * z;  dx = dy + dz W' */
#include <math.h>

#include "multiply.h"

enum { RANK };
enum { ORIGIN, STATE };
enum { OFFSET, FIRST, SECOND };

static const nn_option options[] = {
    [RANK] = {.name = "rank", .kind = NN_INTEGER, .low = 0, .high = 65536}, {.name = NULL}};

static int64_t rank_of(const nn_node *node) {
    return (int64_t)nn_option_of(node, RANK);
}

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_same_width(graph, node, err));
    const int64_t w = node->width, rank = rank_of(node), middle = rank ? rank : w;
    node->scratch = nn_shard_items(graph, node) * 2 * (w + rank);
    double first = sqrt(6.0 / (double)(w + middle)), second = sqrt(6.0 / (double)(middle + w));
    LIS_TRY(nn_add_parameter(graph, node, "bias", 1, w, NN_ZEROS, 0, err));
    LIS_TRY(
        nn_add_parameter(graph, node, rank ? "down" : "weight", w, middle, NN_UNIFORM, first, err));
    nn_pack_parameter(graph, node, FIRST);
    if (!rank) return LIS_OK;
    LIS_TRY(nn_add_parameter(graph, node, "up", rank, w, NN_UNIFORM, second, err));
    nn_pack_parameter(graph, node, SECOND);
    return LIS_OK;
}

/* Scratch of a shard: z, then dz [items, width]; low rank: x U, then its gradient [items, rank]. */
typedef struct parts {
    nn_matrix z, dz, low, dlow;
} parts;

static parts parts_of(const nn_run *run, const nn_node *node) {
    const int64_t w = node->width, rank = rank_of(node), items = nn_items(run, node);
    const int64_t most = nn_shard_items(run->model->graph, node);
    float *at = nn_scratch(run, node);
    return (parts){.z = {at, w, items, w},
                   .dz = {at + most * w, w, items, w},
                   .low = {at + most * 2 * w, rank, items, rank},
                   .dlow = {at + most * (2 * w + rank), rank, items, rank}};
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix x0 = nn_in(run, node, ORIGIN), x = nn_in(run, node, STATE),
              y = nn_value_of(run, node);
    parts p = parts_of(run, node);
    const float *bias = nn_parameter(run, node, OFFSET);
    if (rank_of(node)) {
        nn_multiply_weight(run, node, FIRST, x, p.low, NULL, NN_LINEAR);
        nn_multiply_weight(run, node, SECOND, p.low, p.z, bias, NN_LINEAR);
    } else {
        nn_multiply_weight(run, node, FIRST, x, p.z, bias, NN_LINEAR);
    }
    run->kernels->multiply(y.at, y.ld, x0.at, x0.ld, p.z.at, p.z.ld, y.rows, y.width, false);
    run->kernels->copy(y.at, y.ld, x.at, x.ld, y.rows, y.width, true);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add0, add;
    nn_matrix x0 = nn_in(run, node, ORIGIN), x = nn_in(run, node, STATE);
    nn_matrix dy = nn_gradient_of(run, node), dx0 = nn_din(run, node, ORIGIN, &add0);
    parts p = parts_of(run, node);
    if (dx0.at)
        run->kernels->multiply(dx0.at, dx0.ld, dy.at, dy.ld, p.z.at, p.z.ld, dy.rows, dy.width,
                               add0);
    nn_matrix dx = nn_din(run, node, STATE, &add);
    run->kernels->multiply(p.dz.at, p.dz.ld, dy.at, dy.ld, x0.at, x0.ld, dy.rows, dy.width, false);
    run->kernels->column_sums(nn_dparameter(run, node, OFFSET), p.dz.at, p.dz.ld, dy.rows,
                              dy.width);
    if (dx.at) run->kernels->copy(dx.at, dx.ld, dy.at, dy.ld, dy.rows, dy.width, add);
    if (!rank_of(node)) {
        nn_multiply_back(run, node, FIRST, x, p.dz, dx, true);
        return;
    }
    nn_multiply_back(run, node, SECOND, p.low, p.dz, p.dlow, false);
    nn_multiply_back(run, node, FIRST, x, p.dlow, dx, true);
}

const nn_op nn_op_cross = {.name = "cross",
                           .inputs_min = 2,
                           .inputs_max = 2,
                           .options = options,
                           .plan = plan,
                           .forward = forward,
                           .backward = backward};
