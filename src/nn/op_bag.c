/* Embedding-bag: y[r,:] = sum over the events t of row r of w_t E[id_t,:], with w_t = 1 (sum), one over
 * the row's events (mean), or given: a sequence of one column, or rows of max_len columns, the first of
 * which weighs the oldest event that the row reads. A row without events gives zeros.
 *
 * What embedding, then pool or weighted give, but no event's vector is written: the kernel sums rows of
 * the table, and the table's gradient is read from dy[r], times the event's weight (embed.c).
 *
 *     dw_t = dy[r,:] . E[id_t,:] */
#include <string.h>

#include "run.h"

enum { DIM, INIT, MODE };
enum { SUM, MEAN };
enum { HISTORY, WEIGHTS };

static const char *const modes[] = {[SUM] = "sum", [MEAN] = "mean", NULL};
static const nn_option options[] = {
    [DIM] = {"dim", NN_INTEGER, .required = true, .low = 1, .high = 4096},
    [INIT] = {"init", NN_NUMBER, .otherwise = 0.01, .low = 0, .high = 100},
    [MODE] = {"mode", NN_CHOICE, .choices = modes},
    {.name = NULL}};

static lis_status check_weights(const lis_graph *graph, const nn_node *node, lis_error *err) {
    const nn_node *history = nn_input(graph, node, HISTORY), *w = nn_input(graph, node, WEIGHTS);
    bool events = w->kind == NN_SEQUENCE && w->history == history->history && w->width == 1;
    bool places = w->kind == NN_ROWS && w->width == history->max_len;
    if (!events && !places)
        return lis_fail(err, LIS_ESHAPE,
                        "bag '%s': weights '%s' are %s of %lld columns, wanted a sequence of '%s' "
                        "of 1 column, or rows of %lld",
                        node->name, w->name, nn_kind_name(w->kind), (long long)w->width,
                        history->name, (long long)history->max_len);
    if (nn_option_of(node, MODE) == MEAN)
        return lis_fail(err, LIS_EARG, "bag '%s': weights go with the mode 'sum'", node->name);
    return LIS_OK;
}

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_kind(graph, node, HISTORY, NN_HISTORY, err));
    const nn_node *history = nn_input(graph, node, HISTORY);
    if (node->inputs > 1) {
        LIS_TRY(check_weights(graph, node, err));
        node->kept = history->max_len;
        node->scratch = nn_shard_items(graph, history);
    }
    node->kind = NN_ROWS;
    node->width = (int64_t)nn_option_of(node, DIM);
    node->trained = true;
    return nn_add_table(graph, node, history->vocab, node->width, nn_option_of(node, INIT), err);
}

/* What weighs event t, the j-th of row r. */
static float *weight_at(nn_matrix w, const nn_node *of, int64_t r, int64_t j, int64_t t) {
    return of->kind == NN_SEQUENCE ? w.at + t * w.ld : w.at + r * w.ld + j;
}

/* The weights of the shard's events, side by side; in training also where the table's step reads
 * them. */
static const float *gather_weights(nn_run *run, const nn_node *node, const int32_t *offset) {
    const nn_node *of = nn_input_node(run, node, WEIGHTS);
    nn_matrix w = nn_in(run, node, WEIGHTS);
    float *to = nn_scratch(run, node), *kept = run->training ? nn_kept(run, node) : NULL;
    for (int64_t r = 0; r < run->rows; r++)
        for (int64_t t = offset[r], j = 0; t < offset[r + 1]; t++, j++) {
            to[t] = *weight_at(w, of, r, j, t);
            if (kept) kept[r * node->kept + j] = to[t];
        }
    return to;
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix y = nn_value_of(run, node);
    const nn_node *history = nn_input_node(run, node, HISTORY);
    const int32_t *offset = nn_offsets(run, history->history);
    run->kernels->bag(y.at, y.ld, run->model->table[node->table].value, y.width,
                      nn_codes(run, history->number), offset,
                      node->inputs > 1 ? gather_weights(run, node, offset) : NULL, y.rows,
                      nn_option_of(node, MODE) == MEAN);
}

/* dw of a row's events; of places behind the last event 0. */
static void weigh_row(nn_run *run, const nn_node *node, nn_matrix dw, bool add, int64_t r) {
    const nn_node *history = nn_input_node(run, node, HISTORY);
    const nn_node *of = nn_input_node(run, node, WEIGHTS);
    const int32_t *offset = nn_offsets(run, history->history);
    const int32_t *id = nn_codes(run, history->number);
    const float *table = run->model->table[node->table].value;
    nn_matrix dy = nn_gradient_of(run, node);
    if (!add && of->kind == NN_ROWS) memset(dw.at + r * dw.ld, 0, (size_t)dw.width * sizeof *dw.at);
    for (int64_t t = offset[r], j = 0; t < offset[r + 1]; t++, j++) {
        float *to = weight_at(dw, of, r, j, t);
        float along = run->kernels->dot(dy.at + r * dy.ld, table + id[t] * dy.width, dy.width);
        *to = (add ? *to : 0) + along;
    }
}

/* dy becomes what every event's vector gets, but for its weight. */
static void backward(nn_run *run, const nn_node *node) {
    nn_matrix dy = nn_gradient_of(run, node);
    const int32_t *offset = nn_offsets(run, nn_input_node(run, node, HISTORY)->history);
    if (nn_option_of(node, MODE) == MEAN)
        for (int64_t r = 0; r < dy.rows; r++) {
            const int64_t events = offset[r + 1] - offset[r];
            const float scale = events > 0 ? 1.0f / (float)events : 0;
            for (int64_t j = 0; j < dy.width; j++)
                dy.at[r * dy.ld + j] *= scale;
        }
    if (node->inputs < 2) return;
    bool add;
    nn_matrix dw = nn_din(run, node, WEIGHTS, &add);
    for (int64_t r = 0; dw.at && r < dy.rows; r++)
        weigh_row(run, node, dw, add, r);
}

const nn_op nn_op_bag = {.name = "bag",
                         .inputs_min = 1,
                         .inputs_max = 2,
                         .options = options,
                         .plan = plan,
                         .forward = forward,
                         .backward = backward};
