#include "lis/nn/graph.h"

#include <stdio.h>
#include <string.h>

#include "lis/base/mem.h"
#include "op.h"

lis_status lis_graph_new(lis_graph **out, uint64_t seed, lis_error *err) {
    *out = lis_calloc(1, sizeof **out);
    if (!*out) return lis_fail_nomem(err, "a graph", sizeof **out);
    (*out)->references = 1;
    (*out)->seed = seed;
    lis_arena_init(&(*out)->arena);
    return LIS_OK;
}

void lis_graph_retain(lis_graph *graph) {
    graph->references++;
}

void lis_graph_release(lis_graph *graph) {
    if (!graph || --graph->references > 0) return;
    lis_free(graph->node);
    lis_free(graph->weight);
    lis_free(graph->table);
    lis_arena_free(&graph->arena);
    lis_free(graph);
}

int lis_graph_nodes(const lis_graph *graph) {
    return graph->nodes;
}

int64_t lis_graph_width(const lis_graph *graph, int node) {
    return graph->node[node]->width;
}

const char *lis_graph_node_name(const lis_graph *graph, int node) {
    return graph->node[node]->name;
}

/* Whether an earlier node has the table already. */
static bool shares_table(const lis_graph *graph, const nn_node *node) {
    for (int i = 0; i < node->number; i++)
        if (graph->node[i]->table == node->table) return true;
    return false;
}

lis_node_info lis_graph_info(const lis_graph *graph, int number) {
    const nn_node *node = graph->node[number];
    int64_t parameters = 0;
    for (int k = 0; k < node->parameters; k++) {
        const nn_weight *weight = &graph->weight[node->parameter[k]];
        parameters += weight->rows * weight->columns;
    }
    if (node->table >= 0 && !shares_table(graph, node))
        parameters += graph->table[node->table].rows * graph->table[node->table].columns;
    return (lis_node_info){.op = node->op->name,
                           .name = node->name,
                           .kind = nn_kind_name(node->kind),
                           .width = node->width,
                           .vocab = node->vocab,
                           .input = node->input,
                           .inputs = node->inputs,
                           .parameters = parameters};
}

static lis_status set_option(nn_node *node, int at, const lis_setting *given, lis_error *err) {
    const nn_option *option = &node->op->options[at];
    nn_value *value = &node->option[at];
    if (option->kind == NN_CHOICE) {
        for (int c = 0; given->kind == LIS_SETTING_TEXT && option->choices[c]; c++)
            if (!strcmp(option->choices[c], given->text)) {
                value->number = c;
                return LIS_OK;
            }
        char choices[256] = "";
        for (int c = 0; option->choices[c]; c++)
            snprintf(choices + strlen(choices), sizeof choices - strlen(choices), "%s'%s'",
                     c ? ", " : "", option->choices[c]);
        return lis_fail(err, LIS_EARG, "%s '%s': option '%s' must be one of %s", node->op->name,
                        node->name, option->name, choices);
    }
    bool list = option->kind == NN_LIST;
    if (given->kind == LIS_SETTING_TEXT || (!list && given->kind == LIS_SETTING_LIST))
        return lis_fail(err, LIS_EARG, "%s '%s': option '%s' must be a %s", node->op->name,
                        node->name, option->name, list ? "list of numbers" : "number");
    const double *number = given->kind == LIS_SETTING_LIST ? given->list : &given->number;
    value->count = given->kind == LIS_SETTING_LIST ? given->count : 1;
    if (value->count < 1 || value->count > NN_LIST_MAX)
        return lis_fail(err, LIS_EARG, "%s '%s': option '%s' wants 1 to %d numbers, got %d",
                        node->op->name, node->name, option->name, NN_LIST_MAX, value->count);
    for (int i = 0; i < value->count; i++) {
        bool whole = option->kind == NN_NUMBER || (number[i] >= -9e15 && number[i] <= 9e15 &&
                                                   number[i] == (double)(int64_t)number[i]);
        if (!whole || !(number[i] >= option->low && number[i] <= option->high))
            return lis_fail(err, LIS_ERANGE, "%s '%s': option '%s' is %g, wanted %s in [%g, %g]",
                            node->op->name, node->name, option->name, number[i],
                            option->kind == NN_NUMBER ? "a number" : "a whole number", option->low,
                            option->high);
        value->list[i] = number[i];
    }
    value->number = number[0];
    return LIS_OK;
}

/* Letters that differ, position by position, plus the difference in length: enough for typos. */
static int distance(const char *a, const char *b) {
    size_t la = strlen(a), lb = strlen(b), common = la < lb ? la : lb;
    int head = 0, tail = 0;
    while ((size_t)head < common && a[head] == b[head])
        head++;
    while ((size_t)(head + tail) < common && a[la - 1 - (size_t)tail] == b[lb - 1 - (size_t)tail])
        tail++;
    return (int)(la > lb ? la : lb) - head - tail;
}

