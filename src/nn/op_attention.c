/* DIN's attention unit (Zhou et al. 2018), one hidden layer, weights not normalised:
 *
 *     y[r] = sum over the events t of row r of w_t k_t
 *     w_t  = v . f(W' [q, k_t, q - k_t, q * k_t] + b) + c,     q = query[r], W [4 dim, hidden]
 *
 * f's argument is linear in k_t once q is known. With W = [Wq; Wk; Wd; Wp] stacked:
 *
 *     (Wq + Wd)' q + b  +  M(q)' k_t,     M(q) = (Wk - Wd) + diag(q) Wp
 *
 * so a row pays one product for the query part and one small matrix M, and each event one product
 * of [dim, hidden] instead of [4 dim, hidden]. The gradient of M is summed over the row's events
 * before it is split into those of Wk - Wd and Wp. */
#include <math.h>
#include <string.h>

#include "gemm.h"
#include "run.h"

enum { HIDDEN, ACTIVATION };
enum { QUERY, SEQUENCE };
enum { FIRST, FIRST_BIAS, SECOND, SECOND_BIAS };

static const nn_option options[] = {
    [HIDDEN] = {"hidden", NN_INTEGER, .otherwise = 36, .low = 1, .high = 1024},
    [ACTIVATION] = {"activation", NN_CHOICE, .otherwise = NN_RELU, .choices = nn_activation_names},
    {.name = NULL}};

/* The parts of a shard's scratch. */
typedef struct parts {
    float *query_part;  /* [rows, hidden] (Wq + Wd)' q + b */
    float *dquery_part; /* [rows, hidden] */
    float *weight;      /* [events] */
    float *hidden;      /* [events, hidden] */
    float *query_side;  /* [dim, hidden] Wq + Wd, and the gradient of it */
    float *key_side;    /* [dim, hidden] Wk - Wd */
    float *work;
} parts;

static int64_t work_size(int64_t dim, int64_t hidden) {
    return 3 * dim * hidden + 2 * hidden;
}

static int64_t round_up(int64_t n) {
    return (n + 15) / 16 * 16;
}

/* Lays the parts out from `at`; returns the floats used. */
static int64_t lay_out(parts *p, float *at, int64_t rows, int64_t events, int64_t dim,
                       int64_t hidden) {
    int64_t used = 0;
    struct {
        float **part;
        int64_t size;
    } piece[] = {{&p->query_part, rows * hidden},
                 {&p->dquery_part, rows * hidden},
                 {&p->weight, events},
                 {&p->hidden, events * hidden},
                 {&p->query_side, dim * hidden},
                 {&p->key_side, dim * hidden},
                 {&p->work, work_size(dim, hidden)}};
    for (size_t i = 0; i < sizeof piece / sizeof *piece; i++) {
        *piece[i].part = at ? at + used : NULL;
        used += round_up(piece[i].size);
    }
    return used;
}

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    const nn_node *query = nn_input(graph, node, QUERY), *keys = nn_input(graph, node, SEQUENCE);
    LIS_TRY(nn_expect_kind(graph, node, QUERY, NN_ROWS, err));
    LIS_TRY(nn_expect_kind(graph, node, SEQUENCE, NN_SEQUENCE, err));
    if (query->width != keys->width)
        return lis_fail(err, LIS_ESHAPE,
                        "attention '%s': query '%s' has %lld columns and sequence '%s' has %lld",
                        node->name, query->name, (long long)query->width, keys->name,
                        (long long)keys->width);
    int64_t dim = keys->width, hidden = (int64_t)node->option[HIDDEN].number;
    node->kind = NN_ROWS;
    node->width = dim;
    parts unused;
    node->scratch = lay_out(&unused, NULL, LIS_NN_SHARD, nn_shard_items(graph, keys), dim, hidden);
    double first = sqrt(6.0 / (double)(4 * dim + hidden)),
           second = sqrt(6.0 / (double)(hidden + 1));
    LIS_TRY(nn_add_parameter(graph, node, "weight", 4 * dim, hidden, NN_UNIFORM, first, err));
    LIS_TRY(nn_add_parameter(graph, node, "bias", 1, hidden, NN_ZEROS, 0, err));
    LIS_TRY(nn_add_parameter(graph, node, "out", hidden, 1, NN_UNIFORM, second, err));
    return nn_add_parameter(graph, node, "out_bias", 1, 1, NN_ZEROS, 0, err);
}

static parts parts_of(const nn_run *run, const nn_node *node) {
    parts p;
    const nn_node *keys = nn_input_node(run, node, SEQUENCE);
    lay_out(&p, nn_scratch(run, node), LIS_NN_SHARD, nn_shard_items(run->model->graph, keys),
            node->width, (int64_t)node->option[HIDDEN].number);
    return p;
}

