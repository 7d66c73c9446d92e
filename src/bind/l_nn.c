/* core.nn: graphs. Every op of the op table is a method of the graph, all through one function:
 *
 *     g:linear(x, {units = 64, activation = "relu"})   nodes are inputs, a table's fields options
 *     g:concat{a, b, c}                                a table's list are inputs too
 *     g:activation(x, "relu")  g:ids("user", 1000)     bare values set the op's leading options
 *
 * so that a new op in src/nn needs no line here. */
#include "l_nn.h"

#include <string.h>

#include "check.h"
#include "lis/base/mem.h"
#include "open.h"

enum { SETTINGS_MAX = 16, LIST_MAX = 16 };

static void release_graph(void *object) {
    lis_graph_release(((lua_graph *)object)->graph);
}

static void release_node(void *object) {
    lis_graph_release(((lua_node *)object)->graph);
}

lis_graph *lis_check_graph(lua_State *L, int at) {
    lua_graph *box = lis_box_check(L, at, &lis_box_graph, "graph");
    if (!box->graph) luaL_error(L, "this graph has been closed");
    return box->graph;
}

static const lua_node *check_node(lua_State *L, int at, const lis_graph *graph) {
    const lua_node *node = lis_box_check(L, at, &lis_box_node, "node");
    if (!node->graph) luaL_error(L, "this node has been closed");
    if (graph && node->graph != graph)
        luaL_error(L, "node '%s' belongs to another graph",
                   lis_graph_node_name(node->graph, node->number));
    return node;
}

/* What the arguments of one op call say. */
typedef struct op_call {
    const char *op;
    const lis_graph *graph;
    int *input; /* owned by a userdata on the stack */
    int inputs;
    lis_setting setting[SETTINGS_MAX];
    int settings;
    double list[SETTINGS_MAX][LIST_MAX];
} op_call;

/* The value on top of the stack as setting `name`; both stay alive as arguments of the call. */
static void read_setting(lua_State *L, op_call *call, const char *name) {
    if (call->settings == SETTINGS_MAX) luaL_error(L, "%s: too many options", call->op);
    lis_setting *s = &call->setting[call->settings];
    *s = (lis_setting){.name = name};
    switch (lua_type(L, -1)) {
    case LUA_TNUMBER:
        s->number = lua_tonumber(L, -1);
        break;
    case LUA_TBOOLEAN:
        s->kind = LIS_SETTING_TEXT;
        s->text = lua_toboolean(L, -1) ? "yes" : "no";
        break;
    case LUA_TSTRING:
        s->kind = LIS_SETTING_TEXT;
        s->text = lua_tostring(L, -1);
        break;
    case LUA_TTABLE:
        s->kind = LIS_SETTING_LIST;
        s->list = call->list[call->settings];
        s->count = (int)lua_rawlen(L, -1);
        if (s->count > LIST_MAX) luaL_error(L, "%s: option '%s' is too long", call->op, name);
        for (int i = 0; i < s->count; i++) {
            int is_number;
            lua_rawgeti(L, -1, i + 1);
            call->list[call->settings][i] = lua_tonumberx(L, -1, &is_number);
            lua_pop(L, 1);
            if (!is_number) luaL_error(L, "%s: option '%s' lists numbers", call->op, name);
        }
        break;
    default:
        luaL_error(L, "%s: option '%s' cannot be a %s", call->op, name, luaL_typename(L, -1));
    }
    call->settings++;
}

static void read_table(lua_State *L, op_call *call, int at) {
    for (int i = 1; i <= (int)lua_rawlen(L, at); i++) {
        lua_rawgeti(L, at, i);
        call->input[call->inputs++] = check_node(L, -1, call->graph)->number;
        lua_pop(L, 1);
    }
    for (lua_pushnil(L); lua_next(L, at); lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING)
            read_setting(L, call, lua_tostring(L, -2));
        else if (!lua_isinteger(L, -2))
            luaL_error(L, "%s: an option's name is a string, got a %s", call->op,
                       luaL_typename(L, -2));
    }
}

/* Upvalue 1: the op's name. */
static int add_op(lua_State *L) {
    op_call call = {.op = lua_tostring(L, lua_upvalueindex(1))};
    lis_graph *graph = lis_check_graph(L, 1);
    int arguments = lua_gettop(L), positional = 0;
    size_t most = (size_t)arguments;
    for (int at = 2; at <= arguments; at++)
        most += lua_istable(L, at) ? (size_t)lua_rawlen(L, at) : 0;
    call.graph = graph;
    call.input = lua_newuserdatauv(L, most * sizeof *call.input, 0);
    for (int at = 2; at <= arguments; at++) {
        if (lis_box_test(L, at, &lis_box_node)) {
            call.input[call.inputs++] = check_node(L, at, graph)->number;
        } else if (lua_istable(L, at)) {
            read_table(L, &call, at);
        } else if (!lua_isnil(L, at)) {
            const char *name = lis_op_positional(call.op, positional++);
            if (!name)
                luaL_error(L, "%s: argument %d is a %s, wanted a node or a table of options",
                           call.op, at - 1, luaL_typename(L, at));
            lua_pushvalue(L, at);
            read_setting(L, &call, name);
            lua_pop(L, 1);
        }
    }
    lis_error error;
    lua_node *node = lis_box_new(L, &lis_box_node);
    lis_bind_check(L,
                   lis_graph_add(graph, &node->number, call.op, call.input, call.inputs,
                                 call.setting, call.settings, &error),
                   &error);
    lis_graph_retain(graph);
    node->graph = graph;
    return 1;
}

