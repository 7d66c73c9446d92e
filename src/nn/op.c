/* What plan functions are made of. */
#include "op.h"

#include <stdio.h>
#include <string.h>

#include "lis/base/mem.h"
#include "lis/nn/model.h"

lis_status nn_make_room(void *array, int used, int *room, size_t size, lis_error *err) {
    if (used < *room) return LIS_OK;
    int wanted = *room ? 2 * *room : 16;
    void **at = array;
    void *grown = lis_realloc(*at, (size_t)wanted, size);
    if (!grown) return lis_fail_nomem(err, "a larger graph", (double)wanted * (double)size);
    *at = grown;
    *room = wanted;
    return LIS_OK;
}

const char *nn_kind_name(nn_kind kind) {
    static const char *const name[] = {"ids", "a history", "rows", "a sequence", "a loss"};
    return name[kind];
}

lis_status nn_expect_kind(const lis_graph *graph, const nn_node *node, int k, nn_kind kind,
                          lis_error *err) {
    const nn_node *in = nn_input(graph, node, k);
    if (in->kind == kind) return LIS_OK;
    return lis_fail(err, LIS_ESHAPE, "%s '%s': input %d ('%s') is %s, wanted %s", node->op->name,
                    node->name, k + 1, in->name, nn_kind_name(in->kind), nn_kind_name(kind));
}

lis_status nn_expect_alike(const lis_graph *graph, nn_node *node, lis_error *err) {
    const nn_node *first = nn_input(graph, node, 0);
    if (first->kind != NN_ROWS && first->kind != NN_SEQUENCE)
        return lis_fail(err, LIS_ESHAPE, "%s '%s': input 1 ('%s') is %s: embed it first",
                        node->op->name, node->name, first->name, nn_kind_name(first->kind));
    node->kind = first->kind;
    node->history = first->history;
    for (int k = 0; k < node->inputs; k++) {
        const nn_node *in = nn_input(graph, node, k);
        if (in->kind != first->kind || in->history != first->history)
            return lis_fail(
                err, LIS_ESHAPE, "%s '%s': input %d ('%s') is %s and input 1 ('%s') is %s%s",
                node->op->name, node->name, k + 1, in->name, nn_kind_name(in->kind), first->name,
                nn_kind_name(first->kind), in->kind == first->kind ? " of another history" : "");
        node->trained = node->trained || in->trained;
    }
    return LIS_OK;
}

lis_status nn_expect_same_width(const lis_graph *graph, nn_node *node, lis_error *err) {
    LIS_TRY(nn_expect_alike(graph, node, err));
    const nn_node *first = nn_input(graph, node, 0);
    node->width = first->width;
    for (int k = 1; k < node->inputs; k++) {
        const nn_node *in = nn_input(graph, node, k);
        if (in->width != first->width)
            return lis_fail(err, LIS_ESHAPE, "%s '%s': '%s' has %lld columns and '%s' has %lld",
                            node->op->name, node->name, first->name, (long long)first->width,
                            in->name, (long long)in->width);
    }
    return LIS_OK;
}

lis_status nn_add_parameter(lis_graph *graph, nn_node *node, const char *suffix, int64_t rows,
                            int64_t columns, nn_init init, double scale, lis_error *err) {
    size_t length = strlen(node->name) + strlen(suffix) + 1;
    char *name = lis_arena_alloc(&graph->arena, length + 1, 1);
    if (!name) return lis_fail_nomem(err, "a name", (double)length + 1);
    snprintf(name, length + 1, "%s.%s", node->name, suffix);
    for (int w = 0; w < graph->weights; w++)
        if (!strcmp(graph->weight[w].name, name))
            return lis_fail(err, LIS_EARG, "%s '%s': the name is taken by an earlier node",
                            node->op->name, node->name);
    LIS_TRY(nn_make_room(&graph->weight, graph->weights, &graph->weight_room, sizeof *graph->weight,
                         err));
    graph->weight[graph->weights] =
        (nn_weight){.name = name, .rows = rows, .columns = columns, .init = init, .scale = scale};
    node->parameter[node->parameters++] = graph->weights++;
    node->trained = true;
    return LIS_OK;
}

lis_status nn_add_average(lis_graph *graph, nn_node *node, const char *suffix, int64_t columns,
                          nn_init init, lis_error *err) {
    bool trained = node->trained;
    LIS_TRY(nn_add_parameter(graph, node, suffix, 1, columns, init, 1, err));
    graph->weight[graph->weights - 1].average = true;
    node->trained = trained;
    return LIS_OK;
}

void nn_pack_parameter(lis_graph *graph, const nn_node *node, int k) {
    graph->weight[node->parameter[k]].packed = true;
}

lis_status nn_add_table(lis_graph *graph, nn_node *node, int64_t vocab, int64_t width, double scale,
                        lis_error *err) {
    for (int t = 0; t < graph->tables; t++) {
        const nn_weight *table = &graph->table[t];
        if (strcmp(table->name, node->name) != 0) continue;
        if (table->rows != vocab || table->columns != width)
            return lis_fail(err, LIS_ESHAPE,
                            "embedding '%s': [%lld, %lld] here, but the table of that name is "
                            "[%lld, %lld]",
                            node->name, (long long)vocab, (long long)width, (long long)table->rows,
                            (long long)table->columns);
        node->table = t;
        return LIS_OK;
    }
    LIS_TRY(
        nn_make_room(&graph->table, graph->tables, &graph->table_room, sizeof *graph->table, err));
    graph->table[graph->tables] = (nn_weight){
        .name = node->name, .rows = vocab, .columns = width, .init = NN_NORMAL, .scale = scale};
    node->table = graph->tables++;
    return LIS_OK;
}

int64_t nn_shard_items(const lis_graph *graph, const nn_node *node) {
    if (node->kind != NN_SEQUENCE && node->kind != NN_HISTORY) return LIS_NN_SHARD;
    return LIS_NN_SHARD * graph->node[node->history]->max_len;
}
