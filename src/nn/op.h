/* What an op is: one row of the op table, one file op_<name>.c, forward and backward side by side.
 *
 * plan runs when a node is added: it checks shapes, sets the node's kind and width, declares
 * parameters and scratch. forward and backward run once a shard on one worker, and reach their
 * matrices through the accessors of run.h. */
#ifndef LIS_NN_OP_H
#define LIS_NN_OP_H

#include <stdbool.h>
#include <stdint.h>

#include "lis/base/arena.h"
#include "lis/base/status.h"
#include "lis/nn/graph.h"

enum { NN_OPTIONS_MAX = 8, NN_PARAMETERS_MAX = 8, NN_POSITIONAL_MAX = 3, NN_LIST_MAX = 4 };

typedef enum nn_kind { NN_CODES, NN_HISTORY, NN_ROWS, NN_SEQUENCE, NN_LOSS } nn_kind;

typedef enum nn_option_kind { NN_INTEGER, NN_NUMBER, NN_CHOICE, NN_LIST } nn_option_kind;

typedef struct nn_option {
    const char *name; /* NULL closes the list */
    nn_option_kind kind;
    bool required;
    double otherwise, low, high; /* the default, and the closed range of a number */
    const char *const *choices;  /* NULL-ended; the value is the index */
} nn_option;

typedef struct nn_value {
    double number; /* or the index of a choice */
    double list[NN_LIST_MAX];
    int count;
} nn_value;

typedef struct nn_node nn_node;
typedef struct nn_run nn_run;

typedef struct nn_op {
    const char *name;
    int inputs_min, inputs_max;
    bool fed; /* reads a column of the feed, under the node's name */
    const nn_option *options;
    const char *positional[NN_POSITIONAL_MAX]; /* options that bare arguments set, in order */
    lis_status (*plan)(lis_graph *graph, nn_node *node, lis_error *err);
    void (*forward)(nn_run *run, const nn_node *node);
    void (*backward)(nn_run *run, const nn_node *node); /* NULL: nothing to do */
} nn_op;

struct nn_node {
    const nn_op *op;
    const char *name;
    int number;
    const int *input; /* [inputs] */
    int inputs;
    nn_value option[NN_OPTIONS_MAX]; /* as op->options */

    nn_kind kind;
    int64_t width;   /* columns of the value */
    int64_t vocab;   /* codes, history */
    int64_t max_len; /* history */
    int history;     /* sequence, history: the history node it follows; else -1 */
    bool trained;    /* a parameter lies upstream: its gradient is wanted */
    int64_t reach;   /* ... of its first `reach` columns; set by concat, else its width */

    int table;                        /* embedding: index into the graph's tables; else -1 */
    int parameter[NN_PARAMETERS_MAX]; /* indices into the graph's dense parameters */
    int parameters;
    int64_t scratch; /* floats of worker memory it keeps from forward to backward */
    int64_t kept;    /* floats a row of the batch that it keeps for its table's step */
};

typedef enum nn_init { NN_ZEROS, NN_CONSTANT, NN_UNIFORM, NN_NORMAL } nn_init;

/* A dense parameter, or a table of embeddings, before it has memory. */
typedef struct nn_weight {
    const char *name;
    int64_t rows, columns;
    nn_init init;
    double scale; /* the constant; uniform in [-scale, scale]; or the standard deviation */
    bool packed;  /* kept packed for products as well: dense.h */
    bool average; /* not trained: moves a tenth of the way to the batch's value, which backward
                     writes as its gradient, the shards' shares adding up */
} nn_weight;

struct lis_graph {
    int references;
    bool closed;
    uint64_t seed;
    lis_arena arena; /* names, nodes and their inputs */
    nn_node **node;
    int nodes, node_room;
    nn_weight *weight; /* dense */
    int weights, weight_room;
    nn_weight *table;
    int tables, table_room;
};

extern const nn_op *const nn_ops[]; /* NULL-ended: ops.c */
const nn_op *nn_op_find(const char *name);

/* For plan functions. */
static inline const nn_node *nn_input(const lis_graph *graph, const nn_node *node, int k) {
    return graph->node[node->input[k]];
}

/* Input k must be of this kind: LIS_ESHAPE, naming both. */
lis_status nn_expect_kind(const lis_graph *graph, const nn_node *node, int k, nn_kind kind,
                          lis_error *err);

/* All inputs rows, or all sequences of one history; the node becomes the same, and trained where
 * one of them is. */
lis_status nn_expect_alike(const lis_graph *graph, nn_node *node, lis_error *err);

/* As nn_expect_alike, and all of one width, which becomes the node's. */
lis_status nn_expect_same_width(const lis_graph *graph, nn_node *node, lis_error *err);

/* Declares "<node name>.<suffix>" [rows, columns]; marks the node trained. */
lis_status nn_add_parameter(lis_graph *graph, nn_node *node, const char *suffix, int64_t rows,
                            int64_t columns, nn_init init, double scale, lis_error *err);

/* As nn_add_parameter [1, columns], but a running average of the batches (nn_weight.average). */
lis_status nn_add_average(lis_graph *graph, nn_node *node, const char *suffix, int64_t columns,
                          nn_init init, lis_error *err);

/* Asks that parameter k of the node be kept packed. */
void nn_pack_parameter(lis_graph *graph, const nn_node *node, int k);

/* A table [vocab, width] named as the node, or the one already of that name: sets node->table. */
lis_status nn_add_table(lis_graph *graph, nn_node *node, int64_t vocab, int64_t width, double scale,
                        lis_error *err);

/* Most rows a shard's value of this node can have; plan functions size node->scratch by it. */
int64_t nn_shard_items(const lis_graph *graph, const nn_node *node);

const char *nn_kind_name(nn_kind kind);

/* Room for one more element of `size` bytes in the growing array at *array. LIS_ENOMEM. */
lis_status nn_make_room(void *array, int used, int *room, size_t size, lis_error *err);

#endif
