/* tostring of a graph and of a model: a line for each node, what it reads, its shape, its parameters. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "l_nn.h"

enum {
    LINE = 512,
    NODES_SHOWN = 60,
    OP_WIDTH = 11,
    NAME_WIDTH = 16,
    VALUE_WIDTH = 16,
    COUNT_WIDTH = 10
};

/* "[B, 16]"; T stands for the events of a history. */
static void describe_value(char *text, size_t room, const lis_node_info *node) {
    if (node->width == 0 && node->vocab > 0)
        snprintf(text, room, "%s of %" PRId64, strcmp(node->kind, "ids") ? "history" : "ids",
                 node->vocab);
    else if (node->width == 0)
        snprintf(text, room, "loss");
    else
        snprintf(text, room, "[%s, %" PRId64 "]", strcmp(node->kind, "a sequence") ? "B" : "T",
                 node->width);
}

static void describe_inputs(char *text, size_t room, const lis_graph *graph,
                            const lis_node_info *node) {
    size_t used = 0;
    text[0] = '\0';
    for (int k = 0; k < node->inputs && used < room; k++)
        used += (size_t)snprintf(text + used, room - used, "%s%s", k ? ", " : "  <- ",
                                 lis_graph_node_name(graph, node->input[k]));
}

static void add_node(luaL_Buffer *out, const lis_graph *graph, int number) {
    char line[LINE], value[64], inputs[256], parameters[48] = "";
    lis_node_info node = lis_graph_info(graph, number);
    describe_value(value, sizeof value, &node);
    describe_inputs(inputs, sizeof inputs, graph, &node);
    if (node.parameters > 0) snprintf(parameters, sizeof parameters, "%" PRId64, node.parameters);
    snprintf(line, sizeof line, "\n  %-*s %-*s %-*s %*s%s", OP_WIDTH, node.op, NAME_WIDTH,
             node.name, VALUE_WIDTH, value, COUNT_WIDTH, parameters, inputs);
    size_t length = strlen(line);
    while (length > 0 && line[length - 1] == ' ')
        length--;
    luaL_addlstring(out, line, length);
}

/* Pushes the text; `head` begins it. */
static int push_graph(lua_State *L, const lis_graph *graph, const char *head) {
    char line[LINE];
    int nodes = lis_graph_nodes(graph);
    int64_t parameters = 0;
    for (int i = 0; i < nodes; i++)
        parameters += lis_graph_info(graph, i).parameters;
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    snprintf(line, sizeof line, "%s: %d nodes, %" PRId64 " parameters", head, nodes, parameters);
    luaL_addstring(&out, line);
    for (int i = 0; i < nodes && i < NODES_SHOWN; i++)
        add_node(&out, graph, i);
    if (nodes > NODES_SHOWN) {
        snprintf(line, sizeof line, "\n  ... and %d more", nodes - NODES_SHOWN);
        luaL_addstring(&out, line);
    }
    luaL_pushresult(&out);
    return 1;
}

int lis_graph_tostring(lua_State *L) {
    const lua_graph *box = lis_box_check(L, 1, &lis_box_graph, "graph");
    if (box->graph) return push_graph(L, box->graph, "graph");
    lua_pushliteral(L, "graph (closed)");
    return 1;
}

int lis_model_tostring(lua_State *L) {
    char head[128];
    const lua_model *box = lis_box_check(L, 1, &lis_box_model, "model");
    if (!box->model) {
        lua_pushliteral(L, "model (closed)");
        return 1;
    }
    bool half = !strcmp(lis_model_precision(box->model), "bf16");
    snprintf(head, sizeof head, "model%s%s%s, batches of %" PRId64 ", %" PRId64 " steps taken",
             half ? " in bf16 (" : "", half ? lis_nn_bf16() : "", half ? ")" : "",
             lis_model_batch(box->model), lis_model_steps(box->model));
    return push_graph(L, lis_model_graph(box->model), head);
}