static nn_attention unit_of(const nn_run *run, const nn_node *node, const parts *p) {
    int64_t dim = node->width, hidden = (int64_t)node->option[HIDDEN].number;
    return (nn_attention){.dim = dim,
                          .hidden = hidden,
                          .activation = (nn_activation)node->option[ACTIVATION].number,
                          .key_part = p->key_side,
                          .product_part = nn_parameter(run, node, FIRST) + 3 * dim * hidden,
                          .second = nn_parameter(run, node, SECOND),
                          .second_bias = *nn_parameter(run, node, SECOND_BIAS)};
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix q = nn_in(run, node, QUERY), k = nn_in(run, node, SEQUENCE);
    nn_matrix y = nn_value_of(run, node);
    const int32_t *offset = nn_offsets(run, nn_input_node(run, node, SEQUENCE)->history);
    parts p = parts_of(run, node);
    nn_attention unit = unit_of(run, node, &p);
    int64_t hidden = unit.hidden, side = unit.dim * hidden;
    const float *w = nn_parameter(run, node, FIRST);
    for (int64_t i = 0; i < side; i++) {
        p.query_side[i] = w[i] + w[2 * side + i];
        p.key_side[i] = w[side + i] - w[2 * side + i];
    }
    nn_gemm(q.rows, hidden, unit.dim, q.at, q.ld, p.query_side, hidden, p.query_part, hidden,
            false);
    run->kernels->activate(p.query_part, hidden, q.rows, hidden,
                           nn_parameter(run, node, FIRST_BIAS), NN_LINEAR);
    for (int64_t r = 0; r < q.rows; r++)
        run->kernels->attention(&unit, q.at + r * q.ld, p.query_part + r * hidden,
                                k.at + offset[r] * k.ld, k.ld, offset[r + 1] - offset[r],
                                p.hidden + offset[r] * hidden, p.weight + offset[r],
                                y.at + r * y.ld, p.work);
}

/* The rows of the unit, each adding to dkey and to what the query side collects. */
static void backward_rows(nn_run *run, const nn_node *node, const parts *p,
                          const nn_attention *unit, const nn_attention_gradient *gradient) {
    bool add_q, add_k;
    nn_matrix q = nn_in(run, node, QUERY), k = nn_in(run, node, SEQUENCE);
    nn_matrix dq = nn_din(run, node, QUERY, &add_q), dk = nn_din(run, node, SEQUENCE, &add_k);
    nn_matrix dy = nn_gradient_of(run, node);
    const int32_t *offset = nn_offsets(run, nn_input_node(run, node, SEQUENCE)->history);
    for (int64_t r = 0; r < q.rows; r++) {
        int64_t at = offset[r];
        float *dquery = dq.at ? dq.at + r * dq.ld : NULL;
        if (dquery && !add_q) memset(dquery, 0, (size_t)dq.width * sizeof *dquery);
        run->kernels->attention_back(unit, gradient, q.at + r * q.ld, k.at + at * k.ld, k.ld,
                                     offset[r + 1] - at, p->hidden + at * unit->hidden,
                                     p->weight + at, dy.at + r * dy.ld,
                                     dk.at ? dk.at + at * dk.ld : NULL, dk.ld, add_k, dquery,
                                     p->dquery_part + r * unit->hidden);
    }
    if (dq.at)
        nn_gemm_nt(q.rows, unit->dim, unit->hidden, p->dquery_part, unit->hidden, p->query_side,
                   unit->hidden, dq.at, dq.ld, true);
}

static void backward(nn_run *run, const nn_node *node) {
    parts p = parts_of(run, node);
    nn_attention unit = unit_of(run, node, &p);
    int64_t hidden = unit.hidden, side = unit.dim * hidden;
    nn_matrix q = nn_in(run, node, QUERY);
    float *dw = nn_dparameter(run, node, FIRST), *dq_part = dw, *dk_part = dw + side;
    nn_attention_gradient gradient = {.key_part = dk_part,
                                      .product_part = dw + 3 * side,
                                      .second = nn_dparameter(run, node, SECOND),
                                      .second_bias = nn_dparameter(run, node, SECOND_BIAS),
                                      .work = p.work};
    memset(dw, 0, (size_t)(4 * side) * sizeof *dw);
    memset(gradient.second, 0, (size_t)hidden * sizeof *dw);
    *gradient.second_bias = 0;
    backward_rows(run, node, &p, &unit, &gradient);
    run->kernels->column_sums(nn_dparameter(run, node, FIRST_BIAS), p.dquery_part, hidden, q.rows,
                              hidden);
    nn_gemm_tn(unit.dim, hidden, q.rows, q.at, q.ld, p.dquery_part, hidden, dq_part, hidden, false);
    for (int64_t i = 0; i < side; i++)
        dw[2 * side + i] = dq_part[i] - dk_part[i];
}

const nn_op nn_op_attention = {.name = "attention",
                               .inputs_min = 2,
                               .inputs_max = 2,
                               .options = options,
                               .positional = {"hidden"},
                               .plan = plan,
                               .forward = forward,
                               .backward = backward};