/* a + b and a * b on nodes, upvalue 2: the op's name. */
static int combine(lua_State *L, const char *op) {
    const lua_node *a = check_node(L, 1, NULL), *b = check_node(L, 2, a->graph);
    const int input[] = {a->number, b->number};
    lis_error error;
    lua_node *node = lis_box_new(L, &lis_box_node);
    lis_bind_check(L, lis_graph_add(a->graph, &node->number, op, input, 2, NULL, 0, &error),
                   &error);
    lis_graph_retain(a->graph);
    node->graph = a->graph;
    return 1;
}

static int node_sum(lua_State *L) {
    return combine(L, "sum");
}

static int node_product(lua_State *L) {
    return combine(L, "product");
}

static int node_width(lua_State *L) {
    const lua_node *node = check_node(L, 1, NULL);
    lua_pushinteger(L, lis_graph_width(node->graph, node->number));
    return 1;
}

static int node_name(lua_State *L) {
    const lua_node *node = check_node(L, 1, NULL);
    lua_pushstring(L, lis_graph_node_name(node->graph, node->number));
    return 1;
}

static int node_text(lua_State *L) {
    const lua_node *node = lis_box_check(L, 1, &lis_box_node, "node");
    if (!node->graph)
        lua_pushliteral(L, "lis.node (closed)");
    else
        lua_pushfstring(L, "lis.node '%s' [%I]", lis_graph_node_name(node->graph, node->number),
                        (LUAI_UACINT)lis_graph_width(node->graph, node->number));
    return 1;
}

static int graph_nodes(lua_State *L) {
    lua_pushinteger(L, lis_graph_nodes(lis_check_graph(L, 1)));
    return 1;
}

static const luaL_Reg graph_methods[] = {
    {"build", lis_graph_build}, {"nodes", graph_nodes}, {NULL, NULL}};
static const luaL_Reg graph_metamethods[] = {{"__tostring", lis_graph_tostring}, {NULL, NULL}};
static const luaL_Reg node_methods[] = {{"width", node_width}, {"name", node_name}, {NULL, NULL}};
static const luaL_Reg node_metamethods[] = {
    {"__add", node_sum}, {"__mul", node_product}, {"__tostring", node_text}, {NULL, NULL}};

const lis_box_type lis_box_graph = {.name = "lis.graph",
                                    .size = sizeof(lua_graph),
                                    .release = release_graph,
                                    .methods = graph_methods,
                                    .metamethods = graph_metamethods};
const lis_box_type lis_box_node = {.name = "lis.node",
                                   .size = sizeof(lua_node),
                                   .release = release_node,
                                   .methods = node_methods,
                                   .metamethods = node_metamethods};

/* nn.graph{seed = 0} */
static int new_graph(lua_State *L) {
    static const char *const known[] = {"seed", NULL};
    lis_opt_known(L, 1, known);
    int64_t seed = lis_opt_integer(L, 1, "seed", 0, INT64_MIN, INT64_MAX);
    lis_error error;
    lua_graph *box = lis_box_new(L, &lis_box_graph);
    lis_bind_check(L, lis_graph_new(&box->graph, (uint64_t)seed, &error), &error);
    return 1;
}

/* nn.ops() -> list of op names */
static int list_ops(lua_State *L) {
    lua_newtable(L);
    for (int i = 0; lis_op_name(i); i++) {
        lua_pushstring(L, lis_op_name(i));
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

int lis_open_nn(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"graph", new_graph}, {"ops", list_ops}, {"fit_all", lis_models_fit_lua}, {NULL, NULL}};
    lis_box_register(L, &lis_box_graph);
    lis_box_register(L, &lis_box_node);
    lis_box_register(L, &lis_box_model);
    luaL_getmetatable(L, lis_box_graph.name);
    lua_getfield(L, -1, "__index");
    for (int i = 0; lis_op_name(i); i++) {
        lua_pushstring(L, lis_op_name(i));
        lua_pushcclosure(L, add_op, 1);
        lua_setfield(L, -2, lis_op_name(i));
    }
    lua_pop(L, 2);
    luaL_newlib(L, functions);
    return 1;
}
