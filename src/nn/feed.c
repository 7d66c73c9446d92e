#include "feed.h"

#include <stdio.h>
#include <string.h>

#include "lis/base/mem.h"
#include "state.h"

lis_status lis_feed_new(lis_feed **out, const lis_model *model, int64_t rows, lis_error *err) {
    int nodes = model->graph->nodes;
    size_t bytes = sizeof(lis_feed) + (size_t)nodes * sizeof(nn_column);
    *out = lis_calloc(1, bytes);
    if (!*out) return lis_fail_nomem(err, "a feed", (double)bytes);
    (*out)->model = model;
    (*out)->rows = rows;
    return LIS_OK;
}

void lis_feed_free(lis_feed *feed) {
    lis_free(feed);
}

static lis_status find_input(const lis_feed *feed, const char *name, const char *op,
                             const nn_node **found, lis_error *err) {
    const lis_graph *graph = feed->model->graph;
    for (int i = 0; i < graph->nodes; i++) {
        const nn_node *node = graph->node[i];
        if (!node->op->fed || strcmp(node->name, name) != 0) continue;
        *found = node;
        if (!strcmp(node->op->name, op)) return LIS_OK;
        return lis_fail(err, LIS_EARG, "feed: input '%s' is declared as %s, but %s data was given",
                        name, node->op->name, op);
    }
    char names[512] = "";
    size_t used = 0; /* a list too long for the message is cut, no more */
    for (int i = 0; i < graph->nodes && used < sizeof names; i++)
        if (graph->node[i]->op->fed)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                                     graph->node[i]->name);
    return lis_fail(err, LIS_EARG, "feed: the graph has no input '%s'; it has: %s", name, names);
}

/* Every id in [-1, limit), in one vectorisable pass; the slow second pass only names the culprit. */
static lis_status check_ids(const char *input, const char *what, const int32_t *ids, int64_t n,
                            int64_t low, int64_t limit, lis_error *err) {
    int32_t least = 0, most = -1;
    for (int64_t i = 0; i < n; i++) {
        least = ids[i] < least ? ids[i] : least;
        most = ids[i] > most ? ids[i] : most;
    }
    if (least >= low && most < limit) return LIS_OK;
    int64_t at = 0;
    while (ids[at] >= low && ids[at] < limit)
        at++;
    return lis_fail(err, LIS_ERANGE, "feed: input '%s': %s %lld is %d, outside [0, %lld)%s", input,
                    what, (long long)at, ids[at], (long long)limit,
                    low < 0 ? " (-1 means missing)" : "");
}

lis_status lis_feed_ids(lis_feed *feed, const char *input, const int32_t *ids, lis_error *err) {
    const nn_node *node;
    LIS_TRY(find_input(feed, input, "ids", &node, err));
    LIS_TRY(check_ids(input, "the id of row", ids, feed->rows, -1, node->vocab, err));
    feed->column[node->number].ids = ids;
    return LIS_OK;
}

static lis_status expect_width(const nn_node *node, int64_t width, lis_error *err) {
    if (node->width == width) return LIS_OK;
    return lis_fail(err, LIS_ESHAPE,
                    "feed: input '%s' has width %lld, but its data has %lld columns", node->name,
                    (long long)node->width, (long long)width);
}

lis_status lis_feed_dense(lis_feed *feed, const char *input, const float *values, int64_t width,
                          lis_error *err) {
    const nn_node *node;
    LIS_TRY(find_input(feed, input, "dense", &node, err));
    LIS_TRY(expect_width(node, width, err));
    feed->column[node->number] = (nn_column){.values = values};
    return LIS_OK;
}

lis_status lis_feed_frozen(lis_feed *feed, const char *input, const float *table, int64_t entries,
                           int64_t width, const int32_t *index, lis_error *err) {
    const nn_node *node;
    LIS_TRY(find_input(feed, input, "dense", &node, err));
    LIS_TRY(expect_width(node, width, err));
    LIS_TRY(check_ids(input, "the index of row", index, feed->rows, -1, entries, err));
    feed->column[node->number] = (nn_column){.values = table, .ids = index};
    return LIS_OK;
}

lis_status lis_feed_events(lis_feed *feed, const char *input, const float *table, int64_t entries,
                           int64_t width, const int32_t *offset, lis_error *err) {
    const nn_node *node;
    LIS_TRY(find_input(feed, input, "frozen", &node, err));
    LIS_TRY(expect_width(node, width, err));
    if (entries < node->vocab)
        return lis_fail(
            err, LIS_ESHAPE,
            "feed: input '%s': the table has %lld lines, but its history has %lld items", input,
            (long long)entries, (long long)node->vocab);
    if (offset)
        LIS_TRY(check_ids(input, "the offset of row", offset, feed->rows, 0,
                          entries - node->vocab + 1, err));
    feed->column[node->number] = (nn_column){.values = table, .ids = offset};
    return LIS_OK;
}

static lis_status check_windows(const char *input, const lis_history *history, lis_error *err) {
    for (int64_t r = 0; r < history->rows; r++) {
        int64_t begin = history->begin[r], end = history->end[r];
        if (begin < 0 || begin > end || end > history->events)
            return lis_fail(
                err, LIS_ERANGE, "feed: history '%s': row %lld has events [%lld, %lld) of %lld",
                input, (long long)r, (long long)begin, (long long)end, (long long)history->events);
    }
    return LIS_OK;
}

lis_status lis_feed_history(lis_feed *feed, const char *input, const lis_history *history,
                            lis_error *err) {
    const nn_node *node;
    LIS_TRY(find_input(feed, input, "history", &node, err));
    if (history->rows != feed->rows)
        return lis_fail(err, LIS_ESHAPE, "feed: history '%s' has %lld rows, the feed has %lld",
                        input, (long long)history->rows, (long long)feed->rows);
    LIS_TRY(
        check_ids(input, "the item of event", history->item, history->events, 0, node->vocab, err));
    LIS_TRY(check_windows(input, history, err));
    feed->column[node->number].history = *history;
    return LIS_OK;
}

lis_status lis_feed_label(lis_feed *feed, const uint8_t *label, lis_error *err) {
    (void)err;
    feed->label = label;
    return LIS_OK;
}

lis_status nn_feed_ready(const lis_feed *feed, const lis_model *model, bool label, lis_error *err) {
    if (feed->model->graph != model->graph)
        return lis_fail(err, LIS_EARG, "this feed was made for another graph");
    for (int s = 0; s < model->plan.steps; s++) {
        const nn_node *node = model->graph->node[model->plan.order[s]];
        const nn_column *column = &feed->column[node->number];
        if (node->op->fed && !column->ids && !column->values && !column->history.begin)
            return lis_fail(err, LIS_ESTATE, "feed: input '%s' (%s) has no data", node->name,
                            node->op->name);
    }
    if (label && !feed->label)
        return lis_fail(err, LIS_ESTATE, "feed: training needs the column 'label'");
    return LIS_OK;
}

lis_status nn_feed_rows(const lis_feed *feed, const int32_t *row, int64_t count, lis_error *err) {
    for (int64_t i = 0; i < count; i++)
        if (row[i] < 0 || row[i] >= feed->rows)
            return lis_fail(err, LIS_ERANGE, "rows: element %lld is %d, outside [0, %lld)",
                            (long long)i, row[i], (long long)feed->rows);
    return LIS_OK;
}
