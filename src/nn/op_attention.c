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

#include "run.h"

enum { HIDDEN, ACTIVATION };
enum { QUERY, SEQUENCE };
enum { FIRST, FIRST_BIAS, SECOND, SECOND_BIAS };

static const nn_option options[] = {
    [HIDDEN] = {"hidden", NN_INTEGER, .otherwise = 36, .low = 1, .high = 1024},
    [ACTIVATION] = {"activation", NN_CHOICE, .otherwise = NN_RELU, .choices = nn_activation_names},
    {.name = NULL}};

/* The parts of a shard's scratch. Rows of hidden units are padded to `hidden`, rows of dim to
 * `width`, with zeros, so that the kernels need no remainders. */
typedef struct parts {
    int64_t dim, units, hidden, width;
    float *query_part, *dquery_part;                   /* [rows, hidden] (Wq + Wd)' q + b */
    float *weight;                                     /* [events] */
    float *state;                                      /* [events, hidden] f(...) */
    float *query_side, *key_side, *product_side;       /* [dim, hidden] Wq + Wd, Wk - Wd, Wp */
    float *query_turned, *key_turned, *product_turned; /* [hidden, width] transposed */
    float *first_bias, *second;                        /* [hidden] */
    float *dquery_side, *dkey_side, *dproduct_side, *dsecond;
    float *work;
} parts;

static int64_t padded(int64_t n) {
    return (n + NN_PAD - 1) / NN_PAD * NN_PAD;
}

