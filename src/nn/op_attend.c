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

/* One query item, one head: its row's events and the slices of the columns. */
typedef struct view {
    int64_t first, events; /* of the row */
    int64_t item;          /* of the query */
    int64_t column, size;  /* of the head */
    float scale;
    float *p; /* [events] */
} view;

typedef void head_fn(nn_run *run, const nn_node *node, const view *v);

/* Calls fn for every query item and head, p lying one after the other in the scratch. */
static void each_head(nn_run *run, const nn_node *node, head_fn *fn) {
    const nn_node *keys = nn_input_node(run, node, KEYS);
    const int32_t *offset = nn_offsets(run, keys->history);
    const int64_t heads = (int64_t)nn_option_of(node, HEADS), size = node->width / heads;
    float *p = nn_scratch(run, node);
    for (int64_t r = 0; r < run->rows; r++) {
        int64_t events = offset[r + 1] - offset[r];
        int64_t first = node->kind == NN_ROWS ? r : offset[r];
        int64_t last = node->kind == NN_ROWS ? r + 1 : offset[r + 1];
        for (int64_t item = first; item < last; item++)
            for (int64_t h = 0; h < heads; h++, p += events)
                fn(run, node,
                   &(view){.first = offset[r],
                           .events = events,
                           .item = item,
                           .column = h * size,
                           .size = size,
                           .scale = 1 / sqrtf((float)size),
                           .p = p});
    }
}

static void forward_head(nn_run *run, const nn_node *node, const view *v) {
    nn_matrix q = nn_in(run, node, QUERY), k = nn_in(run, node, KEYS);
    nn_matrix x = nn_in(run, node, VALUES), y = nn_value_of(run, node);
    const float *query = q.at + v->item * q.ld + v->column;
    float *to = y.at + v->item * y.ld + v->column, most = -INFINITY, sum = 0;
    for (int64_t t = 0; t < v->events; t++) {
        const float *key = k.at + (v->first + t) * k.ld + v->column;
        v->p[t] = v->scale * run->kernels->dot(query, key, v->size);
        most = v->p[t] > most ? v->p[t] : most;
    }
    for (int64_t t = 0; t < v->events; t++)
        sum += v->p[t] = expf(v->p[t] - most);
    memset(to, 0, (size_t)v->size * sizeof *to);
    for (int64_t t = 0; t < v->events; t++) {
        v->p[t] /= sum;
        run->kernels->axpy(to, x.at + (v->first + t) * x.ld + v->column, v->p[t], v->size);
    }
}

static void backward_head(nn_run *run, const nn_node *node, const view *v) {
    bool add;
    nn_matrix q = nn_in(run, node, QUERY), k = nn_in(run, node, KEYS);
    nn_matrix x = nn_in(run, node, VALUES), dy = nn_gradient_of(run, node);
    nn_matrix dq = nn_din(run, node, QUERY, &add), dk = nn_din(run, node, KEYS, &add);
    nn_matrix dx = nn_din(run, node, VALUES, &add);
    const float *slope = dy.at + v->item * dy.ld + v->column;
    const float *query = q.at + v->item * q.ld + v->column;
    float mean = 0;
    for (int64_t t = 0; t < v->events; t++)
        mean +=
            v->p[t] * run->kernels->dot(slope, x.at + (v->first + t) * x.ld + v->column, v->size);
    for (int64_t t = 0; t < v->events; t++) {
        int64_t at = v->first + t;
        float along = run->kernels->dot(slope, x.at + at * x.ld + v->column, v->size);
        float ds = v->scale * v->p[t] * (along - mean);
        if (dx.at) run->kernels->axpy(dx.at + at * dx.ld + v->column, slope, v->p[t], v->size);
        if (dk.at) run->kernels->axpy(dk.at + at * dk.ld + v->column, query, ds, v->size);
        if (dq.at)
            run->kernels->axpy(dq.at + v->item * dq.ld + v->column, k.at + at * k.ld + v->column,
                               ds, v->size);
    }
}

static void forward(nn_run *run, const nn_node *node) {
    each_head(run, node, forward_head);
}

/* Every gradient is a sum over items and heads, so each begins at zero. Where one node is several of
 * the inputs, only the first of them clears it. */
static void backward(nn_run *run, const nn_node *node) {
    for (int k = 0; k < node->inputs; k++) {
        bool add;
        nn_matrix dx = nn_din(run, node, k, &add);
        for (int64_t i = 0; dx.at && !add && i < dx.rows; i++)
            memset(dx.at + i * dx.ld, 0, (size_t)dx.width * sizeof *dx.at);
    }
    each_head(run, node, backward_head);
}

const nn_op nn_op_attend = {.name = "attend",
                            .inputs_min = 3,
                            .inputs_max = 3,
                            .options = options,
                            .positional = {"heads"},
                            .plan = plan,
                            .forward = forward,
                            .backward = backward};