static lis_status unknown_option(const nn_node *node, const char *given, lis_error *err) {
    const char *nearest = "name";
    for (const nn_option *o = node->op->options; o && o->name; o++)
        if (distance(given, o->name) < distance(given, nearest)) nearest = o->name;
    return lis_fail(err, LIS_EARG, "%s '%s': unknown option '%s'; did you mean '%s'?",
                    node->op->name, node->name, given, nearest);
}

static lis_status read_options(nn_node *node, const lis_setting *setting, int settings,
                               lis_error *err) {
    bool given[NN_OPTIONS_MAX] = {false};
    const nn_option *options = node->op->options;
    for (int i = 0; options && options[i].name; i++)
        node->option[i] =
            (nn_value){.number = options[i].otherwise, .list = {options[i].otherwise}, .count = 1};
    for (int s = 0; s < settings; s++) {
        if (!strcmp(setting[s].name, "name")) continue;
        int at = 0;
        while (options && options[at].name && strcmp(options[at].name, setting[s].name) != 0)
            at++;
        if (!options || !options[at].name) return unknown_option(node, setting[s].name, err);
        LIS_TRY(set_option(node, at, &setting[s], err));
        given[at] = true;
    }
    for (int i = 0; options && options[i].name; i++)
        if (options[i].required && !given[i])
            return lis_fail(err, LIS_EARG, "%s '%s' needs option '%s'", node->op->name, node->name,
                            options[i].name);
    return LIS_OK;
}

static lis_status read_name(lis_graph *graph, nn_node *node, const lis_setting *setting,
                            int settings, lis_error *err) {
    char text[64];
    const char *name = text;
    int before = 0; /* nodes of this op: names do not shift when nodes of other ops come or go */
    for (int i = 0; i < graph->nodes; i++)
        before += graph->node[i]->op == node->op;
    snprintf(text, sizeof text, "%s_%d", node->op->name, before + 1);
    for (int s = 0; s < settings; s++)
        if (!strcmp(setting[s].name, "name")) {
            if (setting[s].kind != LIS_SETTING_TEXT || !setting[s].text[0])
                return lis_fail(err, LIS_EARG, "%s: option 'name' must be a string",
                                node->op->name);
            name = setting[s].text;
        }
    node->name = lis_arena_text(&graph->arena, name, strlen(name));
    return node->name ? LIS_OK : lis_fail_nomem(err, "a name", (double)strlen(name));
}

static lis_status read_inputs(lis_graph *graph, nn_node *node, const int *input, int inputs,
                              lis_error *err) {
    const nn_op *op = node->op;
    if (inputs < op->inputs_min || inputs > op->inputs_max)
        return lis_fail(err, LIS_EARG, "%s '%s' takes %d%s inputs, got %d", op->name, node->name,
                        op->inputs_min, op->inputs_max > op->inputs_min ? " or more" : "", inputs);
    int *copy = lis_arena_alloc(&graph->arena, (size_t)inputs, sizeof *copy);
    if (!copy) return lis_fail_nomem(err, "a node", (double)inputs * sizeof *copy);
    for (int i = 0; i < inputs; i++) {
        if (input[i] < 0 || input[i] >= graph->nodes)
            return lis_fail(err, LIS_ERANGE, "%s '%s': input %d is node %d of %d", op->name,
                            node->name, i + 1, input[i], graph->nodes);
        if (graph->node[input[i]]->kind == NN_LOSS)
            return lis_fail(err, LIS_EARG, "%s '%s': input %d is the loss '%s', which has no value",
                            op->name, node->name, i + 1, graph->node[input[i]]->name);
        copy[i] = input[i];
    }
    node->input = copy;
    node->inputs = inputs;
    return LIS_OK;
}

lis_status lis_graph_add(lis_graph *graph, int *node, const char *op, const int *input, int inputs,
                         const lis_setting *setting, int settings, lis_error *err) {
    if (graph->closed)
        return lis_fail(err, LIS_ESTATE, "%s: this graph has been built; begin a new graph", op);
    LIS_TRY(nn_make_room(&graph->node, graph->nodes, &graph->node_room, sizeof *graph->node, err));
    nn_node *fresh = lis_arena_alloc(&graph->arena, 1, sizeof *fresh);
    if (!fresh) return lis_fail_nomem(err, "a node", sizeof *fresh);
    *fresh = (nn_node){.op = nn_op_find(op), .number = graph->nodes, .history = -1, .table = -1};
    if (!fresh->op) return lis_fail(err, LIS_EARG, "there is no op '%s'", op);
    LIS_TRY(read_name(graph, fresh, setting, settings, err));
    LIS_TRY(read_inputs(graph, fresh, input, inputs, err));
    LIS_TRY(read_options(fresh, setting, settings, err));
    int weights = graph->weights, tables = graph->tables;
    lis_status status = fresh->op->plan(graph, fresh, err);
    if (status != LIS_OK) {
        graph->weights = weights;
        graph->tables = tables;
        return status;
    }
    if (fresh->reach == 0) fresh->reach = fresh->width;
    *node = graph->nodes;
    graph->node[graph->nodes++] = fresh;
    return LIS_OK;
}