/* Lays the parts out from `at` (NULL: only counts); returns the floats used. */
static int64_t lay_out(parts *p, float *at, int64_t rows, int64_t events, int64_t dim,
                       int64_t units) {
    *p = (parts){.dim = dim, .units = units, .hidden = padded(units), .width = padded(dim)};
    const int64_t side = dim * p->hidden, turned = p->hidden * p->width;
    const struct {
        float **part;
        int64_t size;
    } piece[] = {{&p->query_part, rows * p->hidden},
                 {&p->dquery_part, rows * p->hidden},
                 {&p->weight, events},
                 {&p->state, events * p->hidden},
                 {&p->query_side, side},
                 {&p->key_side, side},
                 {&p->product_side, side},
                 {&p->query_turned, turned},
                 {&p->key_turned, turned},
                 {&p->product_turned, turned},
                 {&p->first_bias, p->hidden},
                 {&p->second, p->hidden},
                 {&p->dquery_side, side},
                 {&p->dkey_side, side},
                 {&p->dproduct_side, side},
                 {&p->dsecond, p->hidden},
                 {&p->work, turned + side + 4 * p->hidden}};
    int64_t used = 0;
    for (size_t i = 0; i < sizeof piece / sizeof *piece; i++) {
        *piece[i].part = at ? at + used : NULL;
        used += padded(piece[i].size);
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

/* The sums of W's quarters, padded, and transposed. */
static void derive_sides(const parts *p, const float *w, const float *bias, const float *out) {
    const int64_t d = p->dim, u = p->units, h = p->hidden, quarter = d * u;
    memset(p->query_side, 0,
           (size_t)(3 * (padded(d * h) + padded(h * p->width)) + 2 * h) * sizeof *w);
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j < u; j++) {
            const float *from = w + i * u + j;
            float key = from[quarter] - from[2 * quarter], product = from[3 * quarter];
            float query = from[0] + from[2 * quarter];
            p->query_side[i * h + j] = p->query_turned[j * p->width + i] = query;
            p->key_side[i * h + j] = p->key_turned[j * p->width + i] = key;
            p->product_side[i * h + j] = p->product_turned[j * p->width + i] = product;
        }
    memcpy(p->first_bias, bias, (size_t)u * sizeof *bias);
    memcpy(p->second, out, (size_t)u * sizeof *out);
}

static nn_attention unit_of(const nn_run *run, const nn_node *node, const parts *p) {
    return (nn_attention){.dim = p->dim,
                          .width = p->width,
                          .units = (p->units + 1) / 2 * 2,
                          .hidden = p->hidden,
                          .activation = (nn_activation)node->option[ACTIVATION].number,
                          .key_part = p->key_side,
                          .product_part = p->product_side,
                          .key_turned = p->key_turned,
                          .product_turned = p->product_turned,
                          .second = p->second,
                          .second_bias = *nn_parameter(run, node, SECOND_BIAS),
                          .work = p->work};
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix q = nn_in(run, node, QUERY), k = nn_in(run, node, SEQUENCE);
    nn_matrix y = nn_value_of(run, node);
    const int32_t *offset = nn_offsets(run, nn_input_node(run, node, SEQUENCE)->history);
    parts p = parts_of(run, node);
    derive_sides(&p, nn_parameter(run, node, FIRST), nn_parameter(run, node, FIRST_BIAS),
                 nn_parameter(run, node, SECOND));
    nn_attention unit = unit_of(run, node, &p);
    run->kernels->product(&(nn_product){.m = q.rows,
                                        .n = p.hidden,
                                        .k = p.dim,
                                        .a = q.at,
                                        .a_row = q.ld,
                                        .a_step = 1,
                                        .b = p.query_side,
                                        .ldb = p.hidden,
                                        .panel = NN_PANEL,
                                        .c = p.query_part,
                                        .ldc = p.hidden,
                                        .bias = p.first_bias});
    for (int64_t r = 0; r < q.rows; r++)
        run->kernels->attention(&unit, q.at + r * q.ld, p.query_part + r * p.hidden,
                                k.at + offset[r] * k.ld, k.ld, offset[r + 1] - offset[r],
                                p.state + offset[r] * p.hidden, p.weight + offset[r],
                                y.at + r * y.ld);
}

/* The rows of the unit, each adding to dkey and to what the query side collects. */
static void backward_rows(nn_run *run, const nn_node *node, const parts *p,
                          const nn_attention_gradient *gradient) {
    bool add_q, add_k;
    nn_matrix q = nn_in(run, node, QUERY), k = nn_in(run, node, SEQUENCE);
    nn_matrix dq = nn_din(run, node, QUERY, &add_q), dk = nn_din(run, node, SEQUENCE, &add_k);
    nn_matrix dy = nn_gradient_of(run, node);
    const int32_t *offset = nn_offsets(run, nn_input_node(run, node, SEQUENCE)->history);
    nn_attention unit = unit_of(run, node, p);
    for (int64_t r = 0; r < q.rows; r++) {
        int64_t at = offset[r];
        float *dquery = dq.at ? dq.at + r * dq.ld : NULL;
        if (dquery && !add_q) memset(dquery, 0, (size_t)dq.width * sizeof *dquery);
        run->kernels->attention_back(&unit, gradient, q.at + r * q.ld, k.at + at * k.ld, k.ld,
                                     offset[r + 1] - at, p->state + at * p->hidden, p->weight + at,
                                     dy.at + r * dy.ld, dk.at ? dk.at + at * dk.ld : NULL, dk.ld,
                                     add_k, dquery, p->dquery_part + r * p->hidden);
    }
    run->kernels->product(&(nn_product){.m = p->dim,
                                        .n = p->hidden,
                                        .k = q.rows,
                                        .a = q.at,
                                        .a_row = 1,
                                        .a_step = q.ld,
                                        .b = p->dquery_part,
                                        .ldb = p->hidden,
                                        .panel = NN_PANEL,
                                        .c = p->dquery_side,
                                        .ldc = p->hidden});
    if (dq.at)
        run->kernels->product(&(nn_product){.m = q.rows,
                                            .n = p->dim,
                                            .k = p->hidden,
                                            .a = p->dquery_part,
                                            .a_row = p->hidden,
                                            .a_step = 1,
                                            .b = p->query_turned,
                                            .ldb = p->width,
                                            .panel = NN_PANEL,
                                            .c = dq.at,
                                            .ldc = dq.ld,
                                            .add = true});
}

static void backward(nn_run *run, const nn_node *node) {
    parts p = parts_of(run, node);
    const int64_t quarter = p.dim * p.units;
    float *dw = nn_dparameter(run, node, FIRST);
    nn_attention_gradient gradient = {.key_part = p.dkey_side,
                                      .product_part = p.dproduct_side,
                                      .second = p.dsecond,
                                      .second_bias = nn_dparameter(run, node, SECOND_BIAS)};
    memset(p.dkey_side, 0, (size_t)(2 * padded(p.dim * p.hidden) + p.hidden) * sizeof *dw);
    *gradient.second_bias = 0;
    backward_rows(run, node, &p, &gradient);
    run->kernels->column_sums(nn_dparameter(run, node, FIRST_BIAS), p.dquery_part, p.hidden,
                              nn_in(run, node, QUERY).rows, p.units);
    memcpy(nn_dparameter(run, node, SECOND), p.dsecond, (size_t)p.units * sizeof *dw);
    for (int64_t i = 0; i < p.dim; i++)
        for (int64_t j = 0; j < p.units; j++) {
            float *to = dw + i * p.units + j;
            float dquery = p.dquery_side[i * p.hidden + j], dkey = p.dkey_side[i * p.hidden + j];
            to[0] = dquery;
            to[quarter] = dkey;
            to[2 * quarter] = dquery - dkey;
            to[3 * quarter] = p.dproduct_side[i * p.hidden + j];
        }
}

const nn_op nn_op_attention = {.name = "attention",
                               .inputs_min = 2,
                               .inputs_max = 2,
                               .options = options,
                               .positional = {"hidden"},
                               .plan = plan,
                               .forward = forward,
                               .backward = backward};
