/* Scaled dot-product attention in heads (Vaswani et al. 2017) within each row's history:
 *     y = sum over the events t of p_t v_t,  p = softmax over t of q . k_t / sqrt(width / heads)
 * head by head on its slice of the columns. The query is one vector a row (target attention), or a
 * sequence of the same history (self-attention). A row without events gives zeros.
 *
 *     dv_t = p_t dy;  ds_t = p_t (dy . v_t - sum of p dy . v) / sqrt(...);  dq = ds k;  dk_t = ds_t q */
#include <math.h>
#include <string.h>

#include "run.h"

enum { HEADS };
enum { QUERY, KEYS, VALUES };

static const nn_option options[] = {
    [HEADS] = {.name = "heads", .kind = NN_INTEGER, .otherwise = 1, .low = 1, .high = 64},
    {.name = NULL}};

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    const nn_node *query = nn_input(graph, node, QUERY), *keys = nn_input(graph, node, KEYS);
    const nn_node *values = nn_input(graph, node, VALUES);
    LIS_TRY(nn_expect_kind(graph, node, KEYS, NN_SEQUENCE, err));
    bool target = query->kind == NN_ROWS;
    bool fits = target || (query->kind == NN_SEQUENCE && query->history == keys->history);
    if (!fits || values->kind != NN_SEQUENCE || values->history != keys->history)
        return lis_fail(err, LIS_ESHAPE,
                        "attend '%s': keys and values are sequences of one history, the query is "
                        "rows or such a sequence",
                        node->name);
    int64_t heads = (int64_t)nn_option_of(node, HEADS), width = keys->width;
    if (query->width != width || values->width != width || width % heads != 0)
        return lis_fail(err, LIS_ESHAPE,
                        "attend '%s': query, keys and values have %lld, %lld and %lld columns; "
                        "wanted one width, a multiple of %lld heads",
                        node->name, (long long)query->width, (long long)width,
                        (long long)values->width, (long long)heads);
    node->kind = query->kind;
    node->history = target ? -1 : keys->history;
    node->width = width;
    node->trained = query->trained || keys->trained || values->trained;
    int64_t length = graph->node[keys->history]->max_len;
    node->scratch = (nn_shard_items(graph, node) * heads + 1) * length;
    return LIS_OK;
}

/* The matrices that heads are slices of; gradients in backward alone. */
typedef struct parts {
    nn_matrix query, key, value, out;
    nn_matrix dquery, dkey, dvalue, dout;
} parts;

static float *slice(nn_matrix m, int64_t row, int64_t column) {
    return m.at ? m.at + row * m.ld + column : NULL;
}

/* One head of query item `item`, whose row has its events from `first` on. */
static void run_head(nn_run *run, const parts *x, nn_head h, int64_t item, int64_t first,
                     int64_t column) {
    h.query = slice(x->query, item, column);
    h.key = slice(x->key, first, column);
    h.value = slice(x->value, first, column);
    h.ldk = x->key.ld;
    h.ldv = x->value.ld;
    float *out = slice(x->out, item, column);
    if (!x->dout.at) {
        run->kernels->attend(&h, out);
        return;
    }
    const nn_head_gradient gradient = {.query = slice(x->dquery, item, column),
                                       .key = slice(x->dkey, first, column),
                                       .value = slice(x->dvalue, first, column),
                                       .ldk = x->dkey.ld,
                                       .ldv = x->dvalue.ld};
    run->kernels->attend_back(&h, &gradient, out, slice(x->dout, item, column));
}

/* Every query item and head, their softmaxes lying one after the other in the scratch. */
static void each_head(nn_run *run, const nn_node *node, const parts *x) {
    const int32_t *offset = nn_offsets(run, nn_input_node(run, node, KEYS)->history);
    const int64_t heads = (int64_t)nn_option_of(node, HEADS), size = node->width / heads;
    nn_head head = {.size = size, .scale = 1 / sqrtf((float)size), .p = nn_scratch(run, node)};
    for (int64_t r = 0; r < run->rows; r++) {
        head.events = offset[r + 1] - offset[r];
        int64_t first = node->kind == NN_ROWS ? r : offset[r];
        int64_t last = node->kind == NN_ROWS ? r + 1 : offset[r + 1];
        for (int64_t item = first; item < last; item++)
            for (int64_t h = 0; h < heads; h++, head.p += head.events)
                run_head(run, x, head, item, offset[r], h * size);
    }
}

static parts parts_of(const nn_run *run, const nn_node *node) {
    return (parts){.query = nn_in(run, node, QUERY),
                   .key = nn_in(run, node, KEYS),
                   .value = nn_in(run, node, VALUES),
                   .out = nn_value_of(run, node)};
}

static void forward(nn_run *run, const nn_node *node) {
    parts x = parts_of(run, node);
    each_head(run, node, &x);
}

/* Every gradient is a sum over items and heads, so each begins at zero. Where one node is several of
 * the inputs, only the first of them clears it. */
static nn_matrix cleared(nn_run *run, const nn_node *node, int k) {
    bool add;
    nn_matrix dx = nn_din(run, node, k, &add);
    for (int64_t i = 0; dx.at && !add && i < dx.rows; i++)
        memset(dx.at + i * dx.ld, 0, (size_t)dx.width * sizeof *dx.at);
    return dx;
}

static void backward(nn_run *run, const nn_node *node) {
    parts x = parts_of(run, node);
    x.dout = nn_gradient_of(run, node);
    x.dquery = cleared(run, node, QUERY);
    x.dkey = cleared(run, node, KEYS);
    x.dvalue = cleared(run, node, VALUES);
    each_head(run, node, &x);
}

const nn_op nn_op_attend = {.name = "attend",
                            .inputs_min = 3,
                            .inputs_max = 3,
                            .options = options,
                            .positional = {"heads"},
                            .plan = plan,
                            .forward = forward,
                            .backward = backward};
