/* A ranker as a static graph: which values are computed from which, with their widths.
 *
 * A graph is a list of nodes in the order they were added; a node's inputs were added before it.
 * Shapes are checked when a node is added, so that a mistake is reported where it is made. No
 * memory for data is planned here: lis_model_build (model.h) does that, once.
 *
 * Kinds of node:
 *   codes     [B]     an id a row                       ids
 *   history   [T]     the ids of a row's past, packed   history
 *   rows      [B, w]  f32, one row an example           dense, embedding, linear, ...
 *   sequence  [T, w]  f32, one row an event of a history, packed by length (no padding)
 *   loss              what training makes small         logistic
 *
 * Ops and their options are rows of a table (src/nn/ops.c). */
#ifndef LIS_NN_GRAPH_H
#define LIS_NN_GRAPH_H

#include <stdint.h>

#include "lis/base/status.h"

typedef struct lis_graph lis_graph;

typedef enum lis_setting_kind {
    LIS_SETTING_NUMBER,
    LIS_SETTING_TEXT,
    LIS_SETTING_LIST
} lis_setting_kind;

/* One option of an op, as a caller gives it: {"units", .number = 64}. */
typedef struct lis_setting {
    const char *name;
    lis_setting_kind kind;
    double number;
    const char *text;
    const double *list; /* [count] */
    int count;
} lis_setting;

/* *out gets a graph with one reference. Initial values of parameters are drawn from streams keyed
 * by (seed, parameter name, row): a base and its arms start equal wherever their names agree.
 * Errors: LIS_ENOMEM. */
lis_status lis_graph_new(lis_graph **out, uint64_t seed, lis_error *err);
void lis_graph_retain(lis_graph *graph);
void lis_graph_release(lis_graph *graph); /* NULL: nothing */

/* Adds a node; *node becomes its number (0, 1, ...).
 *   op       a name of lis_op_name
 *   input    [inputs] numbers of earlier nodes
 *   setting  [settings] options of the op; "name" is one of every op (default: "<op>_<number>")
 * An embedding whose name is already taken by an embedding shares its table.
 * Errors: LIS_EARG (unknown op, option or choice, with the nearest match; missing option; a name
 * taken), LIS_ESHAPE (prints both shapes), LIS_ERANGE, LIS_ENOMEM; LIS_ESTATE once a model has been
 * built. A failed add leaves the graph as it was. Threads: one writer. */
lis_status lis_graph_add(lis_graph *graph, int *node, const char *op, const int *input, int inputs,
                         const lis_setting *setting, int settings, lis_error *err);

/* How many nodes were added. */
int lis_graph_nodes(const lis_graph *graph);

/* Columns of a node's value; 0 where it has none. node is in [0, lis_graph_nodes). */
int64_t lis_graph_width(const lis_graph *graph, int node);
const char *lis_graph_node_name(const lis_graph *graph, int node); /* borrowed */

/* What a node is, for people to read. Strings and inputs are borrowed from the graph. */
typedef struct lis_node_info {
    const char *op, *name;
    const char *kind; /* "ids", "a history", "rows", "a sequence", "a loss" */
    int64_t width;    /* columns of its value; 0: none */
    int64_t vocab;    /* of ids and histories */
    const int *input; /* [inputs] numbers of nodes */
    int inputs;
    int64_t parameters; /* numbers that it learns; a shared table counts where it came first */
} lis_node_info;
lis_node_info lis_graph_info(const lis_graph *graph, int node);

/* The op table, for bindings: names by index, NULL past the end. */
const char *lis_op_name(int index);

/* Name of the option that the at-th bare (positional) argument of an op sets, at = 0, 1, ...; NULL
 * where it takes no more. ids("user", 100) means {name = "user", vocab = 100}. */
const char *lis_op_positional(const char *op, int at);

#endif
