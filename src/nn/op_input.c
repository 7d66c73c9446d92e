/* Where the feed enters: an id, a vector or a history for each row of the shard, or a frozen vector for
 * each event of a history. */
#include <string.h>

#include "run.h"

enum { VOCAB, MAX_LEN };
enum { WIDTH };

static const nn_option ids_options[] = {
    [VOCAB] = {"vocab", NN_INTEGER, .required = true, .low = 1, .high = 2147483647.0},
    {.name = NULL}};
static const nn_option dense_options[] = {
    [WIDTH] = {"width", NN_INTEGER, .required = true, .low = 1, .high = 65536}, {.name = NULL}};
static const nn_option history_options[] = {
    [VOCAB] = {"vocab", NN_INTEGER, .required = true, .low = 1, .high = 2147483647.0},
    [MAX_LEN] = {"max_len", NN_INTEGER, .otherwise = 50, .low = 1, .high = 4096},
    {.name = NULL}};

/* Inputs are bound by name, so no two may share one. */
static lis_status expect_new_name(const lis_graph *graph, const nn_node *node, lis_error *err) {
    for (int i = 0; i < graph->nodes; i++) {
        const nn_node *other = graph->node[i];
        if (other->op->fed && !strcmp(other->name, node->name))
            return lis_fail(err, LIS_EARG, "%s '%s': an input of that name exists already",
                            node->op->name, node->name);
    }
    return LIS_OK;
}

static lis_status plan_ids(lis_graph *graph, nn_node *node, lis_error *err) {
    node->kind = NN_CODES;
    node->vocab = (int64_t)node->option[VOCAB].number;
    return expect_new_name(graph, node, err);
}

static void forward_ids(nn_run *run, const nn_node *node) {
    const int32_t *ids = run->feed->column[node->number].ids;
    int32_t *codes = nn_codes(run, node->number);
    for (int64_t r = 0; r < run->rows; r++)
        codes[r] = ids[run->row[r]];
}

static lis_status plan_dense(lis_graph *graph, nn_node *node, lis_error *err) {
    node->kind = NN_ROWS;
    node->width = (int64_t)node->option[WIDTH].number;
    return expect_new_name(graph, node, err);
}

static void forward_dense(nn_run *run, const nn_node *node) {
    const nn_column *column = &run->feed->column[node->number];
    nn_matrix y = nn_value_of(run, node);
    int32_t index[LIS_NN_SHARD];
    for (int64_t r = 0; r < run->rows; r++)
        index[r] = column->ids ? column->ids[run->row[r]] : run->row[r];
    run->kernels->gather(y.at, y.ld, column->values, y.width, index, run->rows);
}

static lis_status plan_history(lis_graph *graph, nn_node *node, lis_error *err) {
    node->kind = NN_HISTORY;
    node->vocab = (int64_t)node->option[VOCAB].number;
    node->max_len = (int64_t)node->option[MAX_LEN].number;
    node->history = node->number;
    return expect_new_name(graph, node, err);
}

static void forward_history(nn_run *run, const nn_node *node) {
    const lis_history *history = &run->feed->column[node->number].history;
    int32_t *items = nn_codes(run, node->number), *offset = nn_offsets(run, node->number);
    int32_t used = 0;
    offset[0] = 0;
    for (int64_t r = 0; r < run->rows; r++) {
        int64_t length;
        const int32_t *from = lis_history_view(history, run->row[r], node->max_len, &length);
        memcpy(items + used, from, (size_t)length * sizeof *items);
        used += (int32_t)length;
        offset[r + 1] = used;
    }
}

static lis_status plan_frozen(lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_kind(graph, node, 0, NN_HISTORY, err));
    const nn_node *history = nn_input(graph, node, 0);
    node->kind = NN_SEQUENCE;
    node->history = history->number;
    node->vocab = history->vocab;
    node->width = (int64_t)node->option[WIDTH].number;
    return expect_new_name(graph, node, err);
}

/* Events of row r read the table from line offset[r] on: the row's own part of a table of parts. */
static void forward_frozen(nn_run *run, const nn_node *node) {
    const nn_column *column = &run->feed->column[node->number];
    const int32_t *items = nn_codes(run, node->history), *first = nn_offsets(run, node->history);
    nn_matrix y = nn_value_of(run, node);
    for (int64_t r = 0; r < run->rows; r++) {
        int64_t part = column->ids ? column->ids[run->row[r]] : 0;
        int64_t events = first[r + 1] - first[r];
        run->kernels->gather(y.at + first[r] * y.ld, y.ld, column->values + part * y.width, y.width,
                             items + first[r], events);
    }
}

const nn_op nn_op_ids = {.name = "ids",
                         .fed = true,
                         .options = ids_options,
                         .positional = {"name", "vocab"},
                         .plan = plan_ids,
                         .forward = forward_ids};
const nn_op nn_op_dense = {.name = "dense",
                           .fed = true,
                           .options = dense_options,
                           .positional = {"name", "width"},
                           .plan = plan_dense,
                           .forward = forward_dense};
const nn_op nn_op_history = {.name = "history",
                             .fed = true,
                             .options = history_options,
                             .positional = {"name", "vocab", "max_len"},
                             .plan = plan_history,
                             .forward = forward_history};
const nn_op nn_op_frozen = {.name = "frozen",
                            .inputs_min = 1,
                            .inputs_max = 1,
                            .fed = true,
                            .options = dense_options,
                            .positional = {"name", "width"},
                            .plan = plan_frozen,
                            .forward = forward_frozen};
