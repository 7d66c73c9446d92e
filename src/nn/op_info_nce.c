/* InfoNCE (van den Oord, Li and Vinyals 2018) with the other rows of the shard as negatives:
 *     s_rc = a_r . b_c / temperature;  loss_r = log sum over c of e^s_rc - s_rr
 *     ds = (softmax(s) - identity) / temperature;  da = ds b;  db = ds' a
 * Negatives come from the shard, so that a result depends on the batch alone. */
#include <math.h>

#include "loss.h"

enum { SHARE, TEMPERATURE };
enum { LEFT, RIGHT };

static const nn_option options[] = {
    NN_LOSS_OPTIONS,
    {.name = "temperature", .kind = NN_NUMBER, .otherwise = 0.1, .low = 1e-4, .high = 1e4},
    {.name = NULL}};

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_same_width(graph, node, err));
    LIS_TRY(nn_expect_kind(graph, node, LEFT, NN_ROWS, err));
    if (!node->trained)
        return lis_fail(err, LIS_EARG, "info_nce '%s': its inputs depend on no parameter",
                        node->name);
    node->kind = NN_LOSS;
    node->scratch = LIS_NN_SHARD * LIS_NN_SHARD;
    return LIS_OK;
}

/* s [rows, rows] becomes its slope; the loss is added to the run. The sum of e^(s - most) is one over
 * the largest share. */
static void softmax_rows(nn_run *run, float *s, int64_t n, double share, float temperature) {
    const float scale = run->scale * (float)share / temperature;
    for (int64_t r = 0; r < n; r++) {
        float *row = s + r * n;
        const float own = row[r];
        int64_t best = 0;
        for (int64_t c = 1; c < n; c++)
            best = row[c] > row[best] ? c : best;
        const float most = row[best];
        run->kernels->softmax(row, row, n);
        run->loss += share * ((double)most - own - log((double)row[best]));
        row[r] -= 1;
        for (int64_t c = 0; c < n; c++)
            row[c] *= scale;
    }
}

/* dx[r,:] = (or +=) sum over c of s[r * row + c * column] * y[c,:] */
static void gather_slopes(const nn_run *run, nn_matrix dx, bool add, nn_matrix y, const float *s,
                          int64_t row, int64_t column) {
    if (dx.at)
        run->kernels->product(&(nn_product){.m = y.rows,
                                            .n = y.width,
                                            .k = y.rows,
                                            .a = s,
                                            .a_row = row,
                                            .a_step = column,
                                            .b = y.at,
                                            .ldb = y.ld,
                                            .panel = NN_PANEL,
                                            .c = dx.at,
                                            .ldc = dx.ld,
                                            .add = add});
}

static void backward(nn_run *run, const nn_node *node) {
    bool add_a, add_b;
    nn_matrix a = nn_in(run, node, LEFT), b = nn_in(run, node, RIGHT);
    nn_matrix da = nn_din(run, node, LEFT, &add_a);
    const int64_t n = a.rows;
    const float temperature = (float)nn_option_of(node, TEMPERATURE);
    float *s = nn_scratch(run, node);
    for (int64_t r = 0; r < n; r++)
        for (int64_t c = 0; c < n; c++)
            s[r * n + c] =
                run->kernels->dot(a.at + r * a.ld, b.at + c * b.ld, a.width) / temperature;
    softmax_rows(run, s, n, nn_option_of(node, SHARE), temperature);
    gather_slopes(run, da, add_a, b, s, n, 1);
    nn_matrix db = nn_din(run, node, RIGHT, &add_b);
    gather_slopes(run, db, add_b, a, s, 1, n);
}

const nn_op nn_op_info_nce = {.name = "info_nce",
                              .inputs_min = 2,
                              .inputs_max = 2,
                              .options = options,
                              .plan = plan,
                              .forward = nn_loss_forward,
                              .backward = backward};
